//! Sign, decrypt and derive by key name: nothing secret leaves the store.
//!
//! The keys of one role are in one file that only its owner can read, sealed by a passphrase or by a systemd
//! credential. A caller names a key and gets a signature, an unwrapped key or a digest; the key itself has no way
//! out. The exceptions are types of their own: a [`DataKey`] protects the fields of one person, and an
//! [`IssuingRoom`] computes the key that is written into a new card.
//!
//! Keys come and go while others are in use: a key that is changed has two names for a time, and nobody waits.

mod cards;
mod data_key;
mod error;
mod file;
mod material;
mod seal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xml::{EncryptedKey, SignatureAlgorithm};
use zeroize::Zeroizing;

pub use cards::IssuingRoom;
pub use data_key::DataKey;
pub use error::Error;
pub use seal::Seal;

use material::Material;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// An RSA-2048 key that signs (RSASSA-PKCS1-v1_5, SHA-256: RFC 8017 §8.2), with a certificate.
    Sign {
        /// The common name of the certificate: the entity that signs.
        subject: &'a str,
    },
    /// An ECDSA key on P-256 that signs with SHA-256, with a certificate: for peers that say they verify it.
    SignP256 {
        /// The common name of the certificate: the entity that signs.
        subject: &'a str,
    },
    /// An RSA-2048 key that unwraps (RSAES-OAEP, SHA-1 and MGF1: `rsa-oaep-mgf1p` of XML Encryption), with a
    /// certificate.
    Decrypt {
        /// The common name of the certificate: the entity that is written to.
        subject: &'a str,
    },
    /// A key on P-256 that agrees on keys (ECDH-ES of XML Encryption 1.1 §5.6.4), with a certificate that says so.
    Agree {
        /// The common name of the certificate: the entity that is written to.
        subject: &'a str,
    },
    /// 32 random bytes: digests, sealing, and the master key of cards.
    Secret256,
    /// 64 random bytes: the seed of OPAQUE's key material (RFC 9807 §6.3.2).
    Secret512,
}

/// What a new place signs its messages with, and what they are encrypted to it with. A place that has its keys keeps them,
/// whatever is configured later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Signature {
    /// P-256: ECDSA, and ECDH-ES.
    #[default]
    #[serde(rename = "p-256")]
    P256,
    /// RSA-2048: where a partner knows nothing else.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
}

impl Signature {
    /// The kind of such a key, `subject` being the common name of its certificate.
    #[must_use]
    pub fn kind(self, subject: &str) -> Kind<'_> {
        match self {
            Self::P256 => Kind::SignP256 { subject },
            Self::Rsa2048 => Kind::Sign { subject },
        }
    }

    /// The kind of the key that opens what is encrypted to such a place.
    #[must_use]
    pub fn opening_kind(self, subject: &str) -> Kind<'_> {
        match self {
            Self::P256 => Kind::Agree { subject },
            Self::Rsa2048 => Kind::Decrypt { subject },
        }
    }
}

/// An open key store, shared by whoever uses it.
pub struct Keys {
    path: PathBuf,
    lock: seal::Lock,
    entries: RwLock<BTreeMap<String, Material>>,
    /// Held from looking at the keys until they are on the disk, so that an older look never replaces a newer one. It holds
    /// the file as it was read or written last.
    saving: Mutex<Option<file::Seen>>,
}

impl Keys {
    /// Makes an empty store in a new file.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is a file already; [`Error::Io`], or [`Error::Credential`] when the seal
    /// cannot be read.
    pub fn create(path: &Path, seal: &Seal) -> Result<Keys, Error> {
        if path.exists() {
            return Err(Error::Exists { path: path.to_owned() });
        }
        let keys = Keys::of(path, seal::Lock::new(seal)?, BTreeMap::new(), None);
        keys.save()?;
        Ok(keys)
    }

    /// Opens a store and prepares every key in it.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no file, [`Error::Readable`] when others than the owner may read it,
    /// [`Error::Sealed`] when the seal is another or the file was changed.
    pub fn open(path: &Path, seal: &Seal) -> Result<Keys, Error> {
        let sealed = file::read(path)?;
        let (lock, plain) = seal::Lock::open(&sealed, seal).map_err(|error| error.at(path))?;
        let entries = material::read_all(&plain).ok_or_else(|| Error::Malformed { path: path.to_owned() })?;
        Ok(Keys::of(path, lock, entries, Some(file::Seen::of(&sealed))))
    }

