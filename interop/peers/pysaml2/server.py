"""A service provider on pysaml2: says on its page what it believed, or why it did not.

    server.py FOLDER PORT      FOLDER holds sp.key, sp.pem and the identity provider's idp.xml
"""

import html
import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.response import AttributeResponse
from saml2.saml import NAMEID_FORMAT_PERSISTENT
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

folder, port = sys.argv[1:]
origin = f"http://pysaml2.localhost:{port}"


def path(name):
    return os.path.join(folder, name)


# Names below .localhost are this machine's (RFC 6761 section 6.3), and not every system knows it.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)

# pysaml2 writes what came by SOAP anew before it verifies it; with these prefixes it comes out as it went in.
for prefix, namespace in {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}.items():
    ElementTree.register_namespace(prefix, namespace)

config = SPConfig().load(
    {
        "entityid": f"{origin}/metadata",
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": path("sp.key"),
        "cert_file": path("sp.pem"),
        "encryption_keypairs": [{"key_file": path("sp.key"), "cert_file": path("sp.pem")}],
        "metadata": {"local": [path("idp.xml")]},
        "accepted_time_diff": 60,
        "allow_unknown_attributes": True,
        "signing_algorithm": SIG_RSA_SHA256,
        "digest_algorithm": DIGEST_SHA256,
        "service": {
            "sp": {
                "endpoints": {
                    "assertion_consumer_service": [(f"{origin}/acs", BINDING_HTTP_POST)],
                    "single_logout_service": [(f"{origin}/slo", BINDING_HTTP_REDIRECT), (f"{origin}/slo", BINDING_HTTP_POST)],
                },
                "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                "optional_attributes": ["displayName", "postalAddress"],
                "authn_requests_signed": True,
                "logout_requests_signed": True,
                "want_assertions_signed": True,
                "want_response_signed": False,
                "allow_unsolicited": False,
            }
        },
    }
)


def subject(answer, keys=None):
    """pysaml2 wants a bearer's confirmation in every assertion; in the answer to a question nobody bears anything."""
    answer.name_id = answer.assertion.subject.name_id
    return answer.name_id


AttributeResponse.get_subject = subject
client = Saml2Client(config)
(idp,) = client.metadata.with_descriptor("idpsso")
asked = {}
user = None


def login(binding):
    session, sent = client.prepare_for_authenticate(
        entityid=idp,
        relay_state="by-redirect" if binding == BINDING_HTTP_REDIRECT else "by-post",
        binding=binding,
        nameid_format=NAMEID_FORMAT_PERSISTENT,
        sign=True,
        sigalg=SIG_RSA_SHA256,
        digest_alg=DIGEST_SHA256,
    )
    asked[session] = "/"
    return carried(sent)


def acs(form):
    global user
    response = client.parse_authn_request_response(form["SAMLResponse"], BINDING_HTTP_POST, outstanding=asked)
    asked.pop(response.in_response_to)
    user = response.name_id
    (statement,) = response.assertion.authn_statement
    return said(
        {
            "nameId": user.text,
            "format": user.format,
            "sessionIndex": statement.session_index,
            "context": statement.authn_context.authn_context_class_ref.text,
            "attributes": response.ava,
            "relayState": form.get("RelayState"),
        }
    )


def attributes():
    """Asks behind the browser's back; nobody need be there."""
    response = client.do_attribute_query(
        idp, user.text, nameid_format=user.format, sign=True, sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256
    )
    return said({"nameId": response.name_id.text, "attributes": response.ava})


def logout(binding):
    outcome = client.do_logout(
        user, [idp], "", None, sign=True, expected_binding=binding, sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256
    )[idp]
    # By SOAP the answer is there at once; else the browser carries the question.
    return said({"loggedOut": outcome.status_ok()}) if binding == BINDING_SOAP else carried(outcome[1])


def slo(form, binding):
    if "SAMLResponse" in form:
        response = client.parse_logout_request_response(form["SAMLResponse"], binding)
        return said({"loggedOut": response.status_ok()})
    sent = client.handle_logout_request(
        form["SAMLRequest"], user, binding, sign=True, sign_alg=SIG_RSA_SHA256, relay_state=form.get("RelayState")
    )
    return carried(sent)


def carried(sent):
    """What pysaml2 wants the browser to do."""
    location = dict(sent["headers"]).get("Location")
    if location:
        return 303, {"Location": location}, ""
    body = sent["data"]
    return 200, {"Content-Type": "text/html"}, body if isinstance(body, str) else "".join(body)


def said(value, status=200):
    text = html.escape(json.dumps(value, ensure_ascii=False))
    return status, {"Content-Type": "text/html; charset=utf-8"}, f'<!doctype html><title>pysaml2</title><pre id="said">{text}</pre>'


def answer(method, route, form):
    match method, route:
        case "GET", "/metadata":
            return 200, {"Content-Type": "application/samlmetadata+xml"}, entity_descriptor(config).to_string().decode()
        case "GET", "/login/redirect":
            return login(BINDING_HTTP_REDIRECT)
        case "GET", "/login/post":
            return login(BINDING_HTTP_POST)
        case "POST", "/acs":
            return acs(form)
        case "GET", "/attributes":
            return attributes()
        case "GET", "/logout/redirect":
            return logout(BINDING_HTTP_REDIRECT)
        case "GET", "/logout/soap":
            return logout(BINDING_SOAP)
        case "GET", "/slo":
            return slo(form, BINDING_HTTP_REDIRECT)
        case "POST", "/slo":
            return slo(form, BINDING_HTTP_POST)
    return said({"refused": "no such page"}, 404)


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        self.give("GET", dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.give("POST", dict(parse_qsl(text)))

    def give(self, method, form):
        try:
            status, headers, body = answer(method, urlsplit(self.path).path, form)
        except Exception as error:  # whatever the library refuses with is the judgement
            status, headers, body = said({"refused": f"{type(error).__name__}: {error}"}, 403)
        body = body.encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(port)), Pages)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()  # ends with whoever started it
