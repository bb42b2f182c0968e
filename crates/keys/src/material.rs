//! The keys themselves, each parsed once when the store opens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xml::{Agreed, SignatureAlgorithm};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{DataKey, Kind};

/// A key, shared: cloning it copies nothing secret.
#[derive(Clone)]
pub(crate) enum Material {
    Sign(Arc<SignKey>),
    Decrypt(Arc<DecryptKey>),
    Agree(Arc<AgreeKey>),
    Secret(Arc<Secret>),
}

pub(crate) struct SignKey {
    pair: SignPair,
    certificate: Arc<[u8]>,
}

enum SignPair {
    Rsa(KeyPair),
    P256(EcdsaKeyPair),
}

pub(crate) struct DecryptKey {
    key: PrivateDecryptingKey,
    oaep: OaepPrivateDecryptingKey,
    certificate: Arc<[u8]>,
}

pub(crate) struct AgreeKey {
    key: PrivateKey,
    certificate: Arc<[u8]>,
}

pub(crate) struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    pub(crate) sha256: hmac::Key,
    pub(crate) sha512: hmac::Key,
    /// Seals with a key of its own, derived from the secret, so that no digest can be mistaken for it.
    pub(crate) data: DataKey,
}

impl Material {
    pub(crate) fn generate(kind: Kind<'_>, valid_for: SignedDuration, now: Timestamp) -> Option<Material> {
        let certified = |der: &[u8], subject: &str| certificate(der, subject, &[], valid_for, now);
        Some(match kind {
            Kind::Sign { subject } => {
                let pair = SignPair::Rsa(KeyPair::generate(KeySize::Rsa2048).ok()?);
                let certificate = certified(&pair.pkcs8()?, subject)?;
                sign_key(pair, certificate)
            }
            Kind::SignP256 { subject } => {
                let pair = SignPair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?);
                let certificate = certified(&pair.pkcs8()?, subject)?;
                sign_key(pair, certificate)
            }
            Kind::Decrypt { subject } => {
                let der = SignPair::Rsa(KeyPair::generate(KeySize::Rsa2048).ok()?).pkcs8()?;
                let certificate = certified(&der, subject)?;
                Material::Decrypt(Arc::new(DecryptKey::parse(&der, certificate)?))
            }
            Kind::Agree { subject } => {
                // Its one signature, over its own certificate, is what NIST SP 800-56A (revision 3) §5.6.3.2 allows such a key.
                let der = SignPair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?).pkcs8()?;
                let usages = [rcgen::KeyUsagePurpose::KeyAgreement];
                let certificate = certificate(&der, subject, &usages, valid_for, now)?;
                Material::Agree(Arc::new(AgreeKey::parse(&der, certificate)?))
            }
            Kind::Secret256 => random(SHORT_BYTES)?,
            Kind::Secret512 => random(LONG_BYTES)?,
        })
    }

    pub(crate) fn is(&self, kind: Kind<'_>) -> bool {
        match (self, kind) {
            (Material::Sign(key), Kind::Sign { .. }) => matches!(key.pair, SignPair::Rsa(_)),
            (Material::Sign(key), Kind::SignP256 { .. }) => matches!(key.pair, SignPair::P256(_)),
            (Material::Decrypt(_), Kind::Decrypt { .. }) | (Material::Agree(_), Kind::Agree { .. }) => true,
            (Material::Secret(secret), Kind::Secret256) => secret.bytes.len() == SHORT_BYTES,
            (Material::Secret(secret), Kind::Secret512) => secret.bytes.len() == LONG_BYTES,
            _ => false,
        }
    }

    pub(crate) fn certificate(&self) -> Option<Arc<[u8]>> {
        match self {
            Material::Sign(key) => Some(Arc::clone(&key.certificate)),
            Material::Decrypt(key) => Some(Arc::clone(&key.certificate)),
            Material::Agree(key) => Some(Arc::clone(&key.certificate)),
            Material::Secret(_) => None,
        }
    }
}

impl SignKey {
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            SignPair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
            SignPair::P256(pair) => Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec()),
        }
    }

    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        match self.pair {
            SignPair::Rsa(_) => SignatureAlgorithm::RsaSha256,
            SignPair::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
        }
    }
}

