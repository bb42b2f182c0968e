use thiserror::Error;

use crate::Weak;

/// Why a document was not taken. One variant for each thing a log or a caller would tell apart.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refused {
    /// Larger than [`Limits::bytes`](crate::Limits).
    #[error("document has {bytes} bytes, more than {max}")]
    TooLarge {
        /// Size of what came.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Not UTF-8, or declared as another encoding.
    #[error("document is not UTF-8")]
    NotUtf8,
    /// Not well-formed XML 1.0 with namespaces.
    #[error("document is not well-formed: {}", short(.0))]
    Malformed(String),
    /// A document type declaration: no entity, no external reference is ever resolved.
    #[error("document has a DOCTYPE")]
    Doctype,
    /// A processing instruction.
    #[error("document has a processing instruction")]
    ProcessingInstruction,
    /// A comment: it is outside the signature, yet splits text.
    #[error("document has a comment")]
    Comment,
    /// A CDATA section: the signature sees it as text, careless readers as something else; no peer needs it.
    #[error("document has a CDATA section")]
    CData,
    /// Nested deeper than [`Limits::depth`](crate::Limits).
    #[error("elements are nested deeper than {0}")]
    TooDeep(usize),
    /// More attributes on one element than [`Limits::attributes`](crate::Limits).
    #[error("element has more than {0} attributes")]
    TooManyAttributes(usize),
    /// More namespace declarations on one element, or in scope, than [`Limits`](crate::Limits) allows.
    #[error("element has more than {0} namespace declarations")]
    TooManyNamespaces(usize),
    /// A relative namespace URI, which canonicalization must fail on (C14N 1.0 §1.3).
    #[error("namespace URI is relative")]
    RelativeNamespace,
    /// Two elements with one ID.
    #[error("id {} is given twice", short(.0))]
    DuplicateId(String),
    /// A required element or attribute is absent.
    #[error("{} is missing", short(.0))]
    Missing(String),
    /// An element that may occur once occurs again.
    #[error("{} is repeated", short(.0))]
    Repeated(String),
    /// An element where only text may be.
    #[error("{} holds elements where text is expected", short(.0))]
    NotText(String),
    /// Base64 that is none.
    #[error("{0} is not base64")]
    NotBase64(&'static str),
    /// The signature is not built as the profile demands: wrong place, order, or extra parts.
    #[error("signature is misbuilt: {0}")]
    Misbuilt(&'static str),
    /// An algorithm outside the allow-list, for no reason of its own.
    #[error("algorithm {} is not accepted", short(.0))]
    Algorithm(String),
    /// An algorithm that is known, and known to be too weak.
    #[error("weak algorithm {algorithm}: {why}")]
    WeakAlgorithm {
        /// Its identifier.
        algorithm: &'static str,
        /// What is wrong with it, and what to configure instead.
        why: Weak,
    },
    /// Transforms other than those of the profile.
    #[error("transforms are not those of the profile")]
    Transforms,
    /// A reference that names nothing here, or (enveloped) another element than the one that holds it.
    #[error("reference {} does not name the signed element", short(.0))]
    Reference(String),
    /// More references than any message has parts.
    #[error("signature has more than {0} references")]
    TooManyReferences(usize),
    /// A referenced element was changed after signing.
    #[error("digest of {} differs", short(.0))]
    Digest(String),
    /// No given key made this signature.
    #[error("signature was made by none of the given keys")]
    Signature,
    /// The content did not decrypt. One answer for every cause, so that none can be told from outside.
    #[error("content does not decrypt")]
    Undecryptable,
}

impl Refused {
    /// A stable, short code for logs and metrics. Never contains anything from the document.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "xml-too-large",
            Self::NotUtf8 => "xml-not-utf8",
            Self::Malformed(_) => "xml-malformed",
            Self::Doctype => "xml-doctype",
            Self::ProcessingInstruction => "xml-pi",
            Self::Comment => "xml-comment",
            Self::CData => "xml-cdata",
            Self::TooDeep(_) => "xml-too-deep",
            Self::TooManyAttributes(_) => "xml-attributes",
            Self::TooManyNamespaces(_) => "xml-namespaces",
            Self::RelativeNamespace => "xml-relative-namespace",
            Self::DuplicateId(_) => "xml-duplicate-id",
            Self::Missing(_) => "xml-missing",
            Self::Repeated(_) => "xml-repeated",
            Self::NotText(_) => "xml-not-text",
            Self::NotBase64(_) => "xml-not-base64",
            Self::Misbuilt(_) => "sig-misbuilt",
            Self::Algorithm(_) => "sig-algorithm",
            Self::WeakAlgorithm { why, .. } if why.is_encryption() => "enc-weak-algorithm",
            Self::WeakAlgorithm { .. } => "sig-weak-algorithm",
            Self::Transforms => "sig-transforms",
            Self::Reference(_) => "sig-reference",
            Self::TooManyReferences(_) => "sig-references",
            Self::Digest(_) => "sig-digest",
            Self::Signature => "sig-value",
            Self::Undecryptable => "enc-undecryptable",
        }
    }
}

/// Names come from the document: a sender must not fill or forge our log lines with them.
fn short(name: &str) -> String {
    const CHARS_MAX: usize = 80;
    name.chars().take(CHARS_MAX).flat_map(char::escape_debug).collect()
}
