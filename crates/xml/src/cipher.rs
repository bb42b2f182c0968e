use aws_lc_rs::{
    aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    cipher::{self, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    error::Unspecified,
    iv::{FixedLength, IV_LEN_128_BIT},
};
use zeroize::Zeroizing;

use crate::{Refused, algorithm, weak};

/// How content is encrypted. Only the first two are ever read: see [`decrypt`](crate::decrypt).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ContentCipher {
    /// AES-256 in GCM (XML Encryption 1.1 §5.2.4): what every maintained peer reads.
    #[default]
    Aes256Gcm,
    /// AES-128 in GCM.
    Aes128Gcm,
    /// AES-256 in CBC (XML Encryption 1.1 §5.2.2), for old service providers: nothing protects it from change on the way.
    Aes256Cbc,
    /// AES-128 in CBC, likewise.
    Aes128Cbc,
}

impl ContentCipher {
    /// Its identifier: `xenc:EncryptionMethod/@Algorithm`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes256Gcm => algorithm::AES256_GCM,
            Self::Aes128Gcm => algorithm::AES128_GCM,
            Self::Aes256Cbc => algorithm::AES256_CBC,
            Self::Aes128Cbc => algorithm::AES128_CBC,
        }
    }

    /// The cipher of this identifier, as a service provider's metadata names it.
    ///
    /// # Errors
    /// [`Refused::Algorithm`], or [`Refused::WeakAlgorithm`] for triple DES.
    pub fn of(uri: &str) -> Result<Self, Refused> {
        let known = [Self::Aes256Gcm, Self::Aes128Gcm, Self::Aes256Cbc, Self::Aes128Cbc];
        known.into_iter().find(|cipher| cipher.uri() == uri).ok_or_else(|| weak::refusal(uri))
    }

    /// Whether a change on the way is noticed: GCM yes, CBC no.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        self.aead().is_some()
    }

    /// The algorithm that content may also be read with.
    pub(crate) const fn aead(self) -> Option<&'static aead::Algorithm> {
        match self {
            Self::Aes256Gcm => Some(&aead::AES_256_GCM),
            Self::Aes128Gcm => Some(&aead::AES_128_GCM),
            Self::Aes256Cbc | Self::Aes128Cbc => None,
        }
    }

    /// Encrypts under a fresh key, and returns the key and what goes into `xenc:CipherValue`.
    pub(crate) fn seal(
        self,
        plain: &[u8],
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Unspecified> {
        let mut key = Zeroizing::new(vec![0; self.key_bytes()]);
        random(&mut key);
        let sealed = match self {
            Self::Aes256Gcm => seal_gcm(&aead::AES_256_GCM, &key, plain, random),
            Self::Aes128Gcm => seal_gcm(&aead::AES_128_GCM, &key, plain, random),
            Self::Aes256Cbc => seal_cbc(&cipher::AES_256, &key, plain, random),
            Self::Aes128Cbc => seal_cbc(&cipher::AES_128, &key, plain, random),
        }?;
        Ok((key, sealed))
    }

    const fn key_bytes(self) -> usize {
        match self {
            Self::Aes256Gcm | Self::Aes256Cbc => cipher::AES_256_KEY_LEN,
            Self::Aes128Gcm | Self::Aes128Cbc => cipher::AES_128_KEY_LEN,
        }
    }
}

/// XML Encryption 1.1 §5.2.4: nonce, cipher text, tag.
fn seal_gcm(
    algorithm: &'static aead::Algorithm,
    key: &[u8],
    plain: &[u8],
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Vec<u8>, Unspecified> {
    let mut nonce = [0; NONCE_LEN];
    random(&mut nonce);
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
    let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + algorithm.tag_len());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let content = sealed.get_mut(NONCE_LEN..).ok_or(Unspecified)?;
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), content)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// XML Encryption 1.1 §5.2.1 and §5.2.2: initialization vector, cipher text. Of the padding only the last byte, its length, is
/// prescribed; that of PKCS #7 repeats it.
fn seal_cbc(
    algorithm: &'static cipher::Algorithm,
    key: &[u8],
    plain: &[u8],
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Vec<u8>, Unspecified> {
    let mut iv = [0; IV_LEN_128_BIT];
    random(&mut iv);
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key)?)?;
    let mut content = plain.to_vec();
    key.less_safe_encrypt(&mut content, EncryptionContext::Iv128(FixedLength::from(iv)))?;
    Ok([iv.as_slice(), &content].concat())
}
