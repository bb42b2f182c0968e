//! A key that seals fields: AES-256-GCM with a random nonce (NIST SP 800-38D §8.2.2).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::fill;
use zeroize::Zeroizing;

/// A key that seals the fields of one person. It has no `Debug` and no way out but [`crate::Keys::new_data_key`].
///
/// A sealed field is `version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`.
pub struct DataKey(LessSafeKey);

impl DataKey {
    /// Seals `plain`. `aad` says where it belongs, such as table, row and column: it opens nowhere else.
    ///
    /// Nothing comes back when `plain` is too long for the cipher, which is 64 GiB.
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        fill(&mut nonce).ok()?;
        let mut text = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
        text.extend_from_slice(plain);
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut *text).ok()?;
        Some([&[VERSION][..], &nonce, &text].concat())
    }

    /// Opens what [`DataKey::seal`] sealed, or gives nothing when it was changed or belongs elsewhere.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.strip_prefix(&[VERSION])?.split_first_chunk::<NONCE_LEN>()?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self.0.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    pub(crate) fn generate() -> Option<(DataKey, Zeroizing<[u8; 32]>)> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut_slice()).ok()?;
        Some((DataKey::from_bytes(bytes.as_slice())?, bytes))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<DataKey> {
        Some(DataKey(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?)))
    }
}

const VERSION: u8 = 1;
