"""How many login responses a second lasso (C, driven from Python) makes, by processor time.

    lasso_responses.py FOLDER SECONDS     FOLDER holds idp.key, idp.pem, idp.xml and sp.xml

One line for each form: its name and the rate. What lasso is told per login are some twenty calls from Python, microseconds each;
the attributes are made once.
"""

import base64
import sys
import time

import lasso

folder, seconds = sys.argv[1], float(sys.argv[2])
SP = "https://sp.example/metadata"
server = lasso.Server(f"{folder}/idp.xml", f"{folder}/idp.key", None, f"{folder}/idp.pem")
server.signatureMethod = lasso.SIGNATURE_METHOD_RSA_SHA256
server.addProvider(lasso.PROVIDER_ROLE_SP, f"{folder}/sp.xml", None, None)
provider = server.getProvider(SP)
provider.setEncryptionSymKeyType(lasso.ENCRYPTION_SYM_KEY_TYPE_AES_256)


def attribute(number):
    text = lasso.MiscTextNode.newWithString(f"value number {number}")
    text.textChild = True
    value = lasso.Saml2AttributeValue()
    value.any = [text]
    named = lasso.Saml2Attribute()
    named.name = f"urn:oid:1.2.392.200119.{number}"
    named.nameFormat = lasso.SAML2_ATTRIBUTE_NAME_FORMAT_URI
    named.friendlyName = f"attribute{number}"
    named.attributeValue = [value]
    return named


statement = lasso.Saml2AttributeStatement()
statement.attribute = [attribute(number) for number in range(10)]


def response(hint):
    login = lasso.Login(server)
    login.setSignatureHint(hint)
    login.initIdpInitiatedAuthnRequest(SP)
    login.request.protocolBinding = lasso.SAML2_METADATA_BINDING_POST
    login.request.nameIDPolicy.format = lasso.SAML2_NAME_IDENTIFIER_FORMAT_TRANSIENT
    login.processAuthnRequestMsg(None)
    login.validateRequestMsg(True, True)
    login.buildAssertion(
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        "2026-11-22T10:00:00Z",
        None,
        "2026-11-22T10:00:00Z",
        "2026-11-22T10:05:00Z",
    )
    login.assertion.attributeStatement = [statement]
    login.buildAuthnResponseMsg()
    return login.msgBody


def measure(form, encryption, hint, must_have):
    provider.setEncryptionMode(encryption)
    made = base64.b64decode(response(hint)).decode()
    wrong = [text for text, times in must_have if made.count(text) != times]
    if wrong:
        sys.exit(f"lasso does not make the form {form}: {wrong}")
    count, begun = 0, time.process_time()
    while time.process_time() - begun < seconds:
        response(hint)
        count += 1
    print(form, count / (time.process_time() - begun))


SIGNED = "</SignatureValue>"
ENCRYPTED = "</saml:EncryptedAssertion>"
NONE, ASSERTION = lasso.ENCRYPTION_MODE_NONE, lasso.ENCRYPTION_MODE_ASSERTION
measure("both", NONE, lasso.PROFILE_SIGNATURE_HINT_FORCE, [(SIGNED, 2), (ENCRYPTED, 0)])
measure("encrypted", ASSERTION, lasso.PROFILE_SIGNATURE_HINT_FORBID, [(SIGNED, 0), (ENCRYPTED, 1)])
