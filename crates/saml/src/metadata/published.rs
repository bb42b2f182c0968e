//! The keys of a role (SAML 2.0 Metadata §2.4.1.1), and what the service does with them.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use x509_parser::parse_x509_certificate;
use xml::{
    ContentCipher, EncryptionKey, Node, Ns, SignatureAlgorithm, VerifyingKey, algorithm, children,
    ns::{DS, MD, XENC11},
};

use super::{
    PublishedKey, Report, problem,
    read::{WARNING_DAYS, content, days, listed, trimmed},
};
use crate::EntityId;

/// The keys of one role.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) signing: Vec<PublishedKey<VerifyingKey>>,
    pub(super) encryption: Vec<PublishedKey<EncryptionKey>>,
    pub(super) encryption_cbc: Vec<PublishedKey<EncryptionKey>>,
}

/// Reads every `md:KeyDescriptor`. `promised`: the service says that it signs its requests.
pub(super) fn keys(role: Node, entity: &EntityId, promised: bool, report: &mut Report, now: Timestamp) -> Keys {
    let mut keys = Keys::default();
    for (place, node) in listed(role, "KeyDescriptor", KEYS_MAX, report) {
        // A key without a use is for both.
        let uses = match xml::unqualified(node, "use").map(str::trim) {
            None => Use { signing: true, encryption: true },
            Some("signing") => Use { signing: true, encryption: false },
            Some("encryption") => Use { signing: false, encryption: true },
            Some(other) => {
                report.add(&format!("{place}/@use"), problem::unknown_value(other));
                continue;
            }
        };
        let Some(certificate) = Certificate::read(&place, node, report, now) else { continue };
        let expires = certificate.expires;
        let verifying = VerifyingKey::from_certificate_der(&certificate.der);
        if uses.signing
            && let Some(key) = report.need(&place, verifying.map_err(problem::key_unusable))
        {
            keys.signing.push(PublishedKey { key, certificate: certificate.der.clone(), expires });
        }
        // A P-256 key for both uses is a signing key, and nothing is wrong with it.
        let both = uses.signing && uses.encryption;
        match EncryptionKey::from_rsa_certificate_der(entity.as_str(), &certificate.der) {
            Ok(key) if uses.encryption => {
                let key = PublishedKey { key, certificate: certificate.der, expires };
                keys.encrypt_to(&place, node, key, report);
            }
            Err(why) if uses.encryption && !both => report.add(&place, problem::key_unusable(why)),
            _ => {}
        }
    }
    if keys.signing.is_empty() {
        report.add("SPSSODescriptor/KeyDescriptor", problem::no_signing_key(promised));
    }
    if keys.encryption.is_empty() {
        let none = if keys.encryption_cbc.is_empty() { problem::no_encryption_key() } else { problem::only_cbc() };
        report.add("SPSSODescriptor/KeyDescriptor", none);
    }
    keys
}

struct Use {
    signing: bool,
    encryption: bool,
}

impl Keys {
    /// Chooses how to encrypt to a key by its `md:EncryptionMethod` (SAML 2.0 Metadata §2.4.1.1): the first authenticated cipher
    /// of the service's list, and the key transport that every peer knows if the list has it.
    fn encrypt_to(&mut self, place: &str, node: Node, key: PublishedKey<EncryptionKey>, report: &mut Report) {
        let place = format!("{place}/EncryptionMethod");
        let methods: Vec<Node> = children(node, MD, "EncryptionMethod").take(METHODS_MAX).collect();
        let (transports, contents): (Vec<Node>, Vec<Node>) =
            methods.into_iter().partition(|method| KEY_TRANSPORTS.contains(&trimmed(*method, "Algorithm")));
        let contents: Vec<Node> = contents.into_iter().filter(|m| !wraps(trimmed(*m, "Algorithm"))).collect();
        let known: Vec<ContentCipher> =
            contents.iter().filter_map(|method| ContentCipher::of(trimmed(*method, "Algorithm")).ok()).collect();
        let PublishedKey { mut key, certificate, expires } = key;
        let names = |uri| move |method: &Node| trimmed(*method, "Algorithm") == uri;
        if !transports.is_empty() && !transports.iter().any(names(algorithm::RSA_OAEP_MGF1P)) {
            if !transports.iter().any(|method| names(algorithm::RSA_OAEP)(method) && takes_sha256(*method)) {
                return report.add(&place, problem::no_known_method(problem::KEY_TRANSPORT));
            }
            key = key.with_oaep_sha256();
        }
        let chosen = known.iter().find(|cipher| cipher.is_authenticated()).or_else(|| known.first()).copied();
        match chosen {
            None if !contents.is_empty() => report.add(&place, problem::no_known_method(problem::CONTENT)),
            None => self.encryption.push(PublishedKey { key, certificate, expires }),
            Some(cipher) => {
                let list = if cipher.is_authenticated() { &mut self.encryption } else { &mut self.encryption_cbc };
                list.push(PublishedKey { key: key.with_cipher(cipher), certificate, expires });
            }
        }
    }
}

