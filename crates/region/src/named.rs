//! The residents one meets by name in the demonstration.

use health::Sex;
use jiff::civil::{Date, date};

use crate::enrolment::{History, Kind};
use crate::families::Role;

/// A resident with a fixed name, key and PIN, the same in every region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// 𠮷田 健一: head of a family in the city's national health insurance, with a glyph that few systems have.
    Householder,
    /// 髙橋 美咲: employee whose husband and two children are her dependents in the company's society.
    Employee,
    /// 渡邉 大輔: left the company two months ago and joined national health insurance: history with both insurers.
    Changed,
    /// 葛󠄀城 文子: left the company last month and has not joined anything yet; her name has a variation selector.
    Lapsed,
}

impl Named {
    /// All of them, by key.
    pub const ALL: [Self; 4] = [Self::Householder, Self::Employee, Self::Changed, Self::Lapsed];

    /// The resident's key in every region; their families follow them.
    pub const fn key(self) -> u32 {
        match self {
            Self::Householder => 1,
            Self::Employee => 4,
            Self::Changed => 8,
            Self::Lapsed => 10,
        }
    }

    /// The PIN of the demonstration's card: six digits.
    pub const fn pin(self) -> &'static str {
        match self {
            Self::Householder => "258013",
            Self::Employee => "730925",
            Self::Changed => "196483",
            Self::Lapsed => "605318",
        }
    }

    pub(crate) fn household(self) -> NamedHousehold {
        use Role::{Child, Head, Spouse};
        use Sex::{Female, Male};
        match self {
            Self::Householder => NamedHousehold {
                kind: Kind::National,
                history: History::Steady,
                town: "番町一丁目",
                members: vec![
                    ("𠮷田　健一", "ヨシダ ケンイチ", Male, date(1968, 5, 14), Head),
                    ("𠮷田　由美", "ヨシダ ユミ", Female, date(1970, 9, 30), Spouse),
                    ("𠮷田　蓮", "ヨシダ レン", Male, date(2010, 2, 8), Child),
                ],
            },
            Self::Employee => NamedHousehold {
                kind: Kind::Company,
                history: History::Steady,
                town: "伏石町",
                members: vec![
                    ("髙橋　美咲", "タカハシ ミサキ", Female, date(1988, 3, 3), Head),
                    ("髙橋　翔太", "タカハシ ショウタ", Male, date(1987, 12, 19), Spouse),
                    ("髙橋　湊", "タカハシ ミナト", Male, date(2017, 7, 7), Child),
                    ("髙橋　陽葵", "タカハシ ヒマリ", Female, date(2021, 10, 21), Child),
                ],
            },
            Self::Changed => NamedHousehold {
                kind: Kind::National,
                history: History::Changed { months: 2 },
                town: "栗林町二丁目",
                members: vec![
                    ("渡邉　大輔", "ワタナベ ダイスケ", Male, date(1979, 11, 2), Head),
                    ("渡邉　さやか", "ワタナベ サヤカ", Female, date(1981, 4, 1), Spouse),
                ],
            },
            Self::Lapsed => NamedHousehold {
                kind: Kind::Company,
                history: History::Lapsed { months: 1 },
                town: "仏生山町",
                members: vec![("葛󠄀城　文子", "カツラギ フミコ", Female, date(1965, 1, 15), Head)],
            },
        }
    }
}

/// A household as written down here rather than drawn.
pub(crate) struct NamedHousehold {
    pub(crate) kind: Kind,
    pub(crate) history: History,
    pub(crate) town: &'static str,
    pub(crate) members: Vec<(&'static str, &'static str, Sex, Date, Role)>,
}

/// How many residents the named households have together.
pub(crate) const RESIDENTS: u32 = 10;
