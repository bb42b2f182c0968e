use std::ops::Range;

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    Attr, Fragment, Writer, algorithm,
    fragment::Declared,
    ns::DS,
    writer::{Place, bound},
};

/// One part that a signature covers.
pub struct Part<'a> {
    /// The part's ID, without `#`.
    pub id: &'a str,
    /// Its exclusive canonical form (without the signature, if that stands inside): [`Fragment::as_str`].
    pub canonical: &'a str,
    /// Whether the signature will stand inside this part.
    pub enveloped: bool,
}

/// A `ds:Signature` over `parts`: RSA-SHA256, SHA-256 digests, exclusive canonicalization (XML Signature §4).
///
/// `sign` gets the canonical `ds:SignedInfo` and returns the RSASSA-PKCS1-v1_5 SHA-256 signature of it. There is no
/// `ds:KeyInfo`: receivers take the key from the sender's metadata.
///
/// # Errors
/// Only what `sign` returns.
pub fn signature<E>(parts: &[Part], sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>) -> Result<Fragment, E> {
    let signed_info = signed_info(parts);
    let value = STANDARD.encode(sign(signed_info.as_str().as_bytes())?);
    let mut w = Writer::new();
    w.start(DS, "Signature", &[]).raw(&signed_info).leaf(DS, "SignatureValue", &[], &value);
    Ok(w.finish())
}

/// An element written for an enveloped signature that has not got it yet.
pub struct Unsigned {
    pub(crate) fragment: Fragment,
    pub(crate) place: Place,
}

impl Unsigned {
    /// Signs the element and puts the `ds:Signature` where [`Writer::signature_here`](crate::Writer::signature_here) marked.
    /// `id` is the element's own ID.
    ///
    /// # Errors
    /// Only what `sign` returns.
    pub fn sign<E>(self, id: &str, sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>) -> Result<Fragment, E> {
        let Self { fragment, place } = self;
        let signature = signature(&[Part { id, canonical: fragment.as_str(), enveloped: true }], sign)?;
        let mut canonical = fragment.slice(0..place.at).to_owned();
        let (mut outermost, after): (Vec<Declared>, Vec<Declared>) =
            fragment.outermost.iter().cloned().partition(|d| d.at.start < place.at);
        signature.embed(|prefix| bound(&place.scope, prefix), &mut canonical, &mut outermost);
        let shift = canonical.len() - place.at;
        canonical.push_str(fragment.slice(place.at..fragment.canonical.len()));
        outermost.extend(after.into_iter().map(|d| Declared { at: moved(&d.at, shift), ..d }));
        Ok(Fragment { canonical, outermost })
    }
}

fn moved(at: &Range<usize>, shift: usize) -> Range<usize> {
    at.start + shift..at.end + shift
}

fn signed_info(parts: &[Part]) -> Fragment {
    let mut w = Writer::new();
    w.start(DS, "SignedInfo", &[]);
    named(&mut w, "CanonicalizationMethod", algorithm::EXC_C14N);
    named(&mut w, "SignatureMethod", algorithm::RSA_SHA256);
    for part in parts {
        let digest = digest::digest(&digest::SHA256, part.canonical.as_bytes());
        w.start(DS, "Reference", &[Attr::plain("URI", &format!("#{}", part.id))]).start(DS, "Transforms", &[]);
        if part.enveloped {
            named(&mut w, "Transform", algorithm::ENVELOPED);
        }
        named(&mut w, "Transform", algorithm::EXC_C14N);
        w.end();
        named(&mut w, "DigestMethod", algorithm::SHA256);
        w.leaf(DS, "DigestValue", &[], &STANDARD.encode(digest)).end();
    }
    w.finish()
}

fn named(w: &mut Writer, local: &str, algorithm: &str) {
    w.empty(DS, local, &[Attr::plain("Algorithm", algorithm)]);
}
