//! Writing somebody down: the same facts come out differently at every counter.

use health::{Enrolment, Person, folded};

use super::Insured;
use super::household::Facts;
use crate::chance::Chance;

/// How freely glyphs are changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyphs {
    /// In surnames often, in given names seldom, as registers and machines do.
    Free,
    /// In surnames alone: in these given names the glyph is the difference.
    Surname,
}

/// Writes somebody down.
pub(super) fn written(facts: &Facts, glyphs: Glyphs, chance: &mut Chance) -> Insured {
    let enrolment = Enrolment {
        insurer: facts.insurer,
        symbol: facts.symbol.clone(),
        number: if chance.per_mille(100) { folded(&wide(&facts.number)) } else { facts.number.clone() },
        branch: match (facts.branch, chance.per_mille(200)) {
            (0, _) => String::new(),
            (branch, true) => branch.to_string(),
            (branch, false) => format!("{branch:02}"),
        },
    };
    let person = Person {
        name: name(facts, glyphs, chance),
        kana: kana(facts, chance),
        birth: facts.birth,
        sex: facts.sex,
        address: (!facts.town.is_empty()).then(|| address(facts, chance)),
    };
    Insured { enrolment, person }
}

fn name(facts: &Facts, glyphs: Glyphs, chance: &mut Chance) -> String {
    let mut surname = facts.surname.clone();
    if chance.per_mille(300) {
        surname = other_glyphs(&surname, chance);
    }
    let mut given = facts.given.clone();
    if glyphs == Glyphs::Free && chance.per_mille(10) {
        given = other_glyphs(&given, chance);
    }
    if chance.per_mille(50) {
        surname.retain(|character| !SELECTORS.contains(&character));
    } else if chance.per_mille(20) {
        surname.push('\u{e0101}');
    }
    let former = facts.former.as_ref().map(|former| format!("［{former}］")).unwrap_or_default();
    let space = match chance.below(100) {
        0..60 => "　",
        60..88 => " ",
        _ => "",
    };
    [&surname, former.as_str(), space, &given].concat()
}

const SELECTORS: std::ops::RangeInclusive<char> = '\u{e0100}'..='\u{e01ef}';

/// Each character that has another form may come out in it.
fn other_glyphs(text: &str, chance: &mut Chance) -> String {
    let other = |character: char| {
        let forms = FORMS.iter().find(|forms| forms.chars().any(|form| form == character));
        let forms: Vec<char> =
            forms.filter(|_| chance.per_mille(700)).map(|forms| forms.chars().collect()).unwrap_or_default();
        chance.pick(&forms).copied().unwrap_or(character)
    };
    text.chars().map(other).collect()
}

/// Forms of one character in names of Kagawa.
const FORMS: [&str; 30] = [
    "高髙",
    "崎﨑",
    "辺邊邉",
    "吉𠮷",
    "浜濱濵",
    "斎齋",
    "斉齊",
    "広廣",
    "瀬瀨",
    "桜櫻",
    "沢澤",
    "島嶋",
    "国國",
    "条條",
    "富冨",
    "渕淵",
    "恵惠",
    "真眞",
    "竜龍",
    "徳德",
    "寿壽",
    "静靜",
    "豊豐",
    "実實",
    "円圓",
    "栄榮",
    "鉄鐵",
    "弥彌",
    "万萬",
    "穂穗",
];

fn kana(facts: &Facts, chance: &mut Chance) -> String {
    let space = if chance.per_mille(850) { " " } else { "　" };
    let full = [facts.surname_kana.as_str(), facts.given_kana.as_str()].join(space);
    let full = if facts.given_kana.is_empty() && facts.surname_kana.is_empty() { String::new() } else { full };
    match chance.below(100) {
        0..55 => full,
        55..75 => half(&full),
        75..83 => full.chars().map(hiragana).collect(),
        83..92 => full.chars().map(large).collect(),
        _ => full.replace("オオ", "オー").replace("ョウ", "ョー").replace("ュウ", "ュー").replace("ケイ", "ケー"),
    }
}

fn hiragana(kana: char) -> char {
    let hiragana = char::from_u32(u32::from(kana).wrapping_sub(0x60));
    hiragana.filter(|_| ('ァ'..='ヶ').contains(&kana)).unwrap_or(kana)
}

fn large(kana: char) -> char {
    let place = "ァィゥェォッャュョ".chars().position(|small| small == kana);
    place.and_then(|place| "アイウエオツヤユヨ".chars().nth(place)).unwrap_or(kana)
}

/// Half-width katakana (JIS X 0201), whose voicing marks are characters of their own.
fn half(text: &str) -> String {
    let mut half = String::with_capacity(text.len());
    for character in text.chars() {
        match WIDTHS.iter().find(|(full, _)| *full == character) {
            Some((_, narrow)) => half.push_str(narrow),
            None if character == '　' => half.push(' '),
            None => half.push(character),
        }
    }
    half
}

