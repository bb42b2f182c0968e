use std::ops::Range;

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    Attr, Fragment, SignatureAlgorithm, TokenDigest, Writer, algorithm,
    fragment::Declared,
    ns::{DS, WSSE},
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

/// A `ds:Signature` over `parts`: SHA-256 digests, exclusive canonicalization (XML Signature §4).
///
/// `sign` gets the canonical `ds:SignedInfo` and returns the signature of it: RSASSA-PKCS1-v1_5, or r and s of ECDSA in 32
/// bytes each.
///
/// # Errors
/// Only what `sign` returns.
pub fn signature<E>(
    parts: &[Part],
    signing: &Signing<'_>,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Fragment, E> {
    signature_as(parts, None, signing, sign)
}

/// As [`signature`], and over the token that the `wsse:SecurityTokenReference` with this ID names, by the STR dereference
/// transform (WS-Security 1.1 §8.3).
///
/// # Errors
/// Only what `sign` returns.
pub fn signature_with_token<E>(
    parts: &[Part],
    token: (&str, &TokenDigest),
    signing: &Signing<'_>,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Fragment, E> {
    signature_as(parts, Some(token), signing, sign)
}

fn signature_as<E>(
    parts: &[Part],
    token: Option<(&str, &TokenDigest)>,
    signing: &Signing<'_>,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Fragment, E> {
    let signed_info = signed_info(parts, token, signing.algorithm);
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
        let signature = signature_as(&[part], None, signing, sign)?;
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

fn signed_info(parts: &[Part], token: Option<(&str, &TokenDigest)>, algorithm: SignatureAlgorithm) -> Fragment {
    let mut w = Writer::new();
    w.start(DS, "SignedInfo", &[]);
    named(&mut w, "CanonicalizationMethod", algorithm::EXC_C14N);
    named(&mut w, "SignatureMethod", algorithm.uri());
    for part in parts {
        let digest = digest::digest(&digest::SHA256, part.canonical.as_bytes());
        reference(&mut w, part.id, digest.as_ref(), |w| {
            if part.enveloped {
                named(w, "Transform", algorithm::ENVELOPED);
            }
            named(w, "Transform", algorithm::EXC_C14N);
        });
    }
    if let Some((id, digest)) = token {
        reference(&mut w, id, digest.bytes(), |w| {
            w.start(DS, "Transform", &[Attr::plain("Algorithm", algorithm::STR_TRANSFORM)]);
            w.start(WSSE, "TransformationParameters", &[]);
            named(w, "CanonicalizationMethod", algorithm::EXC_C14N);
            w.end().end();
        });
    }
    w.finish()
}

fn reference(w: &mut Writer, id: &str, digest: &[u8], transforms: impl FnOnce(&mut Writer)) {
    w.start(DS, "Reference", &[Attr::plain("URI", &format!("#{id}"))]).start(DS, "Transforms", &[]);
    transforms(w);
    w.end();
    named(w, "DigestMethod", algorithm::SHA256);
    w.leaf(DS, "DigestValue", &[], &STANDARD.encode(digest)).end();
}

fn named(w: &mut Writer, local: &str, algorithm: &str) {
    w.empty(DS, local, &[Attr::plain("Algorithm", algorithm)]);
}
