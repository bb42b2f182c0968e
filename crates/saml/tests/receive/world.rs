//! A service provider that sends, and an identity provider that receives.

use std::sync::LazyLock;

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use saml::{
    Binding, EntityId, SignFailed, Signer, UnwrapFailed,
    metadata::{Consumer, PublishedKey, ServiceProvider},
    receive::{Peer, Received, Receiver},
    wire::{Direction, RelayState, redirect_url},
};
use xml::{
    Document, Fragment, Limits, SignatureAlgorithm, VerifyingKey,
    algorithm::{ENVELOPED, EXC_C14N},
    exclusive_c14n, scan,
};
use zeroize::Zeroizing;

pub(crate) const IDP: &str = "https://idp.example/metadata";
pub(crate) const ADDRESS: &str = "https://idp.example/saml/sso";
pub(crate) const SP: &str = "https://sp.example/metadata";
pub(crate) const CONSUMER: &str = "https://sp.example/acs";

pub(crate) enum Key {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// The service's keys, and one that nobody registered.
pub(crate) static P256: LazyLock<Key> = LazyLock::new(Key::p256);
pub(crate) static RSA: LazyLock<Key> = LazyLock::new(|| Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));
pub(crate) static STRANGER: LazyLock<Key> = LazyLock::new(Key::p256);

impl Key {
    fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Self::Rsa(_) => SignatureAlgorithm::RsaSha256,
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignFailed> {
        let random = SystemRandom::new();
        Ok(match self {
            Self::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        })
    }

    pub(crate) fn published(&self) -> PublishedKey<VerifyingKey> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::P256(key) => key.public_key().as_der(),
            Self::Rsa(key) => key.public_key().as_der(),
        }
        .unwrap();
        PublishedKey { key: VerifyingKey::from_spki_der(der.as_ref()).unwrap(), certificate: Vec::new(), expires: None }
    }

    /// The message with an enveloped signature after its issuer.
    pub(crate) fn envelop(&self, message: &str) -> String {
        let doc = parse(message);
        let id = xml::unqualified(doc.root(), "ID").unwrap();
        let canonical = exclusive_c14n(doc.root(), &[], None);
        let signature = self.signature(&format!("#{id}"), &canonical, &[ENVELOPED, EXC_C14N]);
        canonical.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
    }

    /// A signature over what `uri` names, whose canonical form is `canonical`.
    pub(crate) fn signature(&self, uri: &str, canonical: &str, transforms: &[&str]) -> String {
        let named = |name: &str, algorithm: &str| format!("<ds:{name} Algorithm=\"{algorithm}\"></ds:{name}>");
        let transforms: String = transforms.iter().map(|algorithm| named("Transform", algorithm)).collect();
        let digest = STANDARD.encode(digest(&SHA256, canonical.as_bytes()));
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{}{}<ds:Reference URI=\"{uri}\">\
             <ds:Transforms>{transforms}</ds:Transforms>{}<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
            named("CanonicalizationMethod", EXC_C14N),
            named("SignatureMethod", self.algorithm().uri()),
            named("DigestMethod", xml::algorithm::SHA256),
        );
        let value = STANDARD.encode(self.sign(info.as_bytes()).unwrap());
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{info}\
             <ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        )
    }

    /// The query of a redirect with a detached signature.
    pub(crate) fn query(&self, direction: Direction, message: &str, state: Option<&str>) -> String {
        let entity = EntityId::parse(SP).unwrap();
        let sign = |bytes: &[u8]| self.sign(bytes);
        let signer = Signer { entity: &entity, algorithm: self.algorithm(), certificate: &[], sign: &sign };
        query(direction, message, state, Some(&signer))
    }
}

/// The query of a redirect.
pub(crate) fn query(direction: Direction, message: &str, state: Option<&str>, signer: Option<&Signer<'_>>) -> String {
    let state = state.map(|state| RelayState::parse(state).unwrap());
    let message = Fragment::of(parse(message).root());
    let url = redirect_url("https://x/", direction, &message, state.as_ref(), signer).unwrap();
    url.strip_prefix("https://x/?").unwrap().to_owned()
}

/// The body of a form.
pub(crate) fn form(direction: Direction, message: &str) -> Vec<u8> {
    let value = STANDARD.encode(message).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("{}={value}&RelayState=state-1", direction.parameter()).into_bytes()
}

pub(crate) fn envelope(message: &str) -> Vec<u8> {
    let soap = "http://schemas.xmlsoap.org/soap/envelope/";
    format!("<S:Envelope xmlns:S=\"{soap}\"><S:Body>{message}</S:Body></S:Envelope>").into_bytes()
}

pub(crate) fn parse(text: &str) -> Document<'_> {
    Document::parse(scan(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

/// What is registered. It signs if it must.
pub(crate) fn provider() -> ServiceProvider {
    let consumer = |index, binding, location: &str, is_default| Consumer {
        index,
        binding,
        location: location.to_owned(),
        is_default,
    };
    ServiceProvider {
        entity: EntityId::parse(SP).unwrap(),
        valid_until: Some("2026-11-23T00:00:00Z".parse().unwrap()),
        cache_duration: None,
        names: Vec::new(),
        signing: vec![P256.published()],
        encryption: Vec::new(),
        encryption_cbc: Vec::new(),
        signs_requests: false,
        wants_signed_assertions: false,
        verifies_ecdsa: true,
        consumers: vec![
            consumer(3, Binding::Paos, "https://sp.example/ecp", false),
            consumer(1, Binding::Artifact, "https://sp.example/art", false),
            consumer(0, Binding::Post, CONSUMER, true),
            consumer(2, Binding::Redirect, "https://sp.example/redirect", false),
        ],
        logout: Vec::new(),
        artifact_resolution: Vec::new(),
        name_formats: Vec::new(),
        requested: Vec::new(),
    }
}

/// Opens `received` where `provider` is registered.
pub(crate) fn open<T>(
    provider: &ServiceProvider,
    received: &Received,
    open: impl FnOnce(&Received, &Receiver<'_>, Timestamp) -> T,
) -> T {
    let entity = EntityId::parse(IDP).unwrap();
    let receiver = Receiver {
        entity: &entity,
        address: ADDRESS,
        peers: &|peer| (*peer == provider.entity).then_some(Peer { provider, must_sign: false }),
        unwrap: &|wrapped: &[u8]| {
            if wrapped == WRAPPED { Ok(Zeroizing::new(CONTENT_KEY.to_vec())) } else { Err(UnwrapFailed) }
        },
        skew: SignedDuration::from_secs(60),
    };
    open(received, &receiver, now())
}

/// What stands for an encrypted content key here, and what it opens to.
pub(crate) const WRAPPED: &[u8] = b"wrapped";
pub(crate) const CONTENT_KEY: [u8; 32] = [9; 32];

/// An authentication request with these attributes and children.
pub(crate) fn authn(attributes: &str, children: &str) -> String {
    message("AuthnRequest", attributes, children)
}

/// A message of the service to [`ADDRESS`].
pub(crate) fn message(name: &str, attributes: &str, children: &str) -> String {
    format!(
        "<samlp:{name} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         ID=\"_m1\" Version=\"2.0\" IssueInstant=\"2026-11-22T00:59:00Z\" Destination=\"{ADDRESS}\" {attributes}>\
         <saml:Issuer>{SP}</saml:Issuer>{children}</samlp:{name}>"
    )
}
