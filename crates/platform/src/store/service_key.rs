//! Table `service_key`: the identity provider's own keys, and what each is for at which time.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

/// What a key of the identity provider is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Signs with RSA, which every service verifies.
    SignRsa,
    /// Signs with ECDSA on P-256, for services that say they verify it.
    SignP256,
    /// Opens what services encrypt to us.
    Decrypt,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::SignRsa, Self::SignP256, Self::Decrypt];

    /// As the table has it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SignRsa => "sign-rsa",
            Self::SignP256 => "sign-p256",
            Self::Decrypt => "decrypt",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// A key, and its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// Its name in the key store.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// In the metadata from then on.
    pub published_at: Timestamp,
    /// Used from then on.
    pub used_from: Timestamp,
    /// Another takes over then, if all goes well.
    pub used_until: Timestamp,
    /// Out of the metadata and forgotten then.
    pub retired_at: Timestamp,
    /// Its certificate (DER); empty while it is being made.
    pub certificate: Vec<u8>,
}

const SELECT: &str = "SELECT key_name, use_for, published_at, used_from, used_until, retired_at, certificate \
     FROM service_key ORDER BY use_for, used_from, key_name";

/// Every key, the oldest of each purpose first.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &Db) -> Result<Vec<ServiceKey>, Error> {
    db.fetch_all(SELECT, params![]).await?.iter().map(read).collect()
}

/// As [`all`], for a decision.
///
/// # Errors
/// When the database fails.
pub async fn all_in(tx: &mut Tx) -> Result<Vec<ServiceKey>, Error> {
    tx.fetch_all(SELECT, params![]).await?.iter().map(read).collect()
}

/// A new key, or new times of one.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, key: &ServiceKey) -> Result<(), Error> {
    let sql = "INSERT INTO service_key \
         (key_name, use_for, published_at, used_from, used_until, retired_at, certificate) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key_name) DO UPDATE SET published_at = $3, used_from = $4, \
         used_until = $5, retired_at = $6, certificate = $7";
    let values = params![
        key.name.as_str(),
        key.purpose.code(),
        key.published_at,
        key.used_from,
        key.used_until,
        key.retired_at,
        key.certificate.as_slice(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The key is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, name: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM service_key WHERE key_name = $1", params![name]).await.map(drop)
}

fn read(row: &Row) -> Result<ServiceKey, Error> {
    let code: String = row.get("use_for")?;
    let wrong = || Error::Column { column: "use_for".to_owned(), wanted: "Purpose" };
    Ok(ServiceKey {
        name: row.get("key_name")?,
        purpose: Purpose::from_code(&code).ok_or_else(wrong)?,
        published_at: row.get("published_at")?,
        used_from: row.get("used_from")?,
        used_until: row.get("used_until")?,
        retired_at: row.get("retired_at")?,
        certificate: row.get("certificate")?,
    })
}
