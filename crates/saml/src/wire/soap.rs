use xml::{
    Attr, Fragment, Ns, Writer,
    ns::{NONE, SOAP},
};

/// Media type of SOAP 1.1.
pub const SOAP_MEDIA_TYPE: &str = "text/xml; charset=utf-8";

/// A SOAP 1.1 envelope around `message` (Bindings §3.2); media type [`SOAP_MEDIA_TYPE`].
#[must_use]
pub fn soap_envelope(message: &Fragment) -> String {
    let mut w = Writer::new();
    w.start(SOAP, "Envelope", &[]).start(SOAP, "Body", &[]).raw(message);
    w.finish().into_string()
}

/// A SOAP 1.1 fault: `client` says whose.
#[must_use]
pub fn soap_fault(client: bool, text: &str) -> String {
    let code = if client { "S:Client" } else { "S:Server" };
    let mut w = Writer::new();
    w.start(SOAP, "Envelope", &[]).start(SOAP, "Body", &[]).start(SOAP, "Fault", &[]);
    w.leaf(NONE, "faultcode", &[], code).leaf(NONE, "faultstring", &[], text);
    w.finish().into_string()
}

/// A SOAP envelope around a response for an enhanced client, with the header block `ecp:Response` that names the consumer
/// (Profiles §4.2.4.4). The relay state is between client and service: it never comes here.
#[must_use]
pub fn ecp_envelope(response: &Fragment, consumer: &str) -> String {
    let (must, actor) = (Attr::of(SOAP, "mustUnderstand", "1"), Attr::of(SOAP, "actor", ACTOR_NEXT));
    let mut w = Writer::new();
    w.start(SOAP, "Envelope", &[]).start(SOAP, "Header", &[]);
    w.empty(ECP, "Response", &[must, actor, Attr::plain("AssertionConsumerServiceURL", consumer)]);
    w.end().start(SOAP, "Body", &[]).raw(response);
    w.finish().into_string()
}

/// The namespace of the enhanced client profile (Profiles §4.2).
const ECP: Ns = Ns::new("ecp", "urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp");

/// Whoever gets the envelope next (SOAP 1.1 §4.2.2).
const ACTOR_NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";
