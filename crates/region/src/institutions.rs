//! The medical institutions of the region: real hospitals from the public list, and one fictional clinic.

use health::InstitutionCode;

/// A medical institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    /// 医療機関コード, ten digits.
    pub code: InstitutionCode,
    /// Its name.
    pub name: String,
    /// Postal code, seven digits.
    pub postal: String,
    /// Its address.
    pub address: String,
}

/// The clinic that plays in the demonstration: fictional, with a code that nobody was given.
const DEMO_CLINIC: &str = "3710199997,架空内科クリニック,7608571,高松市番町一丁目901番1号";

/// 架空内科クリニック, at whose desk the demonstration's reader stands, then the hospitals of Takamatsu.
pub fn institutions() -> Vec<Institution> {
    let listed = include_str!("../../../data/kagawa_institutions.csv").lines().skip(1);
    std::iter::once(DEMO_CLINIC).chain(listed).filter_map(institution).collect()
}

fn institution(line: &str) -> Option<Institution> {
    let mut cells = line.split(',');
    Some(Institution {
        code: InstitutionCode::parse(cells.next()?).ok()?,
        name: cells.next()?.to_owned(),
        postal: cells.next()?.to_owned(),
        address: cells.next()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_institution_has_a_right_code_and_the_fictional_one_is_first() {
        let institutions = institutions();
        assert_eq!(institutions.len(), 32);
        assert_eq!(institutions[0].name, "架空内科クリニック");
        assert!(institutions.iter().all(|institution| institution.code.check_digit_matches()));
    }
}
