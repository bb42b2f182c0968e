//! The keys themselves, each parsed once when the store opens.

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{DataKey, Kind};

pub(crate) enum Material {
    Sign(SignKey),
    Decrypt(DecryptKey),
    Secret(Box<Secret>),
}

pub(crate) struct SignKey {
    pair: KeyPair,
    certificate: Vec<u8>,
}

pub(crate) struct DecryptKey {
    key: PrivateDecryptingKey,
    oaep: OaepPrivateDecryptingKey,
    certificate: Vec<u8>,
}

pub(crate) struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    pub(crate) sha256: hmac::Key,
    pub(crate) sha512: hmac::Key,
    /// Seals with a key of its own, derived from the secret, so that no digest can be mistaken for it.
    pub(crate) data: DataKey,
}

impl Material {
    pub(crate) fn generate(kind: Kind<'_>, now: Timestamp) -> Option<Material> {
        match kind {
            Kind::Sign { subject } | Kind::Decrypt { subject } => {
                let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
                let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).ok()?;
                let certificate = certificate(der.as_ref(), subject, now)?;
                match kind {
                    Kind::Sign { .. } => Some(Material::Sign(SignKey { pair, certificate })),
                    _ => DecryptKey::parse(der.as_ref(), certificate).map(Material::Decrypt),
                }
            }
            Kind::Secret256 => random(SHORT_BYTES),
            Kind::Secret512 => random(LONG_BYTES),
        }
    }

    pub(crate) fn is(&self, kind: Kind<'_>) -> bool {
        match (self, kind) {
            (Material::Sign(_), Kind::Sign { .. }) | (Material::Decrypt(_), Kind::Decrypt { .. }) => true,
            (Material::Secret(secret), Kind::Secret256) => secret.bytes.len() == SHORT_BYTES,
            (Material::Secret(secret), Kind::Secret512) => secret.bytes.len() == LONG_BYTES,
            _ => false,
        }
    }

    pub(crate) fn certificate(&self) -> Option<&[u8]> {
        match self {
            Material::Sign(key) => Some(&key.certificate),
            Material::Decrypt(key) => Some(&key.certificate),
            Material::Secret(_) => None,
        }
    }
}

impl SignKey {
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }
}

impl DecryptKey {
    fn parse(der: &[u8], certificate: Vec<u8>) -> Option<DecryptKey> {
        let key = PrivateDecryptingKey::from_pkcs8(der).ok()?;
        let oaep = OaepPrivateDecryptingKey::new(key.clone()).ok()?;
        Some(DecryptKey { key, oaep, certificate })
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut plain = Zeroizing::new(vec![0; self.oaep.min_output_size()]);
        let length = self.oaep.decrypt(&OAEP_SHA1_MGF1SHA1, wrapped, &mut plain, None).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

impl Secret {
    fn parse(bytes: Zeroizing<Vec<u8>>) -> Option<Secret> {
        if bytes.len() != SHORT_BYTES && bytes.len() != LONG_BYTES {
            return None;
        }
        let sha256 = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let data = DataKey::from_bytes(hmac::sign(&sha256, SEAL_LABEL).as_ref())?;
        Some(Secret { sha256, sha512: hmac::Key::new(hmac::HMAC_SHA512, &bytes), data, bytes })
    }

    /// The secret as the master key of cards, when it has the length of one.
    pub(crate) fn as_master(&self) -> Option<&[u8; SHORT_BYTES]> {
        self.bytes.as_slice().try_into().ok()
    }
}

fn random(length: usize) -> Option<Material> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    fill(&mut bytes).ok()?;
    Secret::parse(bytes).map(Box::new).map(Material::Secret)
}

/// A certificate that says whose key this is. Nobody checks a chain over it: a peer is given it by hand.
fn certificate(der: &[u8], subject: &str, now: Timestamp) -> Option<Vec<u8>> {
    let pair = rcgen::KeyPair::try_from(der).ok()?;
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, subject);
    let day = |at: jiff::civil::Date| {
        Some(rcgen::date_time_ymd(at.year().into(), at.month().try_into().ok()?, at.day().try_into().ok()?))
    };
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    params.not_before = day(today)?;
    params.not_after = day(today.checked_add(jiff::Span::new().years(YEARS)).ok()?)?;
    Some(params.self_signed(&pair).ok()?.der().to_vec())
}

/// One key as it is written: base64 of PKCS #8 or of the secret's bytes.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Stored {
    name: String,
    kind: String,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

pub(crate) fn write_all(entries: &BTreeMap<String, Material>) -> Option<Zeroizing<Vec<u8>>> {
    let mut stored = Vec::with_capacity(entries.len());
    for (name, material) in entries {
        let (kind, key) = match material {
            Material::Sign(key) => (SIGN, STANDARD.encode(AsDer::<Pkcs8V1Der<'_>>::as_der(&key.pair).ok()?.as_ref())),
            Material::Decrypt(key) => {
                (DECRYPT, STANDARD.encode(AsDer::<Pkcs8V1Der<'_>>::as_der(&key.key).ok()?.as_ref()))
            }
            Material::Secret(secret) => (SECRET, STANDARD.encode(secret.bytes.as_slice())),
        };
        let certificate = material.certificate().map(|der| STANDARD.encode(der));
        stored.push(Stored { name: name.clone(), kind: kind.to_owned(), key, certificate });
    }
    // Reserved at once, so that growing leaves no copy of the keys behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(ENTRY_BYTES_MAX * (entries.len() + 1)));
    serde_json::to_writer(&mut *plain, &stored).ok()?;
    Some(plain)
}

pub(crate) fn read_all(plain: &[u8]) -> Option<BTreeMap<String, Material>> {
    let stored: Vec<Stored> = serde_json::from_slice(plain).ok()?;
    stored.iter().map(|stored| Some((stored.name.clone(), parse(stored)?))).collect()
}

fn parse(stored: &Stored) -> Option<Material> {
    let key = Zeroizing::new(STANDARD.decode(&stored.key).ok()?);
    let certificate = || STANDARD.decode(stored.certificate.as_ref()?).ok();
    Some(match stored.kind.as_str() {
        SIGN => Material::Sign(SignKey { pair: KeyPair::from_pkcs8(&key).ok()?, certificate: certificate()? }),
        DECRYPT => Material::Decrypt(DecryptKey::parse(&key, certificate()?)?),
        SECRET => Material::Secret(Box::new(Secret::parse(key)?)),
        _ => return None,
    })
}

const SIGN: &str = "rsa-sign";
const DECRYPT: &str = "rsa-decrypt";
const SECRET: &str = "secret";
const SEAL_LABEL: &[u8] = b"ssc-keys/1 seal\0";
const SHORT_BYTES: usize = 32;
const LONG_BYTES: usize = 64;
const YEARS: i16 = 10;
const ENTRY_BYTES_MAX: usize = 8192;
