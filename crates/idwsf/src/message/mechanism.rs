use std::net::IpAddr;

/// How a message and the person it is about are vouched for (Liberty Security Mechanisms 2.0, `di:SecurityMechID`): one URI
/// for what TLS proves, and what the message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// TLS of the server, and a token that whoever signs the message presents.
    TlsBearer,
    /// TLS of the server, and a token for the holder of the key that the message is signed with.
    TlsSamlV2,
    /// As before, and the same key is that of the TLS client.
    ClientTlsSamlV2,
}

impl Mechanism {
    /// The mechanisms of this profile. Any other URI is neither offered nor asked for.
    pub const ALL: [Self; 3] = [Self::TlsBearer, Self::TlsSamlV2, Self::ClientTlsSamlV2];

    /// The URI on the wire.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::TlsBearer => crate::MECHANISM,
            Self::TlsSamlV2 => "urn:liberty:security:2006-08:TLS:SAMLV2",
            Self::ClientTlsSamlV2 => "urn:liberty:security:2006-08:ClientTLS:SAMLV2",
        }
    }

    /// The mechanism of this URI, if it is one of ours.
    #[must_use]
    pub fn by_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.uri() == uri)
    }

    /// Whether a message by this mechanism is good where `wanted` is asked for. A key that TLS proved, too, is good where the
    /// key alone is.
    #[must_use]
    pub fn satisfies(self, wanted: Self) -> bool {
        self == wanted || (self == Self::ClientTlsSamlV2 && wanted == Self::TlsSamlV2)
    }

    /// Whether the token is for the holder of a key.
    #[must_use]
    pub fn is_holder_of_key(self) -> bool {
        self != Self::TlsBearer
    }
}

/// What a service takes beside the plain question by [`Mechanism::TlsBearer`].
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// By what mechanisms; the first is the one that others are sent to.
    pub mechanisms: &'a [Mechanism],
    /// The certificate of the TLS client in DER, where TLS ends here and asked for one.
    pub tls_client: Option<&'a [u8]>,
    /// Whether `Modify` is offered.
    pub changes: Offer,
    /// Whether the service can decide and answer as for real, and change nothing.
    pub simulation: Offer,
    /// Whether a sender is taken that nobody here knows, by the word of a token's issuer: the token is for the holder of a key,
    /// names the sender as that holder, and the message is signed with that key. The issuer keeps the register of such senders, and
    /// changes of their keys are its business.
    pub introduced: Offer,
    /// For peers of 2009, in a test on this machine.
    pub compat: Option<Compat>,
}

/// Whether something is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl Terms<'_> {
    /// Questions only, by a token that the sender presents, and nothing but the profile.
    pub const STRICT: Terms<'static> = Terms {
        mechanisms: &[Mechanism::TlsBearer],
        tls_client: None,
        changes: Offer::No,
        simulation: Offer::No,
        introduced: Offer::No,
        compat: None,
    };
}

/// Leave for messages as they were written in 2009: no `sbf:Framework`, `wsa:To` or `sb:UsageDirective`, a token in the clear,
/// a token reference that names nothing. The message signature is asked for all the same.
///
/// There is one only for a connection from this very machine, so no network can have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compat(());

impl Compat {
    /// The leave for a peer at this address; none unless that is the loopback of this machine.
    #[must_use]
    pub fn on_loopback(peer: IpAddr) -> Option<Self> {
        peer.to_canonical().is_loopback().then_some(Self(()))
    }
}