#[rustfmt::skip]
const WIDTHS: [(char, &str); 81] = [
    ('ア', "ｱ"), ('イ', "ｲ"), ('ウ', "ｳ"), ('エ', "ｴ"), ('オ', "ｵ"), ('カ', "ｶ"), ('キ', "ｷ"), ('ク', "ｸ"), ('ケ', "ｹ"), ('コ', "ｺ"),
    ('サ', "ｻ"), ('シ', "ｼ"), ('ス', "ｽ"), ('セ', "ｾ"), ('ソ', "ｿ"), ('タ', "ﾀ"), ('チ', "ﾁ"), ('ツ', "ﾂ"), ('テ', "ﾃ"), ('ト', "ﾄ"),
    ('ナ', "ﾅ"), ('ニ', "ﾆ"), ('ヌ', "ﾇ"), ('ネ', "ﾈ"), ('ノ', "ﾉ"), ('ハ', "ﾊ"), ('ヒ', "ﾋ"), ('フ', "ﾌ"), ('ヘ', "ﾍ"), ('ホ', "ﾎ"),
    ('マ', "ﾏ"), ('ミ', "ﾐ"), ('ム', "ﾑ"), ('メ', "ﾒ"), ('モ', "ﾓ"), ('ヤ', "ﾔ"), ('ユ', "ﾕ"), ('ヨ', "ﾖ"), ('ラ', "ﾗ"), ('リ', "ﾘ"),
    ('ル', "ﾙ"), ('レ', "ﾚ"), ('ロ', "ﾛ"), ('ワ', "ﾜ"), ('ヲ', "ｦ"), ('ン', "ﾝ"), ('ッ', "ｯ"), ('ャ', "ｬ"), ('ュ', "ｭ"), ('ョ', "ｮ"),
    ('ー', "ｰ"), ('ガ', "ｶﾞ"), ('ギ', "ｷﾞ"), ('グ', "ｸﾞ"), ('ゲ', "ｹﾞ"), ('ゴ', "ｺﾞ"), ('ザ', "ｻﾞ"), ('ジ', "ｼﾞ"), ('ズ', "ｽﾞ"), ('ゼ', "ｾﾞ"),
    ('ゾ', "ｿﾞ"), ('ダ', "ﾀﾞ"), ('ヂ', "ﾁﾞ"), ('ヅ', "ﾂﾞ"), ('デ', "ﾃﾞ"), ('ド', "ﾄﾞ"), ('バ', "ﾊﾞ"), ('ビ', "ﾋﾞ"), ('ブ', "ﾌﾞ"), ('ベ', "ﾍﾞ"),
    ('ボ', "ﾎﾞ"), ('パ', "ﾊﾟ"), ('ピ', "ﾋﾟ"), ('プ', "ﾌﾟ"), ('ペ', "ﾍﾟ"), ('ポ', "ﾎﾟ"), ('ァ', "ｧ"), ('ィ', "ｨ"), ('ゥ', "ｩ"), ('ェ', "ｪ"),
    ('ォ', "ｫ"),
];

fn address(facts: &Facts, chance: &mut Chance) -> String {
    let prefecture = if chance.per_mille(600) { "香川県" } else { "" };
    let counted = facts.town.strip_suffix("丁目");
    let (town, block, house) = (facts.town, facts.block, facts.house);
    let tail = match (counted, chance.below(4)) {
        (Some(_), 0 | 1) => format!("{town}{block}番{house}号"),
        (Some(counted), 2) => format!("{}-{block}-{house}", digits(counted)),
        (Some(counted), _) => format!("{}丁目{block}番{house}号", digits(counted)),
        (None, 0 | 1) => format!("{town}{block}番地{house}"),
        (None, 2) => format!("{town}{block}番地の{house}"),
        (None, _) => format!("{town}{block}－{house}"),
    };
    let tail = if chance.per_mille(400) { wide(&tail) } else { tail };
    let flat = if chance.per_mille(100) { "　サンハイツ１０１" } else { "" };
    [prefecture, "高松市", tail.as_str(), flat].concat()
}

/// The kanji numeral at the end of a town, as a digit.
fn digits(town: &str) -> String {
    let numeral =
        town.chars().next_back().and_then(|last| "一二三四五六七八九".chars().position(|known| known == last));
    match (numeral, town.char_indices().next_back().and_then(|(at, _)| town.get(..at))) {
        (Some(place), Some(before)) => format!("{before}{}", place + 1),
        _ => town.to_owned(),
    }
}

/// Digits and hyphens in full width.
fn wide(text: &str) -> String {
    let wide = |character: char| match character {
        '-' => '－',
        '0'..='9' => char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character),
        other => other,
    };
    text.chars().map(wide).collect()
}
