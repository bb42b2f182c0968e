use jiff::Timestamp;
use xml::VerifyingKey;

use super::envelope::Envelope;
use super::{Offer, Terms};
use crate::EntityId;
use crate::fault::{Fault, TokenRefused};
use crate::names::WSSE;
use crate::token::{self, Confirmation, Presented, Subject, Trust};

/// A sender that only the issuer of its token knows.
pub(super) struct Introduced {
    /// The assertion that the message names.
    pub(super) named: String,
    pub(super) person: Subject,
}

impl Introduced {
    /// The key that the issuer says is the sender's.
    pub(super) fn keys(&self) -> &[VerifyingKey] {
        match &self.person.confirmation {
            Confirmation::Holder(holder) => std::slice::from_ref(&holder.key),
            Confirmation::Bearer => &[],
        }
    }
}

/// Opens the token before the message's signature, which is by a key that only the token has. Nothing else is believed of the
/// message until that signature is right.
pub(super) fn introduced(
    envelope: &Envelope<'_, '_>,
    sender: &EntityId,
    trust: &Trust<'_>,
    terms: &Terms<'_>,
    now: Timestamp,
) -> Result<Introduced, Fault> {
    let security =
        envelope.claimed(WSSE, "Security").filter(|_| terms.introduced == Offer::Yes).ok_or(Fault::Sender)?;
    let reference = xml::child(security, WSSE, "SecurityTokenReference").map_err(|_| Fault::Sender)?;
    let named = xml::child(reference, WSSE, "KeyIdentifier").and_then(xml::text).map_err(|_| Fault::Sender)?;
    let named = named.trim().to_owned();
    let presented = Presented { security, key_identifier: &named, signed: None };
    let person = token::open_for(&presented, trust, envelope.document(), terms, now).map_err(|fault| match fault {
        // The client has to get another one.
        Fault::Token(TokenRefused::Expired) => fault,
        // Whatever else is wrong with it, nobody says who the sender is.
        _ => Fault::Sender,
    })?;
    match &person.confirmation {
        Confirmation::Holder(holder) if holder.name.as_deref() == Some(sender.as_str()) => {
            Ok(Introduced { named, person })
        }
        _ => Err(Fault::Sender),
    }
}
