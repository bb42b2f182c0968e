//! Surnames as frequent as in Kagawa, given names as their years gave them; each with its reading.

use std::sync::LazyLock;

use health::Sex;

use crate::chance::Chance;

/// A name and its reading in katakana.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) written: &'static str,
    pub(crate) kana: &'static str,
}

/// Each surname with the sum of the weights up to and including it.
static SURNAMES: LazyLock<Vec<(Reading, u32)>> = LazyLock::new(|| {
    let mut sum = 0;
    let surname = |line: &'static str| {
        let mut cells = line.split(',');
        let reading = Reading { written: cells.next()?, kana: cells.next()? };
        sum += cells.next()?.parse::<u32>().ok()?;
        Some((reading, sum))
    };
    include_str!("../../../data/surnames.csv").lines().skip(1).filter_map(surname).collect()
});

struct Given {
    reading: Reading,
    sex: Sex,
    years: std::ops::RangeInclusive<i16>,
}

static GIVEN: LazyLock<Vec<Given>> = LazyLock::new(|| {
    let given = |line: &'static str| {
        let mut cells = line.split(',');
        let reading = Reading { written: cells.next()?, kana: cells.next()? };
        let sex = if cells.next()? == "m" { Sex::Male } else { Sex::Female };
        Some(Given { reading, sex, years: cells.next()?.parse().ok()?..=cells.next()?.parse().ok()? })
    };
    include_str!("../../../data/given_names.csv").lines().skip(1).filter_map(given).collect()
});

/// A surname by its weight.
pub(crate) fn surname(chance: &mut Chance) -> Reading {
    let total = SURNAMES.last().map_or(0, |(_, sum)| *sum);
    let drawn = chance.below(total);
    let place = SURNAMES.partition_point(|(_, sum)| *sum <= drawn);
    SURNAMES.get(place).map_or(FALLBACK, |(reading, _)| *reading)
}

/// A given name of the years around `birth_year`, none of `taken` if possible.
pub(crate) fn given(sex: Sex, birth_year: i16, taken: &[Reading], chance: &mut Chance) -> Reading {
    let year = birth_year.clamp(*YEARS.start(), *YEARS.end());
    let fits: Vec<Reading> = GIVEN
        .iter()
        .filter(|given| given.sex == sex && given.years.contains(&year) && !taken.contains(&given.reading))
        .map(|given| given.reading)
        .collect();
    chance.pick(&fits).copied().unwrap_or(FALLBACK)
}

/// Another given name of the same sex that is read alike, or the reading itself, which is a name too.
pub(crate) fn given_read_alike(sex: Sex, written: &str, kana: &str) -> Reading {
    let mut alike = GIVEN.iter().filter(|given| given.sex == sex && given.reading.kana == kana);
    let reading = alike.clone().next().map_or(FALLBACK, |given| given.reading);
    let other = alike.find(|given| given.reading.written != written).map(|given| given.reading);
    other.unwrap_or(Reading { written: reading.kana, ..reading })
}

/// The years that the table of given names covers.
const YEARS: std::ops::RangeInclusive<i16> = 1920..=2030;
/// Only if a table were empty; a test sees to it that it is not.
const FALLBACK: Reading = Reading { written: "架空", kana: "カクウ" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_rich_enough_and_read_in_katakana() {
        assert!(SURNAMES.len() >= 150);
        for sex in [Sex::Male, Sex::Female] {
            assert!(GIVEN.iter().filter(|given| given.sex == sex).count() >= 80);
            for year in YEARS {
                assert!(GIVEN.iter().filter(|given| given.sex == sex && given.years.contains(&year)).count() >= 20);
            }
        }
        let readings = SURNAMES.iter().map(|(reading, _)| reading).chain(GIVEN.iter().map(|given| &given.reading));
        for reading in readings {
            assert!(reading.kana.chars().all(|kana| ('ァ'..='ー').contains(&kana)), "{}", reading.written);
        }
    }

    #[test]
    fn rare_glyphs_are_among_the_surnames() {
        for glyph in ["𠮷", "髙", "﨑", "濵", "邉", "邊", "葛\u{e0100}", "辻\u{e0100}"] {
            assert!(SURNAMES.iter().any(|(reading, _)| reading.written.contains(glyph)), "{glyph}");
        }
    }
}
