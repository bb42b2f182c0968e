use jiff::Timestamp;
use saml::instant;
use xml::ns::SAMLP;
use xml::{Attr, Fragment, Node, Writer};

use super::{INPUTS_MAX, Output, REQUEST, Response};
use crate::EntityId;
use crate::dst::{Code, Outcome, Reason, Status};
use crate::epr::{CarriedToken, Content, Usage, is_identifier};
use crate::names::{IMS, PERSISTENT, SEC};
use crate::token::Token;

/// `ims:IdentityMappingRequest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `ims:MappingInput`, one to [`INPUTS_MAX`].
    pub inputs: Vec<Input>,
}

/// `ims:MappingInput`: for one person, a token of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// `reqID`; needed as soon as there are two.
    pub id: Option<String>,
    /// What token is wanted.
    pub policy: Option<TokenPolicy>,
    /// Whose; without it, and with a reference to the message's own token, that of the person who lets one ask.
    pub token: Option<CarriedToken>,
}

/// `sec:TokenPolicy` (Liberty Security Mechanisms 2.0).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenPolicy {
    /// `type`: what for.
    pub usage: Option<Usage>,
    /// `issueTo`: the provider that will read it.
    pub issue_to: Option<EntityId>,
    /// `validUntil`: no longer than that.
    pub valid_until: Option<Timestamp>,
    /// `wantDSEPR`: with a reference to that provider's discovery service in it. It is not offered.
    pub wants_bootstrap: Option<bool>,
    /// `samlp:NameIDPolicy`: by which kind of name.
    pub name_id: Option<NameIdPolicy>,
}

/// `samlp:NameIDPolicy` (SAML 2.0 Core §3.4.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameIdPolicy {
    /// `Format`.
    pub format: Option<String>,
    /// `SPNameQualifier`.
    pub sp_qualifier: Option<EntityId>,
    /// `AllowCreate`: whether a name may be made where there is none yet.
    pub allow_create: Option<bool>,
}

/// What is asked for, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// About whom.
    pub whose: Whose<'a>,
    /// For whom.
    pub issue_to: &'a EntityId,
    /// What for.
    pub usage: Usage,
    /// Until when at most.
    pub valid_until: Option<Timestamp>,
    /// Whether the person may become known to the provider by this. If not, and there is no link, the answer is `NotFound`.
    pub may_create: bool,
}

/// The person an input is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The subject of the message's own token.
    Invoker,
    /// The subject of this token, which is still to be opened and checked like any other.
    Bearer(&'a Fragment),
}

impl std::fmt::Debug for Whose<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(if matches!(self, Self::Invoker) { "Invoker" } else { "Bearer(..)" })
    }
}

impl Request {
    /// A request for a token about the invoker, to name whose data a later message is about.
    #[must_use]
    pub fn one(issue_to: EntityId) -> Self {
        let name_id = NameIdPolicy {
            format: Some(PERSISTENT.to_owned()),
            sp_qualifier: Some(issue_to.clone()),
            allow_create: Some(false),
        };
        let policy = TokenPolicy {
            usage: Some(Usage::Target),
            issue_to: Some(issue_to),
            name_id: Some(name_id),
            ..TokenPolicy::default()
        };
        Self { inputs: vec![Input { id: Some("m1".to_owned()), policy: Some(policy), token: None }] }
    }

