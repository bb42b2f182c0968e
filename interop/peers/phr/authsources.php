<?php
// The PHR as a service provider: signs what it asks, gets its answers by artifact, over the back channel.

$idp = getenv('PHR_IDP');

$config = [
    'phr' => [
        'saml:SP',
        'entityID' => getenv('PHR_ORIGIN') . '/metadata',
        'idp' => $idp,
        'privatekey' => 'sp.key',
        'certificate' => 'sp.pem',
        'NameIDPolicy' => ['Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'AllowCreate' => true],
        'ProtocolBinding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact',
        'acs.Bindings' => [
            'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact',
            'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
        ],
        'sign.authnrequest' => true,
        'sign.logout' => true,
        'validate.logout' => true,
        'WantAssertionsSigned' => true,
        'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
        'name' => ['ja' => 'わたしの健康手帳 PHR', 'en' => 'My health notebook PHR'],
        'attributes' => ['displayName' => 'urn:oid:2.16.840.1.113730.3.1.241', 'dateOfBirth' => 'urn:oid:1.3.6.1.5.5.7.9.1'],
        'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
        // PHP's SOAP client asks the system for names below .localhost, and not every system knows them.
        'saml.SOAPClient.proxyhost' => '127.0.0.1',
        'saml.SOAPClient.proxyport' => parse_url($idp, PHP_URL_PORT),
    ],
];
