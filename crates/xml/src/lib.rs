//! XML as a receiver may trust it: bounded parse, canonical writer, signature, encryption.
//!
//! Reading goes one way, and each step's type is what the next step asks for:
//!
//! ```text
//! bytes --scan--> Scanned --Document::parse--> Document --verify_*--> VerifiedNode
//! ```
//!
//! Writing goes the other: [`Writer`] emits exclusive canonical form directly, so [`signature`] needs no parse,
//! and [`encrypt`] takes the finished [`Fragment`].
//!
//! Specifications: XML Signature (W3C, second edition), Exclusive XML Canonicalization 1.0, XML Encryption 1.1,
//! SAML 2.0 core §5 (enveloped signatures), WS-Security 1.1 (detached signatures).

mod agreement;
pub mod algorithm;
mod canonical;
mod cipher;
mod decrypt;
mod dereference;
mod document;
mod encrypt;
mod escape;
mod fragment;
mod key;
mod markup;
pub mod ns;
mod refused;
mod scan;
mod sign;
mod verify;
mod weak;
mod writer;

pub use agreement::Agreed;
pub use algorithm::SignatureAlgorithm;
pub use canonical::{exclusive_c14n, inclusive_c14n};
pub use cipher::ContentCipher;
pub use decrypt::{EncryptedKey, Undecryptable, decrypt, decrypt_as};
pub use dereference::{Dereferenced, TokenDigest};
pub use document::{
    Document, Node, attribute, child, children, is, is_empty, only_child, qualified, text, unqualified,
};
pub use encrypt::{CannotEncrypt, EncryptionKey, encrypt};
pub use fragment::Fragment;
pub use key::{UnusableKey, VerifyingKey};
pub use ns::Ns;
pub use refused::Refused;
pub use scan::{Limits, Scanned, scan};
pub use sign::{Part, Signing, Unsigned, signature, signature_with_token};
pub use verify::{Profile, VerifiedNode, VerifiedParts, verify_detached, verify_enveloped, verify_enveloped_with};
pub use weak::Weak;
pub use writer::{Attr, Writer};
