//! Namespaces: those this crate reads and writes, and the type other crates declare theirs with.

/// A namespace with the one prefix we write it under. Readers compare the URI alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ns {
    /// The prefix in what we write; empty only in [`NONE`].
    pub prefix: &'static str,
    /// The namespace name, an absolute URI.
    pub uri: &'static str,
}

impl Ns {
    /// A namespace constant.
    ///
    /// Our documents use no default namespace (`xmlns="…"`), so the prefix must not be empty: a constant that breaks this
    /// does not compile.
    #[must_use]
    pub const fn new(prefix: &'static str, uri: &'static str) -> Self {
        assert!(!prefix.is_empty() && !uri.is_empty(), "a namespace constant has a prefix and a URI");
        Self { prefix, uri }
    }
}

/// No namespace: unqualified elements, such as `faultcode` in SOAP 1.1.
pub const NONE: Ns = Ns { prefix: "", uri: "" };
/// `xml:lang` and its kin. Bound by XML itself, never declared.
pub const XML: Ns = Ns::new("xml", "http://www.w3.org/XML/1998/namespace");
/// XML Signature.
pub const DS: Ns = Ns::new("ds", "http://www.w3.org/2000/09/xmldsig#");
/// XML Encryption 1.0.
pub const XENC: Ns = Ns::new("xenc", "http://www.w3.org/2001/04/xmlenc#");
/// XML Encryption 1.1.
pub const XENC11: Ns = Ns::new("xenc11", "http://www.w3.org/2009/xmlenc11#");
/// XML Signature 1.1: keys on elliptic curves.
pub const DSIG11: Ns = Ns::new("dsig11", "http://www.w3.org/2009/xmldsig11#");
/// SAML 2.0 metadata.
pub const MD: Ns = Ns::new("md", "urn:oasis:names:tc:SAML:2.0:metadata");
/// Exclusive canonicalization: `InclusiveNamespaces`.
pub const EC: Ns = Ns::new("ec", "http://www.w3.org/2001/10/xml-exc-c14n#");
/// SOAP 1.1 envelope.
pub const SOAP: Ns = Ns::new("S", "http://schemas.xmlsoap.org/soap/envelope/");
/// WS-Security utility: `wsu:Id`, `wsu:Timestamp`.
pub const WSU: Ns =
    Ns::new("wsu", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd");
/// WS-Security 1.0: the security header and what stands in it.
pub const WSSE: Ns =
    Ns::new("wsse", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd");
/// SAML 2.0 assertion.
pub const SAML: Ns = Ns::new("saml", "urn:oasis:names:tc:SAML:2.0:assertion");
/// SAML 2.0 protocol.
pub const SAMLP: Ns = Ns::new("samlp", "urn:oasis:names:tc:SAML:2.0:protocol");
