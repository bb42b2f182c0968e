use jiff::Timestamp;
use xml::{
    attribute, child, children, is, is_empty,
    ns::{SAML, SAMLP},
    text,
};

use super::{
    Kind, NameId, Received, Receiver, Rejected, Verified,
    name::name_in,
    opening::{Opened, Rule, open},
};
use crate::{Binding, Refused};

/// A request for the message behind an artifact (SAML 2.0 Core §3.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactResolve {
    /// The artifact, as it came.
    pub artifact: String,
}

/// A question about a person's attributes (SAML 2.0 Core §3.3.2.3).
#[derive(Clone, Debug)]
pub struct AttributeQuery {
    /// About whom.
    pub name: NameId,
    /// Attribute names; none: all that may be had.
    pub attributes: Vec<String>,
}

/// Opens a request to resolve an artifact; always signed.
///
/// # Errors
/// [`Rejected`].
pub fn artifact_resolve(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<ArtifactResolve>, Box<Rejected>> {
    open(received, receiver, &Rule { kind: Kind::ArtifactResolve, bindings: BINDINGS, signed: true }, read_resolve, now)
}

/// Opens an attribute query; always signed.
///
/// # Errors
/// [`Rejected`].
pub fn attribute_query(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<AttributeQuery>, Box<Rejected>> {
    open(received, receiver, &Rule { kind: Kind::AttributeQuery, bindings: BINDINGS, signed: true }, read_query, now)
}

/// Neither goes through a browser.
const BINDINGS: &[Binding] = &[Binding::Soap];

fn read_resolve(opened: &Opened<'_, '_, '_>) -> Result<ArtifactResolve, Refused> {
    let artifact = text(child(opened.node, SAMLP, "Artifact")?)?.trim().to_owned();
    if artifact.len() > ARTIFACT_CHARS_MAX { Err(Refused::Form("Artifact")) } else { Ok(ArtifactResolve { artifact }) }
}

/// Longer than an artifact of any type.
const ARTIFACT_CHARS_MAX: usize = 512;

/// Attributes are asked for by name; values to compare with are not supported, since an answer would tell more than asked.
fn read_query(opened: &Opened<'_, '_, '_>) -> Result<AttributeQuery, Refused> {
    let subject = child(opened.node, SAML, "Subject")?;
    if subject.children().any(|part| is(part, SAML, "SubjectConfirmation")) {
        return Err(Refused::Unsupported("SubjectConfirmation"));
    }
    let asked: Vec<_> = children(opened.node, SAML, "Attribute").take(ATTRIBUTES_MAX + 1).collect();
    if asked.len() > ATTRIBUTES_MAX {
        return Err(Refused::TooMany("attributes"));
    }
    if !asked.iter().all(|node| is_empty(*node)) {
        return Err(Refused::Unsupported("AttributeValue"));
    }
    let attributes =
        asked.iter().map(|node| Ok(attribute(*node, "Name")?.to_owned())).collect::<Result<_, Refused>>()?;
    Ok(AttributeQuery { name: name_in(subject, opened.unwrap)?, attributes })
}

/// More attributes than we have.
const ATTRIBUTES_MAX: usize = 64;
