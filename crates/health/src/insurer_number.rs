//! 保険者番号: who insures, as a number with a check digit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::check_digit::{NumberRefused, digits, mod10_21};

/// An insurer's number (保険者番号) whose check digit, prefecture and scheme are right.
///
/// National health insurance uses six digits (prefecture 2, insurer 3, check 1); every other scheme eight, with the
/// law code (法別番号) in front. Files pad the six digits with zeros (`00370015`) or spaces (`"  370015"`): all three
/// are the same number here. `Display` gives the short form people know, six or eight digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InsurerNumber(u32);

impl InsurerNumber {
    /// Reads six digits, eight digits, or six padded to eight with zeros or spaces.
    ///
    /// # Errors
    /// [`NumberRefused`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, NumberRefused> {
        let text = text.trim();
        if text.len() != 6 && text.len() != 8 {
            return Err(NumberRefused::Shape);
        }
        let digits = digits(text).ok_or(NumberRefused::Shape)?;
        let (check, body) = digits.split_last().ok_or(NumberRefused::Shape)?;
        let number = Self(digits.iter().fold(0, |value, digit| value * 10 + u32::from(*digit)));
        if !(1..=47).contains(&number.prefecture()) {
            return Err(NumberRefused::Prefecture);
        }
        if mod10_21(body) != *check {
            return Err(NumberRefused::CheckDigit);
        }
        Scheme::of_law(number.law()).map(|_| number).ok_or(NumberRefused::Scheme)
    }

    /// What kind of insurance this is, by the law code.
    pub fn scheme(self) -> Scheme {
        // Parsing refused every other law code, so the fallback is never taken.
        Scheme::of_law(self.law()).unwrap_or(Scheme::NationalHealth)
    }

    /// The prefecture of the insurer, 1 (北海道) to 47 (沖縄), in the order of JIS X 0401.
    pub fn prefecture(self) -> u32 {
        self.0 / 10_000 % 100
    }

    /// Eight digits, padded with zeros: the form of XML messages and of keys.
    pub fn padded(self) -> String {
        format!("{:08}", self.0)
    }

    fn law(self) -> u32 {
        self.0 / 1_000_000
    }
}

impl fmt::Display for InsurerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.law() == 0 { write!(f, "{:06}", self.0) } else { write!(f, "{:08}", self.0) }
    }
}

impl TryFrom<String> for InsurerNumber {
    type Error = NumberRefused;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<InsurerNumber> for String {
    fn from(number: InsurerNumber) -> Self {
        number.to_string()
    }
}

impl FromStr for InsurerNumber {
    type Err = NumberRefused;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The kind of insurance, from the law code (法別番号) of the insurer's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// 国民健康保険: six digits, no law code.
    NationalHealth,
    /// 全国健康保険協会管掌健康保険 (協会けんぽ): 01.
    HealthInsuranceAssociation,
    /// 船員保険: 02.
    Seamen,
    /// 日雇特例被保険者: 03, 04.
    DayLabourers,
    /// 組合管掌健康保険: 06.
    CompanyHealth,
    /// 防衛省職員給与法による自衛官等の療養の給付: 07.
    SelfDefence,
    /// 共済組合: 31 to 34.
    MutualAid,
    /// 後期高齢者医療: 39.
    LateElderly,
    /// 特例退職被保険者: 63 and 72 to 75.
    SpecialRetired,
    /// 退職者医療 (closed; in old files only): 67.
    RetiredNational,
}

impl Scheme {
    fn of_law(code: u32) -> Option<Self> {
        Some(match code {
            0 => Self::NationalHealth,
            1 => Self::HealthInsuranceAssociation,
            2 => Self::Seamen,
            3 | 4 => Self::DayLabourers,
            6 => Self::CompanyHealth,
            7 => Self::SelfDefence,
            31..=34 => Self::MutualAid,
            39 => Self::LateElderly,
            63 | 72..=75 => Self::SpecialRetired,
            67 => Self::RetiredNational,
            _ => return None,
        })
    }

