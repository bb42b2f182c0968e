"""How many login responses a second pysaml2 makes, by the processor time of Python and of xmlsec1, which it starts.

    pysaml2_responses.py FOLDER SECONDS     FOLDER holds idp.key, idp.pem and sp.xml

One line for each form: its name and the rate.
"""

import os
import sys

from saml2 import BINDING_HTTP_POST
from saml2.config import IdPConfig
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

folder, seconds = sys.argv[1], float(sys.argv[2])
IDP, SP, CONSUMER = "https://idp.example/saml", "https://sp.example/metadata", "https://sp.example/acs"
settings = {
    "entityid": IDP,
    "xmlsec_binary": "/usr/bin/xmlsec1",
    "key_file": f"{folder}/idp.key",
    "cert_file": f"{folder}/idp.pem",
    "metadata": {"local": [f"{folder}/sp.xml"]},
    "signing_algorithm": SIG_RSA_SHA256,
    "digest_algorithm": DIGEST_SHA256,
    "service": {
        "idp": {
            "endpoints": {"single_sign_on_service": [("https://idp.example/sso", BINDING_HTTP_POST)]},
            "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
        }
    },
}
server = Server(config=IdPConfig().load(settings))
attributes = {f"attribute{number}": f"value number {number}" for number in range(10)}
name = NameID(format=NAMEID_FORMAT_PERSISTENT, sp_name_qualifier=SP, text="5f0c7a1de8b94c3290d1a6f3b8e47c21")


def response():
    return str(
        server.create_authn_response(
            attributes,
            "_request",
            CONSUMER,
            SP,
            name_id=name,
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"},
            sign_assertion=True,
            sign_response=False,
        )
    )


def processor_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


made = response()
if made.count("SignatureValue>") != 2 or "value number 9" not in made:
    sys.exit("pysaml2 does not make the form assertion")
count, begun = 0, processor_seconds()
while processor_seconds() - begun < seconds:
    response()
    count += 1
print("assertion", count / (processor_seconds() - begun))