    /// Makes the key unless the store has it, with a certificate of [`CERTIFICATE_VALID_FOR`] if it has one. Nothing is on the
    /// disk before [`Keys::save`].
    ///
    /// # Errors
    /// [`Error::Kind`] when the store has a key of this name and of another kind, [`Error::Name`] when the name
    /// is not of lower-case letters, digits and hyphens.
    pub fn ensure(&self, name: &str, kind: Kind<'_>, now: Timestamp) -> Result<(), Error> {
        self.ensure_for(name, kind, CERTIFICATE_VALID_FOR, now)
    }

    /// As [`Keys::ensure`], with a certificate that ends `valid_for` after `now`, in whole seconds. It begins with the day
    /// (UTC), so that a peer whose clock is slow takes it at once.
    ///
    /// # Errors
    /// As [`Keys::ensure`]; [`Error::Failed`] when the end is beyond the year 9999.
    pub fn ensure_for(
        &self,
        name: &str,
        kind: Kind<'_>,
        valid_for: SignedDuration,
        now: Timestamp,
    ) -> Result<(), Error> {
        if !is_name(name) {
            return Err(Error::Name);
        }
        if let Ok(known) = self.entry(name) {
            return if known.is(kind) { Ok(()) } else { Err(wrong_kind(name)) };
        }
        // Outside the lock: an RSA key takes a while to find, and meanwhile others sign.
        let made = Material::generate(kind, valid_for, now).ok_or_else(|| failed(name))?;
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let kept = entries.entry(name.to_owned()).or_insert(made);
        if kept.is(kind) { Ok(()) } else { Err(wrong_kind(name)) }
    }

    /// Forgets a key, and says whether the store had it. It is on the disk until [`Keys::save`].
    pub fn remove(&self, name: &str) -> bool {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    /// Writes the file anew: readers see the old one or the new one, whole.
    ///
    /// # Errors
    /// [`Error::Changed`] when another process has changed the file since it was opened here: then whoever wants to add or
    /// forget a key opens it again and does so there. [`Error::Io`] when the file cannot be written.
    pub fn save(&self) -> Result<(), Error> {
        let mut seen = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner).clone();
        let plain = material::write_all(&entries).ok_or_else(|| Error::Malformed { path: self.path.clone() })?;
        let sealed = self.lock.seal(&plain).map_err(|error| error.at(&self.path))?;
        file::write(&self.path, &sealed, &mut seen)
    }

    /// Signs `message` by the key's one algorithm, [`Keys::algorithm`]: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), or
    /// ECDSA on P-256 with SHA-256, r and s in 32 bytes each (XML Signature 1.1 §6.4.3).
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn sign(&self, name: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
        let Material::Sign(key) = self.entry(name)? else { return Err(wrong_kind(name)) };
        key.sign(message).ok_or_else(|| failed(name))
    }

