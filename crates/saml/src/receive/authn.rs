use jiff::Timestamp;
use xml::{
    Node, children, is,
    ns::{DS, SAML, SAMLP},
    only_child, text, unqualified,
};

use super::{
    Kind, Received, Receiver, Rejected, Verified,
    opening::{Opened, Rule, open},
};
use crate::{
    Binding, Comparison, NameFormat, Refused, RequestedContext,
    metadata::{Consumer, ServiceProvider},
    names::UNSPECIFIED,
};

/// A request to authenticate whoever is at the browser (SAML 2.0 Core §3.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// Where to answer, how: exactly one of the metadata's consumers.
    pub consumer: Consumer,
    /// The request says where or how to answer; else `consumer` is the default one, and another of the metadata's would do.
    pub names_consumer: bool,
    /// Authenticate anew, whatever session there is.
    pub force: bool,
    /// Do not show anything to the person.
    pub passive: bool,
    /// The name format asked for; `None`: ours to choose.
    pub name_format: Option<NameFormat>,
    /// The affiliation the name is asked for (`SPNameQualifier`), if it is not the sender's own.
    pub affiliation: Option<String>,
    /// What login it takes.
    pub context: Option<RequestedContext>,
}

/// Opens an authentication request (Redirect, POST, SOAP for enhanced clients).
///
/// # Errors
/// [`Rejected`].
pub fn authn_request(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<AuthnRequest>, Box<Rejected>> {
    const RULE: Rule =
        Rule { kind: Kind::AuthnRequest, bindings: &[Binding::Redirect, Binding::Post, Binding::Soap], signed: false };
    open(received, receiver, &RULE, read, now)
}

fn read(opened: &Opened<'_, '_, '_>) -> Result<AuthnRequest, Refused> {
    let node = opened.node;
    for part in node.children().filter(Node::is_element) {
        known(part)?;
    }
    let policy = only_child(node, SAMLP, "NameIDPolicy")?;
    let affiliation = policy.and_then(|policy| unqualified(policy, "SPNameQualifier"));
    Ok(AuthnRequest {
        consumer: consumer(node, opened.binding, opened.provider)?.clone(),
        names_consumer: NAMING.iter().any(|name| unqualified(node, name).is_some()),
        force: flag(node, "ForceAuthn")?,
        passive: flag(node, "IsPassive")?,
        name_format: policy.map_or(Ok(None), name_format)?,
        affiliation: affiliation.filter(|own| *own != opened.provider.entity.as_str()).map(str::to_owned),
        context: only_child(node, SAMLP, "RequestedAuthnContext")?.map(context).transpose()?,
    })
}

/// The attributes that say where or how to answer (SAML 2.0 Core §3.4.1).
const NAMING: [&str; 3] = ["AssertionConsumerServiceIndex", "AssertionConsumerServiceURL", "ProtocolBinding"];

/// What an authentication request may hold. `Scoping` and `Extensions` ask for nothing that binds us.
fn known(part: Node) -> Result<(), Refused> {
    const KNOWN: [(xml::Ns, &str); 6] = [
        (SAML, "Issuer"),
        (DS, "Signature"),
        (SAMLP, "Extensions"),
        (SAMLP, "NameIDPolicy"),
        (SAMLP, "RequestedAuthnContext"),
        (SAMLP, "Scoping"),
    ];
    if is(part, SAML, "Subject") {
        return Err(Refused::Unsupported("Subject"));
    }
    if is(part, SAML, "Conditions") {
        return Err(Refused::Unsupported("Conditions"));
    }
    if KNOWN.iter().any(|(ns, local)| is(part, *ns, local)) { Ok(()) } else { Err(Refused::Form("AuthnRequest")) }
}

/// The consumer that the request asks for, or else the default one: always one of the metadata, by a binding that a response
/// takes to whoever sent the request (SAML 2.0 Core §3.4.1, Profiles §4.1.4.1 and §4.2.4.1).
pub(super) fn consumer<'p>(
    request: Node,
    came_by: Binding,
    provider: &'p ServiceProvider,
) -> Result<&'p Consumer, Refused> {
    let mut fitting = named(request, came_by, provider)?;
    if let Some(uri) = unqualified(request, "ProtocolBinding") {
        fitting.retain(|consumer| consumer.binding.uri() == uri);
    }
    preferred(&fitting).ok_or(Refused::UnsupportedBinding)
}

