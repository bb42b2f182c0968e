//! What closes the file: a passphrase (Argon2id, RFC 9106) or a systemd credential, over AES-256-GCM.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::fill;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{DataKey, Error, file};

/// What opens the store. It has no `Debug`, and is wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub enum Seal {
    /// A passphrase that a person types or a file holds.
    Passphrase(Zeroizing<String>),
    /// A file with 32 random bytes or more, such as systemd puts into `$CREDENTIALS_DIRECTORY`.
    Credential {
        /// The credential's file.
        #[zeroize(skip)]
        path: PathBuf,
    },
}

impl Seal {
    /// Seals with a passphrase.
    pub fn passphrase(passphrase: &str) -> Seal {
        Seal::Passphrase(Zeroizing::new(passphrase.to_owned()))
    }

    /// Seals with the passphrase in a file: one line of UTF-8, at least 16 characters without the line's end.
    ///
    /// # Errors
    /// [`Error::Readable`] when others than the owner may read or write the file, [`Error::Passphrase`] when it holds no
    /// such text, [`Error::Io`] when it cannot be read.
    pub fn passphrase_file(path: &Path) -> Result<Seal, Error> {
        let content = Zeroizing::new(file::read(path).map_err(|error| match error {
            Error::Missing { path } => Error::Io { path, source: ErrorKind::NotFound.into() },
            Error::Malformed { path } => Error::Passphrase { path },
            other => other,
        })?);
        let passphrase = std::str::from_utf8(&content).ok().map(|text| text.trim_end_matches(['\r', '\n']));
        match passphrase.filter(|text| text.chars().count() >= PASSPHRASE_CHARS_MIN) {
            Some(passphrase) => Ok(Seal::passphrase(passphrase)),
            None => Err(Error::Passphrase { path: path.to_owned() }),
        }
    }

    /// Seals with the content of a file.
    pub fn credential(path: &Path) -> Seal {
        Seal::Credential { path: path.to_owned() }
    }
}

/// The key of the file, and how it is made from the seal: kept, so that saving does not ask for the seal again.
pub(crate) struct Lock {
    method: Method,
    key: DataKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    format: String,
    method: Method,
    sealed: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Method {
    Argon2id { memory_kib: u32, passes: u32, lanes: u32, salt: String },
    Credential { salt: String },
}

/// Why a seal did not open or close, before the file's name is known.
pub(crate) enum Broken {
    Sealed,
    Malformed,
    Named(Error),
}

impl Broken {
    pub(crate) fn at(self, path: &Path) -> Error {
        match self {
            Broken::Sealed => Error::Sealed { path: path.to_owned() },
            Broken::Malformed => Error::Malformed { path: path.to_owned() },
            Broken::Named(error) => error,
        }
    }
}

impl Lock {
    pub(crate) fn new(seal: &Seal) -> Result<Lock, Error> {
        let mut salt = [0; SALT_BYTES];
        let filled = fill(&mut salt).is_ok();
        assert!(filled, "the operating system gives random numbers");
        let salt = STANDARD.encode(salt);
        let method = match seal {
            Seal::Passphrase(_) => Method::Argon2id { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt },
            Seal::Credential { .. } => Method::Credential { salt },
        };
        let key = method.key(seal).map_err(|error| error.at(Path::new("")))?;
        Ok(Lock { method, key })
    }

    pub(crate) fn open(content: &[u8], seal: &Seal) -> Result<(Lock, Zeroizing<Vec<u8>>), Broken> {
        let envelope: Envelope = serde_json::from_slice(content).map_err(|_| Broken::Malformed)?;
        if envelope.format != FORMAT {
            return Err(Broken::Malformed);
        }
        let lock = Lock { key: envelope.method.key(seal)?, method: envelope.method };
        let sealed = STANDARD.decode(&envelope.sealed).map_err(|_| Broken::Malformed)?;
        let plain = lock.key.open(&lock.aad()?, &sealed).ok_or(Broken::Sealed)?;
        Ok((lock, plain))
    }

    pub(crate) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Broken> {
        let sealed = self.key.seal(&self.aad()?, plain).ok_or(Broken::Sealed)?;
        let envelope =
            Envelope { format: FORMAT.to_owned(), method: self.method.clone(), sealed: STANDARD.encode(sealed) };
        serde_json::to_vec_pretty(&envelope).map_err(|_| Broken::Malformed)
    }

    /// The parameters are sealed with the content, so that nobody can weaken them in the file.
    fn aad(&self) -> Result<Vec<u8>, Broken> {
        serde_json::to_vec(&(FORMAT, &self.method)).map_err(|_| Broken::Malformed)
    }
}

impl Method {
    fn key(&self, seal: &Seal) -> Result<DataKey, Broken> {
        let mut key = Zeroizing::new([0; 32]);
        match (self, seal) {
            (Method::Argon2id { memory_kib, passes, lanes, salt }, Seal::Passphrase(passphrase)) => {
                let salt = STANDARD.decode(salt).map_err(|_| Broken::Malformed)?;
                if *memory_kib > MEMORY_KIB_MAX || *passes > PASSES_MAX || *lanes > LANES_MAX {
                    return Err(Broken::Malformed);
                }
                let params = Params::new(*memory_kib, *passes, *lanes, None).map_err(|_| Broken::Malformed)?;
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into(passphrase.as_bytes(), &salt, key.as_mut_slice())
                    .map_err(|_| Broken::Malformed)?;
            }
            (Method::Credential { salt }, Seal::Credential { path }) => {
                let credential = read_credential(path).map_err(Broken::Named)?;
                let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &credential));
                context.update(CREDENTIAL_LABEL);
                context.update(salt.as_bytes());
                key.iter_mut().zip(context.sign().as_ref()).for_each(|(byte, made)| *byte = *made);
            }
            _ => return Err(Broken::Sealed),
        }
        DataKey::from_bytes(key.as_slice()).ok_or(Broken::Malformed)
    }
}

fn read_credential(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut content = Zeroizing::new(Vec::with_capacity(CREDENTIAL_BYTES_MAX));
    let limit = u64::try_from(CREDENTIAL_BYTES_MAX).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut content))
        .ok()
        .filter(|length| *length >= CREDENTIAL_BYTES_MIN)
        .ok_or_else(|| Error::Credential { path: path.to_owned() })?;
    Ok(content)
}

const FORMAT: &str = "ssc-keys/1";
const PASSPHRASE_CHARS_MIN: usize = 16;
const CREDENTIAL_LABEL: &[u8] = b"ssc-keys/1 credential\0";
const CREDENTIAL_BYTES_MIN: usize = 32;
const CREDENTIAL_BYTES_MAX: usize = 4096;
const SALT_BYTES: usize = 16;
/// The second recommended choice of RFC 9106 §4: 64 MiB, three passes, four lanes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// What a file may ask of us: a changed one must not eat the machine.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;
