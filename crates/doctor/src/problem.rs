use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is wrong.
    Ok,
    /// It works, and will not for ever.
    Warn,
    /// It does not work.
    Fail,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The host name leads nowhere.
    NameUnknown,
    /// Nobody listens at the port.
    PortClosed,
    /// Somebody takes the call and does not speak in time.
    Silent,
    /// What answers does not speak our TLS.
    NoTls,
    /// The certificate is not signed by the authority that we trust.
    UnknownAuthority,
    /// The certificate is for another host name.
    OtherName,
    /// A certificate has ended, or has not begun.
    Ended,
    /// The peer does not take our certificate.
    OwnCertificateRefused,
    /// A certificate ends in so many days.
    EndsSoon {
        /// Whole days.
        days: i64,
    },
    /// A certificate or key cannot be read.
    Unreadable,
    /// The peer signs with another key than the certificate that we have of it.
    AnswerSignature,
    /// The peer has another certificate of our signing key.
    OwnSignatureRefused,
    /// The peer does not take our token: another encryption certificate of it here, or another token certificate of us there.
    TokenRefused,
    /// The peer does not know our entity ID.
    SenderUnknown,
    /// The peer takes itself to be at another address.
    OtherAddress,
    /// The peer's clock is ahead of ours by so many seconds; behind it where negative.
    ClockOff {
        /// Seconds.
        seconds: i64,
    },
    /// The peer refuses the question, or its answer cannot be used, with this code.
    Unusable {
        /// The code: the peer's own, or that of the step at which its answer was refused.
        code: String,
    },
    /// The peer has failed so often that it is not asked for the moment.
    Resting {
        /// Failures in a row.
        failures: u32,
    },
    /// The peer has moved since the configuration was written.
    Moved {
        /// Where to.
        address: String,
    },
    /// The database does not take a change.
    Database,
    /// So many mebibytes are free.
    Space {
        /// Mebibytes.
        mebibytes: u64,
    },
    /// The folder is not there, or may not be used.
    NoFolder,
    /// The end of the access log is not as it was sealed.
    LogEnd,
    /// The key store cannot be opened, or a key in it does not work.
    Keys,
    /// The configuration cannot work.
    Setting {
        /// Which setting, and why.
        reason: String,
    },
    /// Nobody is there to be asked, or to ask.
    NoPeers,
    /// Nothing has come in for so many days.
    NotAsked {
        /// Whole days.
        days: i64,
    },
    /// Messages were refused within the last day.
    Refused {
        /// How many.
        count: usize,
        /// The code of the newest.
        code: String,
    },
    /// An institution that is in no configuration is to be told of so many ends of links.
    Stranded {
        /// How many.
        ends: i64,
    },
    /// A registered service has the entity ID of an institution, and is not used.
    SharedEntity,
    /// The platform has not heard of so many ends of links for a day, or there is nowhere to tell it.
    Untold {
        /// How many.
        ends: i64,
    },
}

impl Problem {
    /// How bad it is.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::EndsSoon { .. }
            | Self::Resting { .. }
            | Self::Moved { .. }
            | Self::NoPeers
            | Self::NotAsked { .. }
            | Self::Refused { .. }
            | Self::Stranded { .. }
            | Self::Untold { .. } => State::Warn,
            Self::ClockOff { seconds } if seconds.abs() <= CLOCK_OFF_SECONDS_MAX => State::Warn,
            Self::Space { mebibytes } if *mebibytes >= SPACE_MEBIBYTES_MIN => State::Warn,
            _ => State::Fail,
        }
    }

    /// The stable code, explained in the operator's guide.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NameUnknown => "DOC-01",
            Self::PortClosed => "DOC-02",
            Self::Silent => "DOC-03",
            Self::NoTls => "DOC-04",
            Self::UnknownAuthority => "DOC-05",
            Self::OtherName => "DOC-06",
            Self::Ended => "DOC-07",
            Self::OwnCertificateRefused => "DOC-08",
            Self::EndsSoon { .. } => "DOC-09",
            Self::Unreadable => "DOC-10",
            Self::AnswerSignature => "DOC-11",
            Self::OwnSignatureRefused => "DOC-12",
            Self::TokenRefused => "DOC-13",
            Self::SenderUnknown => "DOC-14",
            Self::OtherAddress => "DOC-15",
            Self::ClockOff { .. } => "DOC-16",
            Self::Unusable { .. } => "DOC-17",
            Self::Resting { .. } => "DOC-18",
            Self::Moved { .. } => "DOC-19",
            Self::Database => "DOC-20",
            Self::Space { .. } | Self::NoFolder => "DOC-21",
            Self::LogEnd => "DOC-22",
            Self::Keys => "DOC-23",
            Self::Setting { .. } => "DOC-24",
            Self::NoPeers => "DOC-25",
            Self::NotAsked { .. } => "DOC-26",
            Self::Refused { .. } => "DOC-27",
            Self::Stranded { .. } => "DOC-28",
            Self::SharedEntity => "DOC-29",
            Self::Untold { .. } => "DOC-30",
        }
    }

    /// That two clocks differ, where they differ enough to be said.
    #[must_use]
    pub fn clock(seconds: i64) -> Option<Self> {
        (seconds.abs() > CLOCK_SECONDS_NORMAL).then_some(Self::ClockOff { seconds })
    }
}

/// A network and a slow machine take no longer.
const CLOCK_SECONDS_NORMAL: i64 = 10;
/// A token is refused by a receiver whose clock differs by more than a minute.
const CLOCK_OFF_SECONDS_MAX: i64 = 60;
/// With less, the next file may not find room.
pub(crate) const SPACE_MEBIBYTES_MIN: u64 = 256;
