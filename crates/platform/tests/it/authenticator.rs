//! An authenticator for passkeys in software (WebAuthn Level 3, without attestation).

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

use crate::harness::CLINIC;

/// User present, user verified; and a new credential follows.
const PRESENT: u8 = 0x05;
const ATTESTED: u8 = 0x40;

/// One passkey, for the clinic portal unless said otherwise.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    used: u32,
    origin: &'static str,
}

impl Authenticator {
    pub(crate) fn new(id: u8) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, id: [id; 16], used: 0, origin: CLINIC }
    }

    /// The same, in a browser at another portal.
    pub(crate) fn at(mut self, origin: &'static str) -> Self {
        self.origin = origin;
        self
    }

    /// Answers the challenge of a registration.
    pub(crate) fn register(&self, started: &Value) -> Value {
        let options = &started["options"]["publicKey"];
        let client = client_data("webauthn.create", options, self.origin);
        let rp = options["rp"]["id"].as_str().unwrap();
        let mut data = self.data(rp, PRESENT | ATTESTED);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        // COSE_Key, ES256 (RFC 9053 §7.1.1).
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        data.extend([&hex::decode("a5010203262001215820").unwrap(), x, &[0x22, 0x58, 0x20], y].concat());
        let head = [b"\xA3\x63fmt\x64none\x67attStmt\xA0\x68authData\x58".as_slice(), &[data.len() as u8]].concat();
        let object = BASE64.encode([head, data].concat());
        self.credential(started, json!({ "attestationObject": object, "clientDataJSON": BASE64.encode(client) }))
    }

    /// Answers the challenge of a login.
    pub(crate) fn log_in(&mut self, started: &Value) -> Value {
        let options = &started["options"]["publicKey"];
        let client = client_data("webauthn.get", options, self.origin);
        self.used += 1;
        let data = self.data(options["rpId"].as_str().unwrap(), PRESENT);
        let signed = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let response = json!({
            "authenticatorData": BASE64.encode(data),
            "clientDataJSON": BASE64.encode(client),
            "signature": BASE64.encode(signature.as_ref()),
        });
        self.credential(started, response)
    }

    fn data(&self, rp: &str, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, rp.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.used.to_be_bytes());
        data
    }

    /// What the page's script sends.
    fn credential(&self, started: &Value, response: Value) -> Value {
        let id = BASE64.encode(self.id);
        let credential = json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response });
        json!({ "ceremony": started["ceremony"], "credential": credential })
    }
}

fn client_data(kind: &str, options: &Value, origin: &str) -> Vec<u8> {
    let data = json!({
        "type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false,
    });
    data.to_string().into_bytes()
}
