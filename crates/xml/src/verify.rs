use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;

use crate::{
    Dereferenced, Document, Node, Refused, SignatureAlgorithm, VerifyingKey, algorithm, attribute, exclusive_c14n,
    inclusive_c14n, is, is_empty,
    ns::{DS, EC, SAML, WSSE},
    only_child, text, unqualified, weak,
};

/// Checks the enveloped signature of `element` (SAML 2.0 core §5.4) and returns the element as verified.
///
/// The `ds:Signature` is its only direct one, first or right after `saml:Issuer`; it has one SignedInfo with one Reference,
/// which names this very node, with the transforms enveloped-signature and exclusive canonicalization.
/// Signatures by other rules, of old metadata: [`verify_enveloped_with`].
///
/// # Errors
/// [`Refused`] names the first rule broken.
pub fn verify_enveloped<'a, 'i>(
    doc: &'a Document<'i>,
    element: Node<'a, 'i>,
    keys: &[VerifyingKey],
) -> Result<VerifiedNode<'a, 'i>, Refused> {
    verify_enveloped_with(doc, element, keys, Profile::Message)
}

/// As [`verify_enveloped`], under the rules of `profile`.
///
/// # Errors
/// [`Refused`] names the first rule broken.
pub fn verify_enveloped_with<'a, 'i>(
    doc: &'a Document<'i>,
    element: Node<'a, 'i>,
    keys: &[VerifyingKey],
    profile: Profile,
) -> Result<VerifiedNode<'a, 'i>, Refused> {
    let signature = only_child(element, DS, "Signature")?.ok_or_else(|| Refused::Missing("Signature".to_owned()))?;
    let after_issuer = |before: Node| is(before, SAML, "Issuer") && before.prev_sibling_element().is_none();
    if !signature.prev_sibling_element().is_none_or(after_issuer) {
        return Err(Refused::Misbuilt("Signature is neither first nor right after Issuer"));
    }
    let signed = Signed::read(signature, profile)?;
    let [reference] = signed.references.as_slice() else {
        return Err(Refused::Misbuilt("more than one Reference"));
    };
    if reference.signs != Signs::Enveloping {
        return Err(Refused::Transforms);
    }
    if doc.by_id(reference.id) != Some(element) {
        return Err(Refused::Reference(reference.id.to_owned()));
    }
    let key = signed.check_value(keys)?;
    reference.check_digest(element, signature)?;
    Ok(VerifiedNode { node: element, id: reference.id, key })
}

/// Checks a detached signature (WS-Security 1.1 §8) and returns the nodes it covers.
///
/// Every Reference is resolved through the document's ID table to a node; [`VerifiedParts::covers`] then answers by node
/// identity, never by name. Transforms: exclusive canonicalization, before it at most enveloped-signature; or for a
/// `wsse:SecurityTokenReference` the STR dereference transform (§8.3), whose token is then to be asked for with
/// [`VerifiedParts::dereferenced`].
///
/// # Errors
/// [`Refused`] names the first rule broken.
pub fn verify_detached<'a, 'i>(
    doc: &'a Document<'i>,
    signature: Node<'a, 'i>,
    keys: &[VerifyingKey],
) -> Result<VerifiedParts<'a, 'i>, Refused> {
    if !is(signature, DS, "Signature") {
        return Err(Refused::Missing("Signature".to_owned()));
    }
    let signed = Signed::read(signature, Profile::Message)?;
    let mut nodes: Vec<VerifiedNode> = Vec::with_capacity(signed.references.len());
    let mut dereferenced: Vec<Dereferenced> = Vec::new();
    let key = signed.check_value(keys)?;
    for reference in signed.references {
        let node = doc.by_id(reference.id).ok_or_else(|| Refused::Reference(reference.id.to_owned()))?;
        if nodes.iter().any(|n| n.node == node) || dereferenced.iter().any(|d| d.reference() == node) {
            return Err(Refused::Repeated(format!("Reference to {:?}", reference.id)));
        }
        if reference.signs == Signs::Token {
            if !is(node, WSSE, "SecurityTokenReference") {
                return Err(Refused::Transforms);
            }
            dereferenced.push(Dereferenced::new(node, reference.id, reference.digest));
        } else {
            reference.check_digest(node, signature)?;
            nodes.push(VerifiedNode { node, id: reference.id, key });
        }
    }
    Ok(VerifiedParts { nodes, dereferenced, key })
}

/// What is signed, and so in which canonical forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A message or token: exclusive canonicalization alone (SAML 2.0 core §5.4.3).
    Message,
    /// Metadata (SAML 2.0 metadata §3.1): inclusive Canonical XML 1.0 too, which old tools sign files with.
    Metadata,
}

/// A node that a signature was checked to cover. Only verification makes one.
#[derive(Clone, Copy)]
pub struct VerifiedNode<'a, 'i> {
    node: Node<'a, 'i>,
    id: &'a str,
    key: usize,
}

impl<'a, 'i> VerifiedNode<'a, 'i> {
    /// The node. What is read below it is what was signed (but for an enveloped `ds:Signature` itself).
    #[must_use]
    pub fn node(&self) -> Node<'a, 'i> {
        self.node
    }