    /// True where a certificate names the head of the household (世帯主) rather than the insured employee (被保険者).
    pub fn names_householder(self) -> bool {
        matches!(self, Self::NationalHealth | Self::RetiredNational)
    }

    /// The scheme's name in Japanese.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::NationalHealth => "国民健康保険",
            Self::HealthInsuranceAssociation => "全国健康保険協会（協会けんぽ）",
            Self::Seamen => "船員保険",
            Self::DayLabourers => "日雇特例被保険者の保険",
            Self::CompanyHealth => "健康保険組合",
            Self::SelfDefence => "自衛官等の療養の給付",
            Self::MutualAid => "共済組合",
            Self::LateElderly => "後期高齢者医療",
            Self::SpecialRetired => "特例退職被保険者の保険",
            Self::RetiredNational => "退職者医療",
        }
    }

    /// The scheme's name in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::NationalHealth => "National Health Insurance",
            Self::HealthInsuranceAssociation => "Japan Health Insurance Association",
            Self::Seamen => "Seamen's Insurance",
            Self::DayLabourers => "Day Labourers' Health Insurance",
            Self::CompanyHealth => "Company health insurance society",
            Self::SelfDefence => "Self-Defence Forces medical benefits",
            Self::MutualAid => "Mutual aid association",
            Self::LateElderly => "Medical care for the late elderly",
            Self::SpecialRetired => "Insurance for retired employees",
            Self::RetiredNational => "Retired persons' medical care",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real insurers of Kagawa and the fictional society of the demonstration.
    const RIGHT: [(&str, Scheme); 9] = [
        ("370015", Scheme::NationalHealth),
        ("373019", Scheme::NationalHealth),
        ("01370014", Scheme::HealthInsuranceAssociation),
        ("06370126", Scheme::CompanyHealth),
        ("06379994", Scheme::CompanyHealth),
        ("32370116", Scheme::MutualAid),
        ("34370015", Scheme::MutualAid),
        ("39372016", Scheme::LateElderly),
        ("33120015", Scheme::MutualAid),
    ];

    #[test]
    fn real_numbers_are_accepted_and_name_their_scheme() {
        for (text, scheme) in RIGHT {
            let number = InsurerNumber::parse(text).unwrap();
            assert_eq!((number.scheme(), number.to_string().as_str()), (scheme, text));
        }
    }

    #[test]
    fn the_three_written_forms_of_a_national_health_number_are_one_number() {
        let plain = InsurerNumber::parse("370015").unwrap();
        assert_eq!(InsurerNumber::parse("00370015"), Ok(plain));
        assert_eq!(InsurerNumber::parse("  370015"), Ok(plain));
        assert_eq!((plain.padded().as_str(), plain.prefecture()), ("00370015", 37));
    }

    #[test]
    fn every_single_wrong_digit_is_noticed() {
        for (text, _) in RIGHT {
            for place in 0..text.len() {
                for digit in b'0'..=b'9' {
                    let mut wrong = text.as_bytes().to_vec();
                    wrong[place] = digit;
                    let wrong = String::from_utf8(wrong).unwrap();
                    assert_eq!(InsurerNumber::parse(&wrong).is_ok(), wrong == text, "{wrong}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_an_insurer_is_refused_by_name() {
        for (text, why) in [
            ("", NumberRefused::Shape),
            ("37001", NumberRefused::Shape),
            ("3700155", NumberRefused::Shape),
            ("37OO15", NumberRefused::Shape),
            ("３７００１５", NumberRefused::Shape),
            ("370016", NumberRefused::CheckDigit),
            ("06379995", NumberRefused::CheckDigit),
            ("990015", NumberRefused::Prefecture),
            ("000000", NumberRefused::Prefecture),
            ("54016027", NumberRefused::Scheme),
        ] {
            assert_eq!(InsurerNumber::parse(text), Err(why), "{text}");
        }
    }
}
