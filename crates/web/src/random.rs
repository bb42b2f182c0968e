//! Chance: every identifier and nonce that is not derived comes from here.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use jiff::Timestamp;
use uuid::Uuid;

/// The operating system's random numbers.
#[derive(Clone, Debug, Default)]
pub struct Random(SystemRandom);

impl Random {
    /// The source of this machine.
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }

    /// Fills `bytes`.
    ///
    /// # Panics
    /// When the operating system has no random numbers: nothing can be done safely without them.
    pub fn fill(&self, bytes: &mut [u8]) {
        let filled = self.0.fill(bytes).is_ok();
        assert!(filled, "the operating system gives random numbers");
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A time-ordered identifier (UUID version 7, RFC 9562) for a row made at `now`.
    pub fn row_id(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_ids_sort_by_time() {
        let random = Random::new();
        let early = random.row_id("2026-11-22T00:00:00Z".parse().unwrap());
        let late = random.row_id("2026-11-22T00:00:01Z".parse().unwrap());
        assert!(early < late);
        assert_ne!(random.bytes::<16>(), random.bytes::<16>());
    }
}