    /// What [`Keys::sign`] signs with by this key.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn algorithm(&self, name: &str) -> Result<SignatureAlgorithm, Error> {
        let Material::Sign(key) = self.entry(name)? else { return Err(wrong_kind(name)) };
        Ok(key.algorithm())
    }

    /// Unwraps a key that was wrapped for us (RSAES-OAEP, SHA-1 and MGF1: XML Encryption §5.5.2).
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`], or [`Error::Failed`] when it was not wrapped with this key.
    pub fn unwrap(&self, name: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let Material::Decrypt(key) = self.entry(name)? else { return Err(wrong_kind(name)) };
        key.unwrap(wrapped).ok_or_else(|| failed(name))
    }

    /// Opens a content key that was encrypted to us, in the one form of our key: [`Keys::unwrap`], or what the sender's key and
    /// ours agree on, which does not leave the store either.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`], or [`Error::Failed`] when it was not encrypted to this key, or in the other form.
    pub fn content_key(&self, name: &str, encrypted: &EncryptedKey) -> Result<Zeroizing<Vec<u8>>, Error> {
        let opened = match (self.entry(name)?, encrypted) {
            (Material::Decrypt(key), EncryptedKey::Transported(wrapped)) => key.unwrap(wrapped),
            (Material::Agree(key), EncryptedKey::Agreed(agreed)) => key.open(agreed),
            (Material::Decrypt(_) | Material::Agree(_), _) => None,
            (Material::Sign(_) | Material::Secret(_), _) => return Err(wrong_kind(name)),
        };
        opened.ok_or_else(|| failed(name))
    }

    /// Whether the store has a key that [`Keys::content_key`] opens with.
    #[must_use]
    pub fn opens(&self, name: &str) -> bool {
        matches!(self.entry(name), Ok(Material::Decrypt(_) | Material::Agree(_)))
    }

    /// Whether it opens by agreement, which takes some microseconds: not by RSA, which takes half a millisecond.
    #[must_use]
    pub fn opens_quickly(&self, name: &str) -> bool {
        matches!(self.entry(name), Ok(Material::Agree(_)))
    }

    /// The self-signed certificate of a key that signs, unwraps or agrees, in DER.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn certificate(&self, name: &str) -> Result<Arc<[u8]>, Error> {
        self.entry(name)?.certificate().ok_or_else(|| wrong_kind(name))
    }

    /// When the certificate of a key ends. The key works on: the end is a reason to change it in time, since some peers look.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn certificate_ends(&self, name: &str) -> Result<Timestamp, Error> {
        let der = self.certificate(name)?;
        let parsed = x509_parser::parse_x509_certificate(&der).map_err(|_| failed(name))?.1;
        Timestamp::from_second(parsed.validity().not_after.timestamp()).map_err(|_| failed(name))
    }

    /// HMAC-SHA-256 over a label and parts, each after its length as u32-BE, so that no two lists run together.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn hmac256(&self, name: &str, label: &str, parts: &[&[u8]]) -> Result<[u8; 32], Error> {
        let mut context = hmac::Context::with_key(&self.secret(name)?.sha256);
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            let length = u32::try_from(part.len()).map_err(|_| failed(name))?;
            context.update(&length.to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().map_err(|_| failed(name))
    }

    /// HMAC-SHA-512 over the parts as they are: with a trailing `0x01` this is one block of HKDF-Expand
    /// (RFC 5869 §2.3), from which OPAQUE takes a card's key material.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn hmac512(&self, name: &str, parts: &[&[u8]]) -> Result<Zeroizing<[u8; 64]>, Error> {
        let mut context = hmac::Context::with_key(&self.secret(name)?.sha512);
        parts.iter().for_each(|part| context.update(part));
        let tag: [u8; 64] = context.sign().as_ref().try_into().map_err(|_| failed(name))?;
        Ok(Zeroizing::new(tag))
    }

    /// Seals `plain` (AES-256-GCM, random nonce). `aad` says where it belongs: it opens nowhere else.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn seal(&self, name: &str, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.secret(name)?.data.seal(aad, plain).ok_or_else(|| failed(name))
    }

    /// Opens what [`Keys::seal`] sealed.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`], or [`Error::Failed`] when it was changed or belongs elsewhere.
    pub fn open_sealed(&self, name: &str, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.secret(name)?.data.open(aad, sealed).ok_or_else(|| failed(name))
    }

    /// Makes a key for the fields of one person, and wraps it for the database. Whoever deletes the wrapped key
    /// has erased the person.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn new_data_key(&self, name: &str, aad: &[u8]) -> Result<(DataKey, Vec<u8>), Error> {
        let secret = self.secret(name)?;
        DataKey::generate()
            .and_then(|(key, bytes)| Some((key, secret.data.seal(aad, bytes.as_slice())?)))
            .ok_or_else(|| failed(name))
    }

    /// Unwraps a person's key.
    ///
    /// # Errors
    /// As [`Keys::open_sealed`].
    pub fn data_key(&self, name: &str, aad: &[u8], wrapped: &[u8]) -> Result<DataKey, Error> {
        let bytes = self.open_sealed(name, aad, wrapped)?;
        DataKey::from_bytes(&bytes).ok_or_else(|| failed(name))
    }

    fn of(path: &Path, lock: seal::Lock, entries: BTreeMap<String, Material>, seen: Option<file::Seen>) -> Keys {
        Keys { path: path.to_owned(), lock, entries: RwLock::new(entries), saving: Mutex::new(seen) }
    }

    /// The key itself, so that no lock is held while it works.
    fn entry(&self, name: &str) -> Result<Material, Error> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(name).cloned().ok_or_else(|| Error::NoKey { name: name.to_owned() })
    }

    fn secret(&self, name: &str) -> Result<Arc<material::Secret>, Error> {
        match self.entry(name)? {
            Material::Secret(secret) => Ok(secret),
            Material::Sign(_) | Material::Decrypt(_) | Material::Agree(_) => Err(wrong_kind(name)),
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn wrong_kind(name: &str) -> Error {
    Error::Kind { name: name.to_owned() }
}

fn failed(name: &str) -> Error {
    Error::Failed { name: name.to_owned() }
}

/// How long a certificate is valid unless said otherwise: ten years of 365.25 days. The keys of a chain of data exchange are
/// given from hand to hand, and a certificate that ended earlier would stop no one but those who look.
pub const CERTIFICATE_VALID_FOR: SignedDuration = SignedDuration::from_hours(10 * 8766);

const NAME_MAX: usize = 64;