    /// The ID the signature named it by.
    #[must_use]
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// Position in `keys` of the key that verified, so that the caller knows whose it was.
    #[must_use]
    pub fn key(&self) -> usize {
        self.key
    }
}

impl fmt::Debug for VerifiedNode<'_, '_> {
    /// The ID alone: what the node holds is personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedNode").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The nodes that a detached signature covers.
#[derive(Debug)]
pub struct VerifiedParts<'a, 'i> {
    nodes: Vec<VerifiedNode<'a, 'i>>,
    dereferenced: Vec<Dereferenced<'a, 'i>>,
    key: usize,
}

impl<'a, 'i> VerifiedParts<'a, 'i> {
    /// The verified form of `node`, if the signature covers exactly this node.
    #[must_use]
    pub fn covers(&self, node: Node<'a, 'i>) -> Option<VerifiedNode<'a, 'i>> {
        self.nodes.iter().find(|n| n.node == node).copied()
    }

    /// What the signature says of the token that `reference` names, if it names exactly this reference by the STR dereference
    /// transform. The reference itself is not covered then.
    #[must_use]
    pub fn dereferenced(&self, reference: Node<'a, 'i>) -> Option<&Dereferenced<'a, 'i>> {
        self.dereferenced.iter().find(|d| d.reference() == reference)
    }

    /// Position in `keys` of the key that verified.
    #[must_use]
    pub fn key(&self) -> usize {
        self.key
    }
}

/// More than the headers of any message, and few enough that digests stay cheap.
const REFERENCES_MAX: usize = 32;
/// More than any peer lists: the prefixes that one message uses.
const PREFIXES_MAX: usize = 16;

/// A `ds:Signature` whose form was checked, and nothing else yet.
struct Signed<'a, 'i> {
    signed_info: Node<'a, 'i>,
    canonicalization: Canonicalization<'a>,
    algorithm: SignatureAlgorithm,
    value: Vec<u8>,
    references: Vec<Reference<'a>>,
}

impl<'a, 'i> Signed<'a, 'i> {
    /// XML Signature §4.1–4.3: exactly these children in this order, no `ds:Object`, nothing else, nor below them. So the
    /// SignedInfo, which is canonicalized before any key is tried, has a dozen elements for each of [`REFERENCES_MAX`] at most.
    fn read(signature: Node<'a, 'i>, profile: Profile) -> Result<Self, Refused> {
        let (signed_info, value) = match elements(signature).as_slice() {
            [info, value] => (*info, *value),
            [info, value, key_info] if is(*key_info, DS, "KeyInfo") => (*info, *value),
            _ => return Err(Refused::Misbuilt("Signature is not SignedInfo, SignatureValue, KeyInfo")),
        };
        if !is(signed_info, DS, "SignedInfo") || !is(value, DS, "SignatureValue") {
            return Err(Refused::Misbuilt("Signature is not SignedInfo, SignatureValue, KeyInfo"));
        }
        let parts = elements(signed_info);
        let [canonicalization, method, references @ ..] = parts.as_slice() else {
            return Err(Refused::Misbuilt("SignedInfo has no methods"));
        };
        if !is(*canonicalization, DS, "CanonicalizationMethod") || !is(*method, DS, "SignatureMethod") {
            return Err(Refused::Misbuilt("SignedInfo has no methods"));
        }
        if references.is_empty() {
            return Err(Refused::Missing("Reference".to_owned()));
        }
        if references.len() > REFERENCES_MAX {
            return Err(Refused::TooManyReferences(REFERENCES_MAX));
        }
        Ok(Self {
            signed_info,
            canonicalization: Canonicalization::read(*canonicalization, profile)?,
            algorithm: SignatureAlgorithm::of(bare(*method)?)?,
            value: base64(value, "SignatureValue")?,
            references: references.iter().map(|r| Reference::read(*r, profile)).collect::<Result<_, _>>()?,
        })
    }

    /// Which of `keys` made the signature. `ds:KeyInfo` has no say.
    fn check_value(&self, keys: &[VerifyingKey]) -> Result<usize, Refused> {
        let message = self.canonicalization.apply(self.signed_info, None);
        let made_by = |key: &VerifyingKey| key.verifies(self.algorithm, message.as_bytes(), &self.value);
        keys.iter().position(made_by).ok_or(Refused::Signature)
    }
}

struct Reference<'a> {
    id: &'a str,
    signs: Signs,
    canonicalization: Canonicalization<'a>,
    digest: Vec<u8>,
}

impl<'a> Reference<'a> {
    /// XML Signature §4.3.3.
    fn read(reference: Node<'a, '_>, profile: Profile) -> Result<Self, Refused> {
        let parts = elements(reference);
        let [transforms, method, value] = parts.as_slice() else { return Err(Refused::Transforms) };
        let named = is(*transforms, DS, "Transforms") && is(*method, DS, "DigestMethod");
        if !is(reference, DS, "Reference") || !named || !is(*value, DS, "DigestValue") {
            return Err(Refused::Misbuilt("Reference is not Transforms, DigestMethod, DigestValue"));
        }
        let uri = unqualified(reference, "URI").unwrap_or("");
        let id = uri.strip_prefix('#').filter(|id| !id.is_empty()).ok_or_else(|| Refused::Reference(uri.to_owned()))?;
        let (signs, canonicalization) = read_transforms(*transforms, profile)?;
        let digest = bare(*method)?;
        if digest != algorithm::SHA256 {
            return Err(weak::refusal(digest));
        }
        Ok(Self { id, signs, canonicalization, digest: base64(*value, "DigestValue")? })
    }