/// Key wrap (XML Encryption 1.1 §5.6) is for keys that both know already: nothing follows from it here.
fn wraps(algorithm: &str) -> bool {
    algorithm.contains("#kw-")
}

/// XML Encryption 1.1 §5.5.2: digest and mask are parameters, SHA-1 unless named, and ours are SHA-256.
fn takes_sha256(method: Node) -> bool {
    let names = |ns, local, uri| children(method, ns, local).any(|parameter| trimmed(parameter, "Algorithm") == uri);
    names(DS, "DigestMethod", algorithm::SHA256) && names(XENC11, "MGF", algorithm::MGF1_SHA256)
}

struct Certificate {
    der: Vec<u8>,
    expires: Option<Timestamp>,
}

impl Certificate {
    /// The first certificate of a descriptor: what follows in it is a chain, which nobody here looks at.
    fn read(place: &str, descriptor: Node, report: &mut Report, now: Timestamp) -> Option<Self> {
        let info = children(descriptor, DS, "KeyInfo").next();
        let data = info.and_then(|info| children(info, DS, "X509Data").next());
        let node =
            data.and_then(|data| children(data, DS, "X509Certificate").next()).ok_or_else(problem::no_certificate);
        let node = report.need(place, node)?;
        let place = format!("{place}/KeyInfo/X509Data/X509Certificate");
        let malformed = || problem::key_unusable(xml::UnusableKey::Malformed);
        let der = report.need(&place, content(node).and_then(|text| decoded(&text)).ok_or_else(malformed))?;
        let parsed = parse_x509_certificate(&der).map_err(|_| malformed());
        let end = report.need(&place, parsed)?.1.validity().not_after.timestamp();
        // An end beyond the year 9999 is none.
        let expires = Timestamp::from_second(end).ok();
        if let Some(end) = expires {
            let left = end.duration_since(now);
            if end <= now {
                report.add(&place, problem::certificate_ended(end));
            } else if days(left) <= WARNING_DAYS {
                report.add(&place, problem::certificate_ends_soon(days(left)));
            }
        }
        Some(Self { der, expires })
    }
}

/// Base64 in lines, perhaps with the lines around it that PEM has.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("-----BEGIN CERTIFICATE-----").unwrap_or(text);
    let text = text.strip_suffix("-----END CERTIFICATE-----").unwrap_or(text);
    STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).ok()
}

/// Whether the service says that it verifies ECDSA P-256 (SAML 2.0 Metadata Profile for Algorithm Support §2.4): by its role,
/// or else by the whole entity.
pub(super) fn verifies_ecdsa(entity: Node, role: Node, report: &mut Report) -> bool {
    let methods = |node: Node| -> Vec<Option<SignatureAlgorithm>> {
        let extensions = children(node, MD, "Extensions").next();
        let listed = extensions.into_iter().flat_map(|extensions| children(extensions, ALG, "SigningMethod"));
        listed.take(METHODS_MAX).map(|method| SignatureAlgorithm::of(trimmed(method, "Algorithm")).ok()).collect()
    };
    let said = Some(methods(role)).filter(|methods| !methods.is_empty()).unwrap_or_else(|| methods(entity));
    if !said.is_empty() && said.iter().all(Option::is_none) {
        report.add("Extensions/SigningMethod", problem::no_known_signature());
    }
    said.contains(&Some(SignatureAlgorithm::EcdsaP256Sha256))
}

/// SAML 2.0 Metadata Profile for Algorithm Support.
pub(super) const ALG: Ns = Ns::new("alg", "urn:oasis:names:tc:SAML:metadata:algsupport");

/// Algorithms that wrap a key; all others of `md:EncryptionMethod` encrypt content.
const KEY_TRANSPORTS: [&str; 3] =
    [algorithm::RSA_OAEP_MGF1P, algorithm::RSA_OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"];

/// A message is tried with every key, so that there must not be many.
const KEYS_MAX: usize = 16;
const METHODS_MAX: usize = 64;
