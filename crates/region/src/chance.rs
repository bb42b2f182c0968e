//! Chance that repeats itself: the same seed draws the same, on every machine and with every version of every library.

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and good enough to make people up. Not for anything secret.
pub(crate) struct Chance(u64);

impl Chance {
    /// A stream of its own for each part of a region.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut chance = Self(seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03));
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end`, without `end`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        // The high half of the product is uniform enough: the bias is below 2⁻³².
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u32
    }

    /// True in `per_mille` of a thousand cases.
    pub(crate) fn per_mille(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below((last + 1).saturating_sub(first))
    }

    /// One of several, or `None` of none.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u32) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_with_their_seed_and_differ_between_streams() {
        let draw = |seed, stream| {
            let mut chance = Chance::new(seed, stream);
            (0..8).map(|_| chance.below(1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }

    #[test]
    fn draws_are_even() {
        let mut chance = Chance::new(0, 0);
        let mut counts = [0_u32; 10];
        (0..100_000).for_each(|_| counts[chance.below(10) as usize] += 1);
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
    }
}