    fn check_digest(&self, node: Node, signature: Node) -> Result<(), Refused> {
        let enveloping = self.signs == Signs::Enveloping;
        let canonical = self.canonicalization.apply(node, enveloping.then_some(signature));
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes());
        let same: bool = digest.as_ref().ct_eq(&self.digest).into();
        if same { Ok(()) } else { Err(Refused::Digest(self.id.to_owned())) }
    }
}

/// What a digest is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signs {
    /// The node named.
    Node,
    /// The same, without the signature that stands in it.
    Enveloping,
    /// The token that the node named refers to.
    Token,
}

/// Canonicalization, before it perhaps enveloped-signature; or the STR dereference transform, which holds its canonicalization.
/// Nothing else, so that what is digested is the node, or the token.
fn read_transforms<'a>(transforms: Node<'a, '_>, profile: Profile) -> Result<(Signs, Canonicalization<'a>), Refused> {
    let list = elements(transforms);
    if list.iter().any(|t| !is(*t, DS, "Transform")) {
        return Err(Refused::Transforms);
    }
    let (signs, method) = match list.as_slice() {
        [only] if named(*only) == algorithm::STR_TRANSFORM && profile == Profile::Message => {
            (Signs::Token, token_canonicalization(*only)?)
        }
        [last] => (Signs::Node, *last),
        [first, last] if bare(*first) == Ok(algorithm::ENVELOPED) => (Signs::Enveloping, *last),
        _ => return Err(Refused::Transforms),
    };
    let canonicalization = Canonicalization::read(method, profile).map_err(|_| Refused::Transforms)?;
    Ok((signs, canonicalization))
}

/// WS-Security 1.1 §8.3: the one parameter. A list of prefixes would mean another thing in a token that is decrypted than in the
/// message around it, so there is none.
fn token_canonicalization<'a, 'i>(transform: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refused> {
    match elements(transform).as_slice() {
        [parameters] if is(*parameters, WSSE, "TransformationParameters") => match elements(*parameters).as_slice() {
            [method] if is(*method, DS, "CanonicalizationMethod") && is_empty(*method) => Ok(*method),
            _ => Err(Refused::Transforms),
        },
        _ => Err(Refused::Transforms),
    }
}

/// A canonicalization method that the profile allows.
enum Canonicalization<'a> {
    /// With its PrefixList.
    Exclusive(Vec<&'a str>),
    Inclusive,
}

impl<'a> Canonicalization<'a> {
    fn read(method: Node<'a, '_>, profile: Profile) -> Result<Self, Refused> {
        match (named(method), profile) {
            (algorithm::EXC_C14N, _) => Ok(Self::Exclusive(prefixes(method)?)),
            (algorithm::C14N, Profile::Metadata) => bare(method).map(|_| Self::Inclusive),
            (other, _) => Err(weak::refusal(other)),
        }
    }

    fn apply(&self, node: Node, skip: Option<Node>) -> String {
        match self {
            Self::Exclusive(prefixes) => exclusive_c14n(node, prefixes, skip),
            Self::Inclusive => inclusive_c14n(node, skip),
        }
    }
}

/// Exclusive C14N §4: the one parameter, `ec:InclusiveNamespaces/@PrefixList`.
fn prefixes<'a>(method: Node<'a, '_>) -> Result<Vec<&'a str>, Refused> {
    let mut list: Vec<&str> = match elements(method).as_slice() {
        [] => return Ok(Vec::new()),
        [list] if is(*list, EC, "InclusiveNamespaces") && is_empty(*list) => {
            attribute(*list, "PrefixList")?.split_ascii_whitespace().take(PREFIXES_MAX + 1).collect()
        }
        _ => return Err(Refused::Transforms),
    };
    if list.len() > PREFIXES_MAX {
        return Err(Refused::Transforms);
    }
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

/// The `Algorithm` of `node`.
fn named<'a>(node: Node<'a, '_>) -> &'a str {
    unqualified(node, "Algorithm").unwrap_or("")
}

/// As [`named`], for an algorithm that takes no parameters.
fn bare<'a>(node: Node<'a, '_>) -> Result<&'a str, Refused> {
    if !is_empty(node) { Err(Refused::Misbuilt("algorithm has parameters")) } else { Ok(named(node)) }
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

/// Base64 with whatever white space the peer broke its lines with.
pub(crate) fn base64(node: Node, name: &'static str) -> Result<Vec<u8>, Refused> {
    let compact: String = text(node)?.split_ascii_whitespace().collect();
    STANDARD.decode(compact).map_err(|_| Refused::NotBase64(name))
}
