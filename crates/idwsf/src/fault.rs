//! The faults a data service answers with (SOAP 1.1 §4.4, Liberty SOAP Binding 2.0), one per step of the receiver.

use crate::message::Mechanism;
use crate::token::AuthnClass;

/// Why a message was not processed. What is printed goes to the operator's log and names no person; what is sent is
/// only [`Fault::faultcode`], [`Fault::status`] and [`Fault::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Step 1: too long, not UTF-8, not well-formed, forbidden constructs, or no SOAP envelope. Holds the parser's code.
    #[error("the message cannot be read: {0}")]
    Unreadable(&'static str),
    /// Step 2: an envelope, of another SOAP version than 1.1.
    #[error("the envelope is not SOAP 1.1")]
    SoapVersion,
    /// Step 3: `sbf:Framework` is missing or its version is not 2.0.
    #[error("the framework header is missing or not of version 2.0")]
    Framework,
    /// Step 4: a header that must be understood and is not known here.
    #[error("a header that must be understood is unknown")]
    NotUnderstood,
    /// Step 4: `S:mustUnderstand` is neither true nor false.
    #[error("a header does not say whether it must be understood")]
    MustUnderstand,
    /// Step 5: a header, the body or an XML ID is there twice, or one that must be there is missing.
    #[error("the message is not built as it must be: {0}")]
    Structure(&'static str),
    /// Step 6: created or expired outside the window.
    #[error("the message is too old, or from the future")]
    Stale,
    /// Step 7: the message signature is missing, wrong, or by another key. Holds the verifier's code.
    #[error("the message signature is refused: {0}")]
    Signature(&'static str),
    /// Step 7: the signature is right and leaves out a part it must cover.
    #[error("the message signature does not cover {0}")]
    Unsigned(&'static str),
    /// Step 8: the token is refused.
    #[error("the token is refused: {0}")]
    Token(#[from] TokenRefused),
    /// Step 8: the token is good and its authentication too weak. A service says this too, by its own policy.
    #[error("the person was authenticated too weakly for this")]
    Credentials,
    /// Step 8: the person must be authenticated at least so. A service says this by its own policy; the fault names the class,
    /// and the client can come again with a better token.
    #[error("the person must be authenticated by {}", .0.uri())]
    Weak(AuthnClass),
    /// Step 8: the token is good, and of another security mechanism than this service takes. Names the one to use.
    #[error("the message must be secured by {}", .0.uri())]
    Mechanism(Mechanism),
    /// Step 9: the sender says to belong to an affiliation; none is known here.
    #[error("the sender names an affiliation that is not known")]
    Affiliation,
    /// Step 9: the sender is missing or not known here.
    #[error("the sender is not a known provider")]
    Sender,
    /// Step 10: the sender has used this message ID before.
    #[error("the message was received before")]
    Replayed,
    /// Step 11: `wsa:To` is missing or names another address.
    #[error("the message is addressed to another endpoint")]
    Destination,
    /// Step 11: `wsa:Action` is missing or does not name the element in the body.
    #[error("the action is not that of the body")]
    ActionMismatch,
    /// Step 11: action and body agree on something this service does not do.
    #[error("the action is not offered here")]
    ActionUnknown,
    /// Step 12: an answer to another place than this connection was asked for.
    #[error("an answer is given on this connection only")]
    ReplyElsewhere,
    /// Step 12: `sb:ProcessingContext` holds a URI unknown here.
    #[error("the processing context is unknown")]
    ContextUnknown,
    /// Step 12: `sb:ProcessingContext` asks for a simulation.
    #[error("simulation is not offered")]
    ContextUnwilling,
    /// Step 12: `sb:UsageDirective` is missing, not about the query, or its purpose is not known here.
    #[error("the purpose of use is missing or unknown")]
    Purpose,
    /// Step 12: `sb:TargetIdentity` is there: acting for another person is not offered.
    #[error("acting for another person is not offered")]
    TargetIdentity,
    /// Step 12: a header known here holds something that is not its type.
    #[error("header {0} cannot be read")]
    Header(&'static str),
    /// Step 12: `wsa:RelatesTo` cannot be read, or names a fault that this service has not answered to this sender.
    #[error("the message relates to nothing that is known here")]
    Reference,
    /// Step 13: the body is not what its name says.
    #[error("the body cannot be read")]
    Body,
    /// The sender no longer waits.
    #[error("the sender no longer waits for an answer")]
    ProcessingTimeout,
    /// A service needs something from the person and cannot ask in this message.
    #[error("the person must be asked for data first")]
    InteractionRequiredForData,
    /// The sender gives the person less time than asking takes.
    #[error("asking the person takes longer than the sender allows")]
    InteractionTimeNotSufficient,
    /// The person was asked and did not answer in time.
    #[error("the person did not answer in time")]
    InteractionTimeout,
    /// A service needs the person's consent and cannot ask in this message.
    #[error("the person must be asked first")]
    InteractionRequired,
    /// The sender asks about the same person too often. A service says this by its own policy.
    #[error("the same person is asked about too often")]
    TooOften,
    /// The service cannot answer for reasons of its own, such as an access log that cannot be written.
    #[error("the service cannot answer now")]
    Own,
}

impl Fault {
    /// The stable code an operator finds in the log, numbered by the receiver's step.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    /// The HTTP status the fault is sent with: 400 where no SOAP was found, else 500 (SOAP 1.1 §6.2).
    #[must_use]
    pub fn http_status(&self) -> u16 {
        if matches!(self, Self::Unreadable(_)) { 400 } else { 500 }
    }

    /// `faultcode`, with the prefix the envelope declares.
    #[must_use]
    pub fn faultcode(&self) -> &'static str {
        self.row().1
    }

    /// The code of the `lu:Status` in `detail`, where one is defined.
    #[must_use]
    pub fn status(&self) -> Option<&'static str> {
        self.row().2
    }

    /// `faultstring`.
    #[must_use]
    pub fn text(&self) -> &'static str {
        self.row().3
    }

    /// Code of the log, `faultcode`, status and text.
    fn row(&self) -> (&'static str, &'static str, Option<&'static str>, &'static str) {
        match self {
            Self::Unreadable(_) => ("WSF-01", "S:Client", None, "The message cannot be read"),
            Self::SoapVersion => ("WSF-02", "S:VersionMismatch", None, "SOAP 1.1 is expected"),
            Self::Framework => (
                "WSF-03",
                "sbf:FrameworkVersionMismatch",
                Some("FrameworkVersionMismatch"),
                "Framework 2.0 is expected",
            ),
            Self::NotUnderstood => ("WSF-04", "S:MustUnderstand", None, "A header is not understood"),
            Self::MustUnderstand => {
                ("WSF-04", "S:Client", Some("InvalidMustUnderstand"), "mustUnderstand is neither true nor false")
            }
            Self::Structure(_) => ("WSF-05", "wsse:InvalidSecurity", None, "The message is not built as it must be"),
            Self::Stale => ("WSF-06", "S:Client", Some("StaleMsg"), "The message is too old or from the future"),
            Self::Signature(_) => ("WSF-07", "wsse:FailedCheck", None, "The signature is refused"),
            Self::Unsigned(_) => ("WSF-07", "wsse:InvalidSecurity", None, "The signature does not cover enough"),
            Self::Token(TokenRefused::Subject) => {
                ("WSF-08", "wsse:FailedAuthentication", None, "The token does not authenticate")
            }
            Self::Token(_) => ("WSF-08", "wsse:InvalidSecurityToken", None, "The token is refused"),
            Self::Credentials | Self::Weak(_) => {
                ("WSF-08", "S:Client", Some("InappropriateCredentials"), "Stronger authentication is needed")
            }
            Self::Mechanism(_) => {
                ("WSF-08", "S:Client", Some("InappropriateCredentials"), "Another security mechanism is needed")
            }
            Self::Affiliation => ("WSF-09", "S:Client", Some("AffiliationIDNotValid"), "The affiliation is not known"),
            Self::Sender => ("WSF-09", "S:Client", Some("ProviderIDNotValid"), "The sender is not known"),
            Self::Replayed => ("WSF-10", "S:Client", Some("DuplicateMsg"), "The message was received before"),
            Self::Destination => ("WSF-11", "wsa:DestinationUnreachable", None, "The message is for another endpoint"),
            Self::ActionMismatch => ("WSF-11", "wsa:ActionMismatch", None, "The action is not that of the body"),
            Self::ActionUnknown => ("WSF-11", "wsa:ActionNotSupported", None, "The action is not offered here"),
            Self::ReplyElsewhere => {
                ("WSF-12", "wsa:OnlyAnonymousAddressSupported", None, "Answers are given on this connection only")
            }
            Self::ContextUnknown => ("WSF-12", "S:Server", Some("ProcCtxURINotUnderstood"), "Unknown context"),
            Self::ContextUnwilling => ("WSF-12", "S:Server", Some("ProcCtxUnwilling"), "Simulation is not offered"),
            Self::Purpose => ("WSF-12", "S:Server", Some("CannotHonourUsageDirective"), "The purpose is not accepted"),
            Self::TargetIdentity => {
                ("WSF-12", "S:Client", Some("TargetIdentityNotValid"), "Acting for another person is not offered")
            }
            Self::Header(_) => ("WSF-12", "S:Client", None, "A header cannot be read"),
            Self::Reference => ("WSF-12", "S:Client", Some("InvalidRefToMsgID"), "The related message is not known"),
            Self::Body => ("WSF-12", "S:Client", None, "The body cannot be read"),
            Self::ProcessingTimeout => {
                ("WSF-13", "S:Server", Some("ProcessingTimeout"), "The answer would be too late")
            }
            Self::InteractionRequiredForData => {
                ("WSF-13", "S:Server", Some("InteractionRequiredForData"), "The person must be asked for data")
            }
            Self::InteractionTimeNotSufficient => {
                ("WSF-13", "S:Server", Some("InteractionTimeNotSufficient"), "Asking the person takes longer")
            }
            Self::InteractionTimeout => {
                ("WSF-13", "S:Server", Some("InteractionTimeout"), "The person did not answer in time")
            }
            Self::InteractionRequired => {
                ("WSF-13", "S:Server", Some("InteractionRequired"), "The person must be asked")
            }
            Self::TooOften => ("WSF-56", "S:Server", None, "Asked too often: come again later"),
            Self::Own => ("WSF-14", "S:Server", None, "The service cannot answer now"),
        }
    }
}

/// What is wrong with a token (SAML 2.0 Core §2, SAML Token Profile 1.1). The sender is told no more than that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// There is none, or more than one.
    #[error("there is not exactly one")]
    Missing,
    /// It is an assertion in the clear, which shows the pseudonym to whoever carries it.
    #[error("it is not encrypted")]
    InTheClear,
    /// It is encrypted to another recipient, or broken on the way.
    #[error("it cannot be decrypted")]
    Decryption,
    /// What it decrypts to is not one assertion of SAML 2.0. Holds the parser's code.
    #[error("it cannot be read: {0}")]
    Unreadable(&'static str),
    /// Its issuer is not trusted here.
    #[error("its issuer is not trusted")]
    Issuer,
    /// Its signature is missing, wrong, or by another key than the issuer's. Holds the verifier's code.
    #[error("its signature is refused: {0}")]
    Signature(&'static str),
    /// It is not the one the signed message speaks of: its ID differs from the `wsse:KeyIdentifier`.
    #[error("it is not the one the message was signed with")]
    Exchanged,
    /// Now is before or after its validity, or it has none.
    #[error("it is not valid now")]
    Expired,
    /// It is made for another audience, or under a condition not known here.
    #[error("it is for another audience")]
    Audience,
    /// Its subject is not one persistent pseudonym of this provider, or its confirmation method is not bearer.
    #[error("its subject is not accepted")]
    Subject,
    /// It is for the holder of a key, and the message is not signed with that key.
    #[error("it is for the holder of another key")]
    Holder,
    /// Its subject is a pseudonym at another provider.
    #[error("its subject is known to another provider")]
    Qualifier,
    /// It does not say how the person was authenticated, or says so of the future.
    #[error("it does not say how the person was authenticated")]
    Authentication,
}
