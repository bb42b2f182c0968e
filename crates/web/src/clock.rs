//! The one place that asks the machine what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::Lang;

/// Offset of Japan Standard Time, which has no summer time.
const JAPAN_OFFSET: i8 = 9;

/// Where the time comes from. Cheap to clone; all clones of a fixed clock move together.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until a test moves it.
    Fixed(Arc<Standing>),
}

/// What a clock that stands shows.
#[derive(Debug)]
pub struct Standing {
    /// Microseconds since 1970.
    at: AtomicI64,
    /// By how many it moves on whenever somebody looks.
    step: AtomicI64,
}

impl Clock {
    /// A clock that stands at `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(Standing { at: AtomicI64::new(at.as_microsecond()), step: AtomicI64::new(0) }))
    }

    /// Moves a fixed clock to `at`; the machine's clock cannot be moved.
    pub fn set(&self, at: Timestamp) {
        if let Self::Fixed(standing) = self {
            standing.at.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// Has a fixed clock move on by `step` whenever somebody looks: work takes that long then. The machine's clock cannot be moved.
    pub fn step_by(&self, step: SignedDuration) {
        if let Self::Fixed(standing) = self {
            standing.step.store(i64::try_from(step.as_micros()).unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// The present, to the microsecond, which is what a database column holds.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else must ask")]
    pub fn now(&self) -> Timestamp {
        let micros = match self {
            Self::System => Timestamp::now().as_microsecond(),
            Self::Fixed(standing) => standing.at.fetch_add(standing.step.load(Ordering::SeqCst), Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The civil date in Japan at `at`: coverage begins and ends at midnight there.
pub fn japan_date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::fixed(jiff::tz::offset(JAPAN_OFFSET))).date()
}

/// When a day begins in Japan.
pub fn japan_midnight(date: Date) -> Timestamp {
    let japan = TimeZone::fixed(jiff::tz::offset(JAPAN_OFFSET));
    date.to_zoned(japan).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// A day or a moment as a page shows it, in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// For people: `2026年11月22日 18:05`, `2026-11-22 18:05`.
    pub text: String,
    /// For the `datetime` attribute: `2026-11-22T18:05+09:00`.
    pub machine: String,
}

impl Shown {
    /// A day.
    pub fn day(date: Date, lang: Lang) -> Self {
        let machine = date.to_string();
        let text = match lang {
            Lang::Ja => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
            Lang::En => machine.clone(),
        };
        Self { text, machine }
    }

    /// A moment, to the minute, in Japan.
    pub fn minute(at: Timestamp, lang: Lang) -> Self {
        let at = at.to_zoned(TimeZone::fixed(jiff::tz::offset(JAPAN_OFFSET)));
        let day = Self::day(at.date(), lang).text;
        Self { text: format!("{day} {}", at.strftime("%H:%M")), machine: at.strftime("%Y-%m-%dT%H:%M%:z").to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_japanese_day_begins_nine_hours_before_utc() {
        let at: Timestamp = "2026-11-21T15:00:00Z".parse().unwrap();
        assert_eq!(japan_date(at).to_string(), "2026-11-22");
        assert_eq!(Shown::minute(at, Lang::En).text, "2026-11-22 00:00");
        assert_eq!(Shown::minute(at, Lang::Ja).text, "2026年11月22日 00:00");
        assert_eq!(Shown::minute(at, Lang::Ja).machine, "2026-11-22T00:00+09:00");
    }

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
        let other = clock.clone();
        clock.set("2026-11-22T00:00:00Z".parse().unwrap());
        assert_eq!(other.now().to_string(), "2026-11-22T00:00:00Z");
        clock.step_by(SignedDuration::from_secs(2));
        assert_eq!(
            [other.now(), other.now()].map(|at| at.to_string()),
            ["2026-11-22T00:00:00Z", "2026-11-22T00:00:02Z"]
        );
    }
}