    /// Answers input by input. All mapped is `OK`, some is `Partial`, none is `Failed`, each that is not mapped with its reason.
    ///
    /// `may` says whether the sender may have tokens for that provider, before anybody looks whether the person is known there;
    /// if not, the reason is `Forbidden`. `map` makes the token; its usual reason not to is `NotFound`.
    pub fn answer(
        &self,
        may: impl Fn(&Asked<'_>) -> bool,
        mut map: impl FnMut(&Asked<'_>) -> Result<Token, Code>,
    ) -> Response {
        let mut outputs = Vec::new();
        let mut reasons = Vec::new();
        for input in &self.inputs {
            let mapped = input.asked().and_then(|asked| {
                let token = if may(&asked) { map(&asked) } else { Err(Code::FORBIDDEN) };
                token.map(|token| CarriedToken::of(&token, asked.usage))
            });
            match mapped {
                Ok(token) => outputs.push(Output { request: input.id.clone(), token }),
                Err(code) => reasons.push(Reason { code, item: input.id.clone() }),
            }
        }
        let outcome = match (outputs.is_empty(), reasons.is_empty()) {
            (_, true) => Outcome::Ok,
            (false, false) => Outcome::Partial,
            (true, false) => Outcome::Failed,
        };
        Response { status: Status { outcome, reasons }, outputs }
    }

    /// Reads a request; `None` if it is not built as it must be, asks for too many, or its inputs cannot be told apart. `own` is
    /// the ID by which a message speaks of its own token.
    pub(crate) fn read(payload: Node, own: Option<&str>) -> Option<Self> {
        let found: Vec<Node> = xml::children(payload, IMS, "MappingInput").take(INPUTS_MAX + 1).collect();
        if found.is_empty() || found.len() > INPUTS_MAX {
            return None;
        }
        let inputs = found.into_iter().map(|input| Input::read(input, own)).collect::<Option<Vec<_>>>()?;
        let distinct = inputs.iter().enumerate().all(|(position, input)| {
            let unlike = |other: &Input| other.id != input.id;
            inputs.len() == 1 || input.id.is_some() && inputs.iter().skip(position + 1).all(unlike)
        });
        distinct.then_some(Self { inputs })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.start(IMS, REQUEST, &[]);
        for input in &self.inputs {
            let id = input.id.as_deref().map(|id| Attr::plain("reqID", id));
            w.start(IMS, "MappingInput", id.as_slice());
            if let Some(policy) = &input.policy {
                policy.write(w);
            }
            if let Some(token) = &input.token {
                token.write(w);
            }
            w.end();
        }
        w.end();
    }
}

impl Input {
    fn read(input: Node, own: Option<&str>) -> Option<Self> {
        let id = xml::unqualified(input, "reqID");
        if id.is_some_and(|id| !is_identifier(id)) {
            return None;
        }
        let policy = xml::only_child(input, SEC, "TokenPolicy").ok()?;
        let token = xml::only_child(input, SEC, "Token").ok()?;
        let token = token.map(CarriedToken::read).transpose().ok()?;
        if let Some(Content::Elsewhere(place)) = token.as_ref().map(|token| &token.content) {
            // The message's own token is the only one that is checked with the message.
            place.strip_prefix('#').filter(|id| Some(*id) == own)?;
        }
        let policy = match policy {
            Some(policy) => Some(TokenPolicy::read(policy)?),
            None => None,
        };
        Some(Self { id: id.map(str::to_owned), policy, token })
    }

    /// What is asked for, if that is something that can be made here.
    ///
    /// # Errors
    /// The reason that [`Request::answer`] gives for it: `InvalidData` without a provider to make a token for, `ExtensionNotSupported`
    /// for another kind of name, or for a reference within the token.
    pub fn asked(&self) -> Result<Asked<'_>, Code> {
        let policy = self.policy.as_ref().ok_or(Code::INVALID_DATA)?;
        let issue_to = policy.issue_to.as_ref().ok_or(Code::INVALID_DATA)?;
        let name_id = policy.name_id.as_ref();
        let kind = name_id.and_then(|policy| policy.format.as_deref()).unwrap_or(PERSISTENT);
        let qualified = name_id.and_then(|policy| policy.sp_qualifier.as_ref()).unwrap_or(issue_to);
        if kind != PERSISTENT || qualified != issue_to || policy.wants_bootstrap == Some(true) {
            return Err(Code::EXTENSION_NOT_SUPPORTED);
        }
        let whose = match self.token.as_ref().map(|token| &token.content) {
            Some(Content::Token(token)) => Whose::Bearer(token),
            Some(Content::Elsewhere(_)) | None => Whose::Invoker,
        };
        Ok(Asked {
            whose,
            issue_to,
            usage: policy.usage.unwrap_or(Usage::Security),
            valid_until: policy.valid_until,
            may_create: name_id.and_then(|policy| policy.allow_create).unwrap_or(false),
        })
    }
}

impl TokenPolicy {
    fn read(policy: Node) -> Option<Self> {
        let usage = match xml::unqualified(policy, "type") {
            Some(uri) => Some(Usage::by_uri(uri)?),
            None => None,
        };
        let valid_until = match xml::unqualified(policy, "validUntil") {
            Some(text) => Some(instant::read(text)?),
            None => None,
        };
        let name_id = match xml::only_child(policy, SAMLP, "NameIDPolicy").ok()? {
            Some(name_id) => Some(NameIdPolicy::read(name_id)?),
            None => None,
        };
        let wants_bootstrap = flag(policy, "wantDSEPR")?;
        Some(Self { usage, issue_to: entity(policy, "issueTo")?, valid_until, wants_bootstrap, name_id })
    }

    fn write(&self, w: &mut Writer) {
        let valid_until = self.valid_until.map(instant::write);
        let mut attrs = Vec::with_capacity(4);
        attrs.extend(self.usage.map(|usage| Attr::plain("type", usage.uri())));
        attrs.extend(self.issue_to.as_ref().map(|provider| Attr::plain("issueTo", provider.as_str())));
        attrs.extend(valid_until.as_deref().map(|until| Attr::plain("validUntil", until)));
        attrs.extend(self.wants_bootstrap.map(|wants| Attr::plain("wantDSEPR", word(wants))));
        w.start(SEC, "TokenPolicy", &attrs);
        if let Some(name_id) = &self.name_id {
            name_id.write(w);
        }
        w.end();
    }
}

impl NameIdPolicy {
    fn read(policy: Node) -> Option<Self> {
        let format = xml::unqualified(policy, "Format").map(str::to_owned);
        Some(Self {
            format,
            sp_qualifier: entity(policy, "SPNameQualifier")?,
            allow_create: flag(policy, "AllowCreate")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        let mut attrs = Vec::with_capacity(3);
        attrs.extend(self.format.as_deref().map(|format| Attr::plain("Format", format)));
        attrs.extend(self.sp_qualifier.as_ref().map(|provider| Attr::plain("SPNameQualifier", provider.as_str())));
        attrs.extend(self.allow_create.map(|allow| Attr::plain("AllowCreate", word(allow))));
        w.empty(SAMLP, "NameIDPolicy", &attrs);
    }
}

/// An attribute that names a provider, if it is there; `None` if it names none.
#[expect(clippy::option_option, reason = "unreadable, absent, and there are three things")]
fn entity(node: Node, local: &str) -> Option<Option<EntityId>> {
    xml::unqualified(node, local).map(EntityId::parse).transpose().ok()
}

/// An `xs:boolean`, if it is there; `None` if it is none.
#[expect(clippy::option_option, reason = "unreadable, absent, and there are three things")]
fn flag(node: Node, local: &str) -> Option<Option<bool>> {
    match xml::unqualified(node, local) {
        None => Some(None),
        Some("1" | "true") => Some(Some(true)),
        Some("0" | "false") => Some(Some(false)),
        Some(_) => None,
    }
}

const fn word(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
