//! The namespaces and URIs of ID-WSF 2.0 that this profile reads and writes.

use xml::Ns;
pub(crate) use xml::ns::WSSE;

/// Liberty SOAP Binding: only `Framework` lives here.
pub(crate) const SBF: Ns = Ns::new("sbf", "urn:liberty:sb");
/// Liberty SOAP Binding 2.0: every other Liberty header.
pub(crate) const SB: Ns = Ns::new("sb", "urn:liberty:sb:2006-08");
/// Liberty utility schema: `Status`.
pub(crate) const LU: Ns = Ns::new("lu", "urn:liberty:util:2006-08");
/// Data Services Template 2.1, the types all services share.
pub(crate) const DST: Ns = Ns::new("dst", "urn:liberty:dst:2006-08");
/// WS-Addressing 1.0.
pub(crate) const WSA: Ns = Ns::new("wsa", "http://www.w3.org/2005/08/addressing");
/// WS-Security 1.1: `TokenType`.
pub(crate) const WSSE11: Ns = Ns::new("wsse11", "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd");
/// Liberty Discovery Service 2.0.
pub(crate) const DI: Ns = Ns::new("di", "urn:liberty:disco:2006-08");
/// Liberty Identity Mapping Service 2.0.
pub(crate) const IMS: Ns = Ns::new("ims", "urn:liberty:ims:2006-08");
/// Liberty Security Mechanisms 2.0: `Token`, `TokenPolicy`.
pub(crate) const SEC: Ns = Ns::new("sec", "urn:liberty:security:2006-08");
/// The region's purposes of use, inside `sb:UsageDirective`.
pub(crate) const POLICY: Ns = Ns::new("kag", "urn:x-kagawa:policy:2009-03");

/// `wsse11:TokenType` of a SAML 2.0 assertion (SAML Token Profile 1.1 §3.4).
pub(crate) const TOKEN_TYPE: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0";
/// `wsse:KeyIdentifier/@ValueType` of an assertion's ID (SAML Token Profile 1.1 §3.4).
pub(crate) const SAML_ID: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID";
/// `wsa:Action` of a fault; the first is sent, both are read (WS-Addressing 1.0 SOAP Binding §6).
pub(crate) const FAULT_ACTIONS: [&str; 2] =
    ["http://www.w3.org/2005/08/addressing/soap/fault", "http://www.w3.org/2005/08/addressing/fault"];
/// The address of this very connection; the first is the right one, the second is what Liberty's text prints.
pub(crate) const ANONYMOUS: [&str; 2] =
    ["http://www.w3.org/2005/08/addressing/anonymous", "http://www.w3.org/2005/03/addressing/role/anonymous"];
/// `S:actor` of the next SOAP node, which is always us (SOAP 1.1 §4.2.2).
pub(crate) const ACTOR_NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";
/// A NameID that is the same at every visit and different at every provider (SAML 2.0 Core §8.3.7).
pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// Whoever presents the token is taken for its subject's agent (SAML 2.0 Profiles §3.3).
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// Only whoever signs with the key that the token names is its subject's agent (SAML 2.0 Profiles §3.1).
pub(crate) const HOLDER_OF_KEY: &str = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key";
/// A NameID that is an entity ID (SAML 2.0 Core §8.3.6).
pub(crate) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// The security mechanism of this profile: TLS below, a bearer token inside (Liberty Security Mechanisms 2.0).
pub const MECHANISM: &str = "urn:liberty:security:2005-02:TLS:Bearer";
/// The media type of a message over HTTP (SOAP 1.1 §6).
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";
