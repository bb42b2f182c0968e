//! 負担割合: the part of the cost that the patient pays at the desk.

use serde::{Deserialize, Serialize};

/// The patient's share in tenths (割).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copayment {
    /// 1割, ten per cent.
    One,
    /// 2割, twenty per cent.
    Two,
    /// 3割, thirty per cent.
    Three,
}

impl Copayment {
    /// The share in tenths: 1, 2 or 3.
    pub fn tenths(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// From tenths.
    pub fn from_tenths(tenths: u8) -> Option<Self> {
        match tenths {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            _ => None,
        }
    }

    /// From what files write: `3`, `3割`, `30`, `30%`, and the `030` of the online eligibility check.
    pub fn parse(text: &str) -> Option<Self> {
        let tenths = match text {
            "1" | "1割" | "10" | "10%" | "010" => 1,
            "2" | "2割" | "20" | "20%" | "020" => 2,
            "3" | "3割" | "30" | "30%" | "030" => 3,
            _ => return None,
        };
        Self::from_tenths(tenths)
    }
}
