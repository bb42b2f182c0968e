//! The municipalities and towns of Kagawa.
//!
//! Towns: Geolonia 住所データ (CC BY 4.0, Geolonia) and Japan Post's postal code list, `data/kagawa_towns.tsv`.

use std::sync::LazyLock;

use super::{digits_for_numerals, place_letters};

/// A city or town with its own government.
pub(crate) struct Municipality {
    /// 全国地方公共団体コード without its check digit (JIS X 0402).
    pub(crate) code: u32,
    /// 郡, folded; empty for a city.
    county: Vec<char>,
    /// The name, folded.
    pub(crate) name: Vec<char>,
    /// Each folded way of writing a town, with the town; sorted.
    towns: Vec<(Vec<char>, Vec<char>)>,
}

impl Municipality {
    /// The municipality that a folded address begins with, and how long its name there is.
    pub(crate) fn at_start(address: &[char]) -> Option<(&'static Self, usize)> {
        MUNICIPALITIES.iter().find_map(|municipality| {
            let rest = address.strip_prefix(municipality.county.as_slice()).unwrap_or(address);
            let rest = rest.strip_prefix(municipality.name.as_slice())?;
            Some((municipality, address.len() - rest.len()))
        })
    }

    /// The longest town that the rest of an address begins with, and how long its name there is.
    pub(crate) fn town(&self, rest: &[char]) -> Option<(&[char], usize)> {
        let first = rest.first()?;
        let start = self.towns.partition_point(|(written, _)| written.first() < Some(first));
        let near = self.towns.get(start..)?.iter().take_while(|(written, _)| written.first() == Some(first));
        let (written, town) =
            near.filter(|(written, _)| rest.starts_with(written)).max_by_key(|(written, _)| written.len())?;
        Some((town.as_slice(), written.len()))
    }
}

static MUNICIPALITIES: LazyLock<Vec<Municipality>> = LazyLock::new(|| {
    let table = include_str!("../../data/kagawa_towns.tsv");
    table.lines().filter(|line| !line.starts_with('#')).skip(1).filter_map(municipality).collect()
});

fn municipality(line: &str) -> Option<Municipality> {
    let mut cells = line.split('\t');
    let (code, county, name) = (cells.next()?.parse().ok()?, cells.next()?, cells.next()?);
    let towns = cells.next()?.split(' ').map(place_letters);
    let mut towns: Vec<_> =
        towns.flat_map(|town| [(digits_for_numerals(&town), town.clone()), (town.clone(), town)]).collect();
    towns.sort_unstable();
    towns.dedup();
    Some(Municipality { code, county: place_letters(county), name: place_letters(name), towns })
}

/// The prefecture that a folded address begins with.
pub(crate) fn prefecture(address: &[char]) -> Option<&'static str> {
    let ends = |place: &usize| address.get(*place).is_some_and(|kind| matches!(kind, '都' | '道' | '府' | '県'));
    let last = [2, 3].into_iter().find(ends)?;
    let start: String = address.iter().take(last + 1).collect();
    PREFECTURES.into_iter().find(|name| *name == start)
}

/// JIS X 0401, in its order.
const PREFECTURES: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(MUNICIPALITIES.len(), 17);
        let code = |name: &str| Municipality::at_start(&place_letters(name)).map(|(found, _)| found.code);
        assert_eq!(code("高松市番町"), Some(37201));
        assert_eq!(code("東かがわ市湊"), Some(37207));
        assert_eq!(code("仲多度郡まんのう町吉野"), Some(37406));
        assert_eq!(code("琴平町350番地10"), Some(37403));
        assert_eq!(code("岡山市"), None);
        let towns: usize = MUNICIPALITIES.iter().map(|municipality| municipality.towns.len()).sum();
        assert!(towns > 700, "{towns}");
    }
}