/// Where a refusal may go: to the consumer that the request asks for; and if nothing but the binding asked for is at fault, to the
/// one that it names, or the default one, by a binding that there is.
pub(super) fn answer_at<'p>(request: Node, came_by: Binding, provider: &'p ServiceProvider) -> Option<&'p Consumer> {
    consumer(request, came_by, provider).ok().or_else(|| preferred(&named(request, came_by, provider).ok()?))
}

/// Whether a request that is not taken asks to show nothing, as far as it can be told.
pub(super) fn passive(request: Node) -> bool {
    flag(request, "IsPassive") == Ok(true)
}

/// The consumers that fit the index or location in the request, whatever their binding; without either, all.
fn named<'p>(request: Node, came_by: Binding, provider: &'p ServiceProvider) -> Result<Vec<&'p Consumer>, Refused> {
    let bindings: &[Binding] =
        if came_by == Binding::Soap { &[Binding::Paos] } else { &[Binding::Post, Binding::Artifact] };
    let index = unqualified(request, "AssertionConsumerServiceIndex");
    let location = unqualified(request, "AssertionConsumerServiceURL");
    if index.is_some() && (location.is_some() || unqualified(request, "ProtocolBinding").is_some()) {
        return Err(Refused::ConsumerTwice);
    }
    let index: Option<u16> =
        index.map(|index| index.parse().map_err(|_| Refused::Form("AssertionConsumerServiceIndex"))).transpose()?;
    let fits = |consumer: &&Consumer| {
        bindings.contains(&consumer.binding)
            && index.is_none_or(|index| consumer.index == index)
            && location.is_none_or(|location| consumer.location == location)
    };
    let fitting: Vec<&Consumer> = provider.consumers.iter().filter(fits).collect();
    let named = index.is_some() || location.is_some();
    if named && fitting.is_empty() { Err(Refused::Unregistered) } else { Ok(fitting) }
}

/// The default, else the first (SAML 2.0 Metadata §2.4.4).
fn preferred<'p>(consumers: &[&'p Consumer]) -> Option<&'p Consumer> {
    consumers.iter().find(|consumer| consumer.is_default).or(consumers.first()).copied()
}

/// SAML 2.0 Core §3.4.1.1. A name must be ours to give: no e-mail addresses, no account names.
fn name_format(policy: Node) -> Result<Option<NameFormat>, Refused> {
    // Read and not honoured: pysaml2 says false in every request, and nobody could ever log in there. Whether a name is made is
    // for the person to say, who is asked when the service is used for the first time.
    flag(policy, "AllowCreate")?;
    match unqualified(policy, "Format") {
        None | Some(UNSPECIFIED) => Ok(None),
        Some(uri) => NameFormat::from_uri(uri).map(Some).ok_or(Refused::NameFormat),
    }
}

/// SAML 2.0 Core §3.3.2.2.1.
fn context(requested: Node) -> Result<RequestedContext, Refused> {
    let comparison = match unqualified(requested, "Comparison") {
        None | Some("exact") => Comparison::Exact,
        Some("minimum") => Comparison::Minimum,
        Some("better") => Comparison::Better,
        Some("maximum") => Comparison::Maximum,
        Some(_) => return Err(Refused::Form("Comparison")),
    };
    if requested.children().any(|other| other.is_element() && !is(other, SAML, "AuthnContextClassRef")) {
        return Err(Refused::Context("only classes can be asked for"));
    }
    let classes: Vec<_> = children(requested, SAML, "AuthnContextClassRef").take(CLASSES_MAX + 1).collect();
    match classes.len() {
        0 => Err(Refused::Context("no class is named")),
        1..=CLASSES_MAX => {
            let classes = classes.into_iter().map(|class| Ok(text(class)?.trim().to_owned()));
            Ok(RequestedContext { comparison, classes: classes.collect::<Result<_, Refused>>()? })
        }
        _ => Err(Refused::TooMany("context classes")),
    }
}

/// More classes than SAML defines are not asked for at once.
const CLASSES_MAX: usize = 16;

/// `xs:boolean`, false unless given.
fn flag(node: Node, name: &'static str) -> Result<bool, Refused> {
    match unqualified(node, name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(Refused::Form(name)),
    }
}
