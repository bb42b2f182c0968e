use std::ops::Range;

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    Attr, Fragment, SignatureAlgorithm, Writer, algorithm,
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

/// How a signature is made.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The algorithm, which is also the form of the value that the signer returns.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate in DER, written as `ds:KeyInfo/ds:X509Data`: a hint for receivers with several keys of ours.
    pub certificate: Option<&'a [u8]>,
}

impl Signing<'_> {
    /// RSA-SHA256 without `ds:KeyInfo`: receivers take the key from the sender's metadata.
    pub const RSA: Signing<'static> = Signing { algorithm: SignatureAlgorithm::RsaSha256, certificate: None };
}

/// A `ds:Signature` over `parts`: RSA-SHA256, SHA-256 digests, exclusive canonicalization (XML Signature §4).
///
/// `sign` gets the canonical `ds:SignedInfo` and returns the RSASSA-PKCS1-v1_5 SHA-256 signature of it. There is no
/// `ds:KeyInfo`: receivers take the key from the sender's metadata.
///
/// # Errors
/// Only what `sign` returns.
pub fn signature<E>(parts: &[Part], sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>) -> Result<Fragment, E> {
    signature_as(parts, &Signing::RSA, sign)
}

fn signature_as<E>(
    parts: &[Part],
    signing: &Signing<'_>,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Fragment, E> {
    let signed_info = signed_info(parts, signing.algorithm);
    let value = STANDARD.encode(sign(signed_info.as_str().as_bytes())?);
    let mut w = Writer::new();
    w.start(DS, "Signature", &[]).raw(&signed_info).leaf(DS, "SignatureValue", &[], &value);
    if let Some(certificate) = signing.certificate {
        w.start(DS, "KeyInfo", &[]).start(DS, "X509Data", &[]);
        w.leaf(DS, "X509Certificate", &[], &STANDARD.encode(certificate));
    }
    Ok(w.finish())
}

/// An element written for an enveloped signature that has not got it yet.
pub struct Unsigned {
    pub(crate) fragment: Fragment,
    pub(crate) place: Place,
}

impl Unsigned {
    /// [`Unsigned::sign_as`] with [`Signing::RSA`].
    ///
    /// # Errors
    /// Only what `sign` returns.
    pub fn sign<E>(self, id: &str, sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>) -> Result<Fragment, E> {
        self.sign_as(id, &Signing::RSA, sign)
    }

    /// Signs the element and puts the `ds:Signature` where [`Writer::signature_here`](crate::Writer::signature_here) marked.
    /// `id` is the element's own ID.
    ///
    /// `sign` gets the canonical `ds:SignedInfo` and returns the signature of it: RSASSA-PKCS1-v1_5, or r and s of ECDSA in
    /// 32 bytes each.
    ///
    /// # Errors
    /// Only what `sign` returns.
    pub fn sign_as<E>(
        self,
        id: &str,
        signing: &Signing<'_>,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Fragment, E> {
        let Self { fragment, place } = self;
        let part = Part { id, canonical: fragment.as_str(), enveloped: true };
        let signature = signature_as(&[part], signing, sign)?;
        let mut canonical = String::with_capacity(fragment.canonical.len() + signature.canonical.len());
        canonical.push_str(fragment.slice(0..place.at));
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

fn signed_info(parts: &[Part], algorithm: SignatureAlgorithm) -> Fragment {
    let mut w = Writer::new();
    w.start(DS, "SignedInfo", &[]);
    named(&mut w, "CanonicalizationMethod", algorithm::EXC_C14N);
    named(&mut w, "SignatureMethod", algorithm.uri());
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
