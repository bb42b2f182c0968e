use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    Agreed, ContentCipher, Node, Refused, algorithm, attribute, child, children, is, is_empty,
    ns::{DS, XENC},
    only_child, unqualified,
    verify::base64,
    weak,
};

/// Decrypts the one `xenc:EncryptedData` inside `wrapper` (`saml:EncryptedAssertion`): AES-GCM under a key in RSA-OAEP-MGF1P.
///
/// `unwrap` gets the encrypted content key and returns the key: the RSA operation (OAEP, SHA-1, MGF1 with SHA-1, no label)
/// belongs to the key store. The plain bytes come from outside: [`scan`](crate::scan) them like any other document.
///
/// # Errors
/// [`Undecryptable`]. Tell the sender nothing but that it failed.
pub fn decrypt<E>(
    wrapper: Node,
    unwrap: impl FnOnce(&[u8]) -> Result<Zeroizing<Vec<u8>>, E>,
) -> Result<Zeroizing<Vec<u8>>, Undecryptable<E>> {
    let (algorithm, encrypted_key, content) = parts(wrapper)?;
    key_transport(child(encrypted_key, XENC, "EncryptionMethod")?)?;
    let key = unwrap(&cipher_value(encrypted_key)?).map_err(Undecryptable::Key)?;
    Ok(open(algorithm, &key, content)?)
}

/// As [`decrypt`], in either form, for the party whose name is `recipient`. Which form it has to be is for the key store to say,
/// that has one kind of key.
///
/// # Errors
/// [`Undecryptable`]. Tell the sender nothing but that it failed.
pub fn decrypt_as<E>(
    recipient: &str,
    wrapper: Node,
    unwrap: impl FnOnce(&EncryptedKey) -> Result<Zeroizing<Vec<u8>>, E>,
) -> Result<Zeroizing<Vec<u8>>, Undecryptable<E>> {
    let (algorithm, encrypted_key, content) = parts(wrapper)?;
    let method = child(encrypted_key, XENC, "EncryptionMethod")?;
    let wrapped = cipher_value(encrypted_key)?;
    let key = if attribute(method, "Algorithm")? == algorithm::KW_AES256 {
        if !is_empty(method) {
            return Err(Refused::Undecryptable.into());
        }
        EncryptedKey::Agreed(Agreed::read(encrypted_key, recipient, wrapped)?)
    } else {
        key_transport(method)?;
        EncryptedKey::Transported(wrapped)
    };
    let key = unwrap(&key).map_err(Undecryptable::Key)?;
    Ok(open(algorithm, &key, content)?)
}

/// A content key as it came, for the key store that has the recipient's private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncryptedKey {
    /// By RSA-OAEP-MGF1P with its default digest (XML Encryption 1.1 §5.5.2): SHA-1, MGF1 with SHA-1, no label.
    Transported(Vec<u8>),
    /// By ECDH-ES on P-256 (§5.6.4).
    Agreed(Agreed),
}

/// Why nothing was decrypted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Undecryptable<E> {
    /// What came is not decryptable.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The key store did not open the content key.
    #[error("content key was not opened: {0}")]
    Key(E),
}

/// What is encrypted, with what, and the key to it.
fn parts<'a, 'i>(wrapper: Node<'a, 'i>) -> Result<(&'static Algorithm, Node<'a, 'i>, Vec<u8>), Refused> {
    let data = child(wrapper, XENC, "EncryptedData")?;
    if let Some(other) = unqualified(data, "Type").filter(|named| *named != algorithm::ELEMENT) {
        return Err(Refused::Algorithm(other.to_owned()));
    }
    let algorithm = content_algorithm(child(data, XENC, "EncryptionMethod")?)?;
    Ok((algorithm, encrypted_key(wrapper, data)?, cipher_value(data)?))
}

/// CBC is not accepted: without a tag it is an oracle (XML Encryption 1.1 §6.1.2).
fn content_algorithm(method: Node) -> Result<&'static Algorithm, Refused> {
    let algorithm = attribute(method, "Algorithm")?;
    ContentCipher::of(algorithm)?.aead().ok_or_else(|| weak::refusal(algorithm))
}

/// SAML 2.0 core §2.3.4 lets the key stand inside the data's KeyInfo or beside the data. One key, for us.
fn encrypted_key<'a, 'i>(wrapper: Node<'a, 'i>, data: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refused> {
    let inside = only_child(data, DS, "KeyInfo")?;
    let mut keys = inside.into_iter().chain([wrapper]).flat_map(|parent| children(parent, XENC, "EncryptedKey"));
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(Refused::Missing("EncryptedKey".to_owned())),
        (Some(_), Some(_)) => Err(Refused::Repeated("EncryptedKey".to_owned())),
    }
}

/// RSA-OAEP-MGF1P with its default digest, SHA-1, said or unsaid; no `OAEPparams`.
fn key_transport(method: Node) -> Result<(), Refused> {
    let algorithm = attribute(method, "Algorithm")?;
    if algorithm != algorithm::RSA_OAEP_MGF1P {
        return Err(weak::refusal(algorithm));
    }
    for parameter in method.children().filter(Node::is_element) {
        if !is(parameter, DS, "DigestMethod") || attribute(parameter, "Algorithm")? != algorithm::SHA1 {
            return Err(Refused::Algorithm(parameter.tag_name().name().to_owned()));
        }
    }
    Ok(())
}

fn cipher_value(node: Node) -> Result<Vec<u8>, Refused> {
    base64(child(child(node, XENC, "CipherData")?, XENC, "CipherValue")?, "CipherValue")
}

/// XML Encryption 1.1 §5.2.4: nonce, cipher text, tag.
fn open(algorithm: &'static Algorithm, key: &[u8], content: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).map_err(|_| Refused::Undecryptable)?);
    let (nonce, sealed) = content.split_at_checked(NONCE_LEN).ok_or(Refused::Undecryptable)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Refused::Undecryptable)?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = key.open_in_place(nonce, Aad::empty(), &mut plain).map_err(|_| Refused::Undecryptable)?.len();
    plain.truncate(length);
    Ok(plain)
}
