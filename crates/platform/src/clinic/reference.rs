//! The reference of a check: by it, the software of the clinic that made the check names the person once more, without the card.
//!
//! The clinic keeps it, and we do not: it is sealed, opens for that clinic alone, and is good for the days of one month. What was
//! shown goes along as a keyed digest, so that a later check can say whether it would be shown again.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use health::eligibility;
use jiff::{SignedDuration, Timestamp, civil::Date};
use saml::{Authn, AuthnClass};
use web::Error;

use crate::{
    app::{App, key},
    exchange::Disclosed,
    ids::ResidentId,
};

/// How long a reference is good: a claim goes by the tenth of the next month, and comes back within two more.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(93 * 24);

/// A check that was made at a desk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Whose card lay on the reader.
    pub(super) resident: ResidentId,
    /// When.
    pub(super) checked_at: Timestamp,
    /// The date that was checked.
    pub(super) date: Date,
    /// What was shown; none where nothing could be said.
    pub(super) outcome: Option<Outcome>,
}

/// Digest of what a check has shown: the verdict, the coverage on which it rests, the share to pay and the last day.
pub(super) type Outcome = [u8; OUTCOME];

/// Bytes of it: enough to tell two answers about one person apart.
const OUTCOME: usize = 8;

impl Reference {
    /// What the clinic is given.
    ///
    /// # Errors
    /// When the key store fails.
    pub(super) fn seal(&self, app: &App, institution: &str) -> Result<String, Error> {
        let (year, month, day) = (self.date.year(), self.date.month(), self.date.day());
        let plain = [
            &self.resident.bytes()[..],
            &self.checked_at.as_second().to_be_bytes(),
            &year.to_be_bytes(),
            &month.to_be_bytes(),
            &day.to_be_bytes(),
            &self.outcome.unwrap_or_default(),
        ];
        let sealed = app.keys.seal(key::ROWS, &aad(institution), &plain.concat()).map_err(Error::ours)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Reads one that this institution was given and that is still good.
    pub(super) fn open(app: &App, institution: &str, text: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(text.trim()).ok().filter(|_| text.len() <= TEXT_BYTES_MAX)?;
        let plain = app.keys.open_sealed(key::ROWS, &aad(institution), &sealed).ok()?;
        let (resident, rest) = plain.split_first_chunk()?;
        let (second, rest) = rest.split_first_chunk()?;
        let (year, rest) = rest.split_first_chunk()?;
        let ([month, day], rest) = rest.split_first_chunk()?;
        let outcome: Outcome = rest.try_into().ok()?;
        let checked_at = Timestamp::from_second(i64::from_be_bytes(*second)).ok()?;
        let (year, [month, day]) = (i16::from_be_bytes(*year), [*month, *day].map(u8::cast_signed));
        let date = Date::new(year, month, day).ok()?;
        let good = app.clock.now().duration_since(checked_at) < GOOD_FOR;
        good.then_some(Self {
            resident: ResidentId::from_bytes(*resident),
            checked_at,
            date,
            outcome: Some(outcome).filter(|outcome| *outcome != Outcome::default()),
        })
    }

    /// The days that it is good for: claims are of one month.
    pub(super) fn dates(&self) -> std::ops::RangeInclusive<Date> {
        self.date.first_of_month()..=self.date.last_of_month()
    }

    /// How the person showed who they are.
    pub(super) fn authn(&self) -> Authn {
        Authn { instant: self.checked_at, class: AuthnClass::Smartcard }
    }
}

/// What a check shows, as a digest; none where a source is missing: what it would have said may be all that has changed.
///
/// # Errors
/// When the key store fails.
pub(super) fn outcome(app: &App, disclosed: &Disclosed, date: Date) -> Result<Option<Outcome>, Error> {
    if !disclosed.failures.is_empty() {
        return Ok(None);
    }
    let periods = disclosed.periods();
    let found = eligibility::on(&periods, date);
    let state = [found.state.oqs_code()];
    let shown = found.shown.map(|shown| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let share = shown.copayment.tenths().to_string();
        let last_day = shown.last_day().map(|day| day.to_string()).unwrap_or_default();
        [shown.insurer.to_string(), text(&shown.symbol), shown.number.clone(), text(&shown.branch), share, last_day]
    });
    let mut parts = vec![&state[..]];
    parts.extend(shown.iter().flatten().map(String::as_bytes));
    let digest = app.keys.hmac256(key::ROWS, "SSC clinic outcome/2", &parts).map_err(Error::ours)?;
    Ok(digest.first_chunk().copied())
}

/// Binds a reference to its clinic: it opens for no other.
fn aad(institution: &str) -> Vec<u8> {
    [b"clinic.reference/2\0", institution.as_bytes()].concat()
}

/// More than any reference of ours has.
const TEXT_BYTES_MAX: usize = 256;
