<?php
// SimpleSAMLphp for one service provider, everything in the folder that PHR_FOLDER names. What is not said is its default.

$folder = getenv('PHR_FOLDER');

$config = [
    'baseurlpath' => getenv('PHR_ORIGIN') . '/',
    'application' => ['baseURL' => getenv('PHR_ORIGIN') . '/'],
    'certdir' => "$folder/",
    'tempdir' => "$folder/run",
    'loggingdir' => "$folder/run/",
    'datadir' => "$folder/run/",
    'metadatadir' => "$folder/",
    'attributenamemapdir' => '/usr/share/simplesamlphp/attributemap/',
    // The identity provider's metadata as it publishes them: whoever fetches them again has its new keys at once.
    'metadata.sources' => [['type' => 'xml', 'file' => "$folder/idp.xml"]],
    'secretsalt' => trim(file_get_contents("$folder/salt")),
    'auth.adminpassword' => bin2hex(random_bytes(16)),
    'admin.checkforupdates' => false,
    'technicalcontact_name' => 'PHR',
    'technicalcontact_email' => 'na@example.org',
    'timezone' => 'Asia/Tokyo',
    'logging.level' => SimpleSAML\Logger::NOTICE,
    'logging.handler' => 'errorlog',
    'showerrors' => false,
    'errorreporting' => false,
    'enable.http_post' => true,
    'module.enable' => ['core' => true, 'saml' => true],
    'store.type' => 'phpsession',
    'session.cookie.name' => 'phr-saml',
    'session.phpsession.cookiename' => 'phr',
    'session.phpsession.savepath' => "$folder/run",
    // Plain HTTP on this machine; a public address has true and 'None' here.
    'session.cookie.secure' => false,
    'session.cookie.samesite' => 'Lax',
    'language.cookie.secure' => false,
    'language.cookie.samesite' => 'Lax',
    'language.available' => ['ja', 'en'],
    'language.default' => 'ja',
    'trusted.url.domains' => [],
];