impl SignPair {
    fn pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        let der = match self {
            SignPair::Rsa(pair) => Zeroizing::new(AsDer::<Pkcs8V1Der<'_>>::as_der(pair).ok()?.as_ref().to_vec()),
            SignPair::P256(pair) => Zeroizing::new(pair.to_pkcs8v1().ok()?.as_ref().to_vec()),
        };
        Some(der)
    }
}

impl DecryptKey {
    fn parse(der: &[u8], certificate: Arc<[u8]>) -> Option<DecryptKey> {
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

impl AgreeKey {
    fn parse(der: &[u8], certificate: Arc<[u8]>) -> Option<AgreeKey> {
        Some(AgreeKey { key: PrivateKey::from_private_key_der(&ECDH_P256, der).ok()?, certificate })
    }

    /// A point that is not on the curve is refused before the key is used: it would tell something of it.
    pub(crate) fn open(&self, agreed: &Agreed) -> Option<Zeroizing<Vec<u8>>> {
        let originator = UnparsedPublicKey::new(&ECDH_P256, agreed.originator());
        agree(&self.key, originator, (), |shared| agreed.open(shared).ok_or(())).ok()
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
    Secret::parse(bytes).map(Arc::new).map(Material::Secret)
}

/// A certificate that says whose key this is, and what for; without `usages` it says nothing of that. Nobody checks a chain over
/// it: a peer is given it by hand, or in metadata.
fn certificate(
    der: &[u8],
    subject: &str,
    usages: &[rcgen::KeyUsagePurpose],
    valid_for: SignedDuration,
    now: Timestamp,
) -> Option<Arc<[u8]>> {
    let pair = rcgen::KeyPair::try_from(der).ok()?;
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, subject);
    params.key_usages = usages.to_vec();
    let at = |at: Timestamp| {
        let since = Duration::from_secs(u64::try_from(at.as_second()).ok()?);
        Some(rcgen::date_time_ymd(1970, 1, 1) + since)
    };
    let end = now.checked_add(valid_for).ok().filter(|end| *end > now)?;
    params.not_before = at(Timestamp::from_second(now.as_second() - now.as_second().rem_euclid(DAY_SECONDS)).ok()?)?;
    params.not_after = at(end)?;
    Some(params.self_signed(&pair).ok()?.der().as_ref().into())
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
            Material::Sign(key) => (
                match key.pair {
                    SignPair::Rsa(_) => SIGN,
                    SignPair::P256(_) => SIGN_P256,
                },
                STANDARD.encode(key.pair.pkcs8()?.as_slice()),
            ),
            Material::Decrypt(key) => {
                (DECRYPT, STANDARD.encode(AsDer::<Pkcs8V1Der<'_>>::as_der(&key.key).ok()?.as_ref()))
            }
            Material::Agree(key) => (AGREE, STANDARD.encode(AsDer::<Pkcs8V1Der<'_>>::as_der(&key.key).ok()?.as_ref())),
            Material::Secret(secret) => (SECRET, STANDARD.encode(secret.bytes.as_slice())),
        };
        let certificate = material.certificate().map(|der| STANDARD.encode(&*der));
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
    let certificate = || Some(STANDARD.decode(stored.certificate.as_ref()?).ok()?.into());
    Some(match stored.kind.as_str() {
        SIGN => sign_key(SignPair::Rsa(KeyPair::from_pkcs8(&key).ok()?), certificate()?),
        SIGN_P256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key).ok()?;
            sign_key(SignPair::P256(pair), certificate()?)
        }
        DECRYPT => Material::Decrypt(Arc::new(DecryptKey::parse(&key, certificate()?)?)),
        AGREE => Material::Agree(Arc::new(AgreeKey::parse(&key, certificate()?)?)),
        SECRET => Material::Secret(Arc::new(Secret::parse(key)?)),
        _ => return None,
    })
}

fn sign_key(pair: SignPair, certificate: Arc<[u8]>) -> Material {
    Material::Sign(Arc::new(SignKey { pair, certificate }))
}

const SIGN: &str = "rsa-sign";
const SIGN_P256: &str = "p256-sign";
const DECRYPT: &str = "rsa-decrypt";
const AGREE: &str = "p256-agree";
const SECRET: &str = "secret";
const SEAL_LABEL: &[u8] = b"ssc-keys/1 seal\0";
const SHORT_BYTES: usize = 32;
const LONG_BYTES: usize = 64;
const DAY_SECONDS: i64 = 24 * 60 * 60;
const ENTRY_BYTES_MAX: usize = 8192;
