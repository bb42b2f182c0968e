//! Who lives where: the city's own counts, scaled to the size of the region.

use std::sync::LazyLock;

use health::Sex;

/// Five-year age bands, the last one open.
const BANDS: usize = 18;
/// Counts of one town: men and women of each band in turn.
pub(crate) type Counts = [u32; BANDS * 2];

/// A town (町丁) of Takamatsu.
pub(crate) struct Town {
    pub(crate) name: String,
    /// Seven digits.
    pub(crate) postal: String,
    counts: Counts,
}

/// Every town with residents, in the order of the city's table, which walks through the city.
pub(crate) static TOWNS: LazyLock<Vec<Town>> = LazyLock::new(|| {
    let table = include_str!("../../../data/takamatsu_towns.csv");
    table.lines().skip(1).filter_map(town).collect()
});

fn town(line: &str) -> Option<Town> {
    let mut cells = line.split(',');
    let (name, postal) = (cells.next()?.to_owned(), cells.next()?.to_owned());
    let mut counts = [0; BANDS * 2];
    for (count, cell) in counts.iter_mut().zip(cells.skip(1)) {
        *count = cell.parse().ok()?;
    }
    Some(Town { name, postal, counts })
}

/// How many people the city has.
pub(crate) fn population() -> u32 {
    TOWNS.iter().flat_map(|town| town.counts).sum()
}

/// Towns that are peopled together, so that even in a small region families find each other.
pub(crate) struct Block {
    /// Place in [`TOWNS`], and how many of each sex and band live there.
    pub(crate) towns: Vec<(usize, Counts)>,
    /// All of them.
    pub(crate) residents: u32,
}

/// Enough people for families to form.
const BLOCK_MIN: u32 = 400;

/// Deals out `residents` people. The share of each age band and sex is the city's own, to one person.
pub(crate) fn blocks(residents: u32) -> Vec<Block> {
    let mut dealt: Vec<Counts> = vec![[0; BANDS * 2]; TOWNS.len()];
    let (total, residents_wide) = (u64::from(population()).max(1), u64::from(residents));
    let mut before = 0;
    for band in 0..BANDS * 2 {
        for (town, counts) in TOWNS.iter().zip(&mut dealt) {
            let after = before + u64::from(town.counts.get(band).copied().unwrap_or(0));
            if let Some(count) = counts.get_mut(band) {
                *count = (after * residents_wide / total - before * residents_wide / total) as u32;
            }
            before = after;
        }
    }
    let mut blocks: Vec<Block> = Vec::new();
    for town in dealt.into_iter().enumerate() {
        let count: u32 = town.1.iter().sum();
        match blocks.last_mut() {
            Some(block) if block.residents < BLOCK_MIN => {
                block.residents += count;
                block.towns.push(town);
            }
            _ => blocks.push(Block { towns: vec![town], residents: count }),
        }
    }
    blocks
}

/// The sex and the first age of the band at a place in [`Counts`].
pub(crate) fn band(place: usize) -> (Sex, u32) {
    (if place.is_multiple_of(2) { Sex::Male } else { Sex::Female }, (place / 2 * 5) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!((TOWNS.len(), population()), (232, 418_129));
        assert!(TOWNS.iter().all(|town| town.postal.len() == 7 && town.postal.starts_with("76")));
    }

    #[test]
    fn everyone_is_dealt_out_in_the_citys_proportions() {
        for residents in [0, 1, 200, 2_000, 420_000] {
            let blocks = blocks(residents);
            assert_eq!(blocks.iter().map(|block| block.residents).sum::<u32>(), residents);
            for place in 0..BANDS * 2 {
                let dealt: u32 = blocks.iter().flat_map(|block| &block.towns).map(|(_, counts)| counts[place]).sum();
                let real: u32 = TOWNS.iter().map(|town| town.counts[place]).sum();
                let fair = f64::from(real) * f64::from(residents) / f64::from(population());
                assert!((f64::from(dealt) - fair).abs() <= 1.0, "{residents} {place} {dealt} {fair}");
            }
        }
    }
}
