//! Which kanji are forms of one character, and who says so.

use jntajis::codec::mj_shrink::{MJShrinkScheme, MJShrinkSchemes, mj_shrink_candidates};

/// Two characters in the same place of two texts that are forms of one, for a clerk who wonders.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    /// The place in both compared forms, counted in characters from 0.
    pub place: usize,
    /// What the question has there.
    pub asked: char,
    /// What the ledger has there.
    pub known: char,
    /// Why they are one.
    pub reduction: Reduction,
}

impl std::fmt::Debug for Glyph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Glyph({:?})", self.reduction)
    }
}

/// The table in which two kanji meet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// MJ縮退マップ (文字情報技術促進協議会): by the unification rules of JIS and UCS, or by the notices of the Ministry
    /// of Justice on the family register, both are reduced to this character.
    MojiJoho(char),
    /// JIS縮退マップ of the National Tax Agency: both are reduced to this character.
    TaxAgency(char),
    /// JIS X 0208 exchanged the two, or changed one into the other, in 1983: older and newer machines show one code
    /// as either.
    Exchanged1983,
}

impl std::fmt::Debug for Reduction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::MojiJoho(_) => "MojiJoho",
            Self::TaxAgency(_) => "TaxAgency",
            Self::Exchanged1983 => "Exchanged1983",
        })
    }
}

/// Why two different characters are forms of one; `None` if they are not.
pub(crate) fn reduction(asked: char, known: char) -> Option<Reduction> {
    if !(kanji(asked) && kanji(known)) || listed(DIFFERENT, asked, known) {
        return None;
    }
    if listed(EXCHANGED_1983, asked, known) {
        return Some(Reduction::Exchanged1983);
    }
    let (asked, known) = (Forms::of(asked), Forms::of(known));
    let meet = |forms: &[char]| forms.iter().copied().find(|form| known.all().any(|known| known == *form));
    meet(&asked.moji_joho).map(Reduction::MojiJoho).or_else(|| meet(&[asked.tax_agency]).map(Reduction::TaxAgency))
}

/// How two texts of equal length differ if they differ in glyphs alone; `None` if in more. Equal texts give nothing.
pub(crate) fn glyphs(asked: &[char], known: &[char]) -> Option<Vec<Glyph>> {
    if asked.len() != known.len() {
        return None;
    }
    let pairs = asked.iter().copied().zip(known.iter().copied()).enumerate();
    pairs
        .filter(|(_, (asked, known))| asked != known)
        .map(|(place, (asked, known))| Some(Glyph { place, asked, known, reduction: reduction(asked, known)? }))
        .collect()
}

/// What a character is reduced to, itself first.
struct Forms {
    moji_joho: Vec<char>,
    tax_agency: char,
}

impl Forms {
    fn of(character: char) -> Self {
        let text = character.encode_utf8(&mut [0; 4]).to_owned();
        let schemes = MJShrinkSchemes::builder()
            .with(MJShrinkScheme::JISIncorporationUCSUnificationRule)
            .with(MJShrinkScheme::MOJFamilyRegisterActRelatedNotice);
        // A character has a handful of reductions; one of several characters is none of a single one.
        let reduced = mj_shrink_candidates(&text, schemes).take(REDUCTIONS_MAX).filter_map(single);
        let moji_joho = std::iter::once(character).chain(reduced).collect();
        let reduced = jntajis::jnta_shrink_translit(&text, None).ok().and_then(single);
        Self { moji_joho, tax_agency: reduced.unwrap_or(character) }
    }

    fn all(&self) -> impl Iterator<Item = char> {
        self.moji_joho.iter().copied().chain([self.tax_agency])
    }
}

fn single(text: String) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

fn kanji(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn listed(pairs: &[(char, char)], one: char, other: char) -> bool {
    pairs.contains(&(one, other)) || pairs.contains(&(other, one))
}

const REDUCTIONS_MAX: usize = 32;

/// The notices name misuses found in old registers, too. As the names of living people these are different characters.
const DIFFERENT: &[(char, char)] = &[
    ('切', '功'),
    ('昼', '書'),
    ('玉', '王'),
    ('帥', '師'),
    ('升', '舛'),
    ('宍', '肉'),
    ('隹', '佳'),
    ('昜', '易'),
    ('昜', '陽'),
];

/// JIS C 6226-1983 (today JIS X 0208), annex: 22 pairs that changed places, and four characters that were given a simpler
/// form while the old one moved.
const EXCHANGED_1983: &[(char, char)] = &[
    ('鯵', '鰺'),
    ('鴬', '鶯'),
    ('蛎', '蠣'),
    ('撹', '攪'),
    ('竃', '竈'),
    ('潅', '灌'),
    ('諌', '諫'),
    ('頚', '頸'),
    ('砿', '礦'),
    ('蕊', '蘂'),
    ('靭', '靱'),
    ('賎', '賤'),
    ('壷', '壺'),
    ('砺', '礪'),
    ('梼', '檮'),
    ('涛', '濤'),
    ('迩', '邇'),
    ('蝿', '蠅'),
    ('桧', '檜'),
    ('侭', '儘'),
    ('薮', '藪'),
    ('篭', '籠'),
    ('尭', '堯'),
    ('槙', '槇'),
    ('遥', '遙'),
    ('瑶', '瑤'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_of_one_character_meet() {
        let pairs =
            "髙高 﨑崎 𠮷吉 濵浜 濱浜 濵濱 冨富 齋斎 齊斉 廣広 瀨瀬 國国 邉辺 邊辺 邉邊 渕淵 澤沢 櫻桜 條条 嶋島 德徳";
        for pair in pairs.split(' ') {
            let [one, other] = pair.chars().collect::<Vec<_>>()[..] else { panic!("{pair}") };
            assert!(reduction(one, other).is_some(), "{pair}");
            assert!(reduction(other, one).is_some(), "{pair} turned round");
        }
        assert_eq!(reduction('髙', '高'), Some(Reduction::MojiJoho('高')));
        assert_eq!(reduction('籠', '篭'), Some(Reduction::Exchanged1983));
    }

    #[test]
    fn different_characters_stay_different() {
        for pair in "斎斉 齋齊 斎齊 齋斉 士土 未末 己巳 太大 功切 玉王 書昼 川河 郎朗 裕祐 あア 高商 崎埼".split(' ')
        {
            let [one, other] = pair.chars().collect::<Vec<_>>()[..] else { panic!("{pair}") };
            assert_eq!(reduction(one, other), None, "{pair}");
            assert_eq!(reduction(other, one), None, "{pair} turned round");
        }
    }
}
