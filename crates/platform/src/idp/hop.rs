//! How the browser carries a message of ours to a service: along a link, or in a form.

use std::collections::BTreeSet;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use saml::{
    Binding, MessageId, Signer,
    send::{Head, Unsendable},
    wire::{self, Direction, RelayState},
};
use xml::Fragment;

/// The way of one message.
pub(crate) enum Hop {
    /// HTTP-Redirect: the message is in the URL.
    Link(String),
    /// HTTP-POST.
    Form(Form),
}

/// A form that carries a message.
pub(crate) struct Form {
    /// Where it goes.
    pub action: String,
    /// `SAMLRequest` or `SAMLResponse`.
    pub field: &'static str,
    /// The message.
    pub value: String,
    /// `RelayState`.
    pub relay_state: Option<String>,
    /// Addresses of the service that it may lead the browser on to.
    pub leads_to: Vec<String>,
}

/// Where a message goes.
pub(crate) struct To<'a> {
    /// By HTTP-Redirect or HTTP-POST.
    pub binding: Binding,
    /// The service's registered address.
    pub location: &'a str,
    /// Whether it asks or answers.
    pub direction: Direction,
    /// What goes along.
    pub relay_state: Option<&'a RelayState>,
}

impl Hop {
    /// Writes the message with this ID for the way it goes, and puts it on its way.
    ///
    /// # Errors
    /// When it cannot be signed or encrypted.
    pub(crate) fn of<E: Into<Unsendable>>(
        to: &To<'_>,
        id: &MessageId,
        signer: &Signer<'_>,
        write: impl FnOnce(&Head<'_>) -> Result<Fragment, E>,
    ) -> Result<Self, Unsendable> {
        let by_form = to.binding == Binding::Post;
        let head = Head { signer: *signer, id, destination: Some(to.location), sign: by_form };
        let message = write(&head).map_err(Into::into)?;
        if !by_form {
            let url = wire::redirect_url(to.location, to.direction, &message, to.relay_state, Some(signer))?;
            return Ok(Self::Link(url));
        }
        Ok(Self::Form(Form {
            action: to.location.to_owned(),
            field: match to.direction {
                Direction::Request => "SAMLRequest",
                Direction::Response => "SAMLResponse",
            },
            value: wire::post_value(&message),
            relay_state: to.relay_state.map(|state| state.as_str().to_owned()),
            leads_to: Vec::new(),
        }))
    }

    /// The same, where the service may lead the browser on to these addresses of its own.
    pub(crate) fn leading_to(mut self, addresses: Vec<String>) -> Self {
        if let Self::Form(form) = &mut self {
            form.leads_to = addresses;
        }
        self
    }

    /// Lets the page's form go to its service, and nowhere else.
    pub(crate) fn allow(&self, response: &mut Response) {
        let Self::Form(form) = self else { return };
        if let Ok(policy) = HeaderValue::try_from(policy(&form.action, &form.leads_to)) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// The policy of a page with a form for a service: nothing but our own style and script, and a form that goes to that
/// service's own origins alone.
fn policy(action: &str, leads_to: &[String]) -> String {
    let parsed =
        [action].into_iter().chain(leads_to.iter().map(String::as_str)).filter_map(|url| url::Url::parse(url).ok());
    let origins = parsed.map(|url| url.origin()).filter(url::Origin::is_tuple);
    let origins: BTreeSet<_> = origins.map(|origin| format!(" {}", origin.ascii_serialization())).collect();
    let origin: String = origins.into_iter().collect();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'{origin}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_goes_to_the_origins_of_its_service_alone() {
        let also = ["https://app.sp.example/".to_owned(), "https://sp.example/slo".to_owned(), String::new()];
        let both = "form-action 'self' https://app.sp.example https://sp.example;";
        assert!(policy("https://sp.example/acs", &also).contains(both));
        assert!(policy("https://sp.example:8443/acs?x=1", &[]).contains("form-action 'self' https://sp.example:8443;"));
        assert!(policy("https://sp.example/acs; script-src *", &[]).contains("form-action 'self' https://sp.example;"));
        for bad in ["javascript:alert(1)", "data:,x", "/acs", "https://"] {
            assert!(policy(bad, &[]).contains("form-action 'self';"), "{bad}");
        }
    }
}
