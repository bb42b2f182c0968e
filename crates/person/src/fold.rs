//! What every text goes through first: the differences that no reader sees, or that only a computer makes.

use unicode_normalization::UnicodeNormalization;

/// Longer texts are no name and no address; they count as missing, and are never equal to anything.
pub(crate) const CHARACTERS_MAX: usize = 256;

/// Removes variation selectors and invisible characters, applies NFKC, makes every dash `-`, every space `U+0020` and
/// Latin letters capital. Empty for a text of more than [`CHARACTERS_MAX`] characters.
pub(crate) fn characters(text: &str) -> Vec<char> {
    let mut folded = Vec::with_capacity(text.len() / 3 + 1);
    for character in text.chars() {
        match plain(character) {
            Some(character) => folded.push(character),
            None if invisible(character) => {}
            None => return bounded(thorough(text)),
        }
    }
    bounded(folded)
}

fn bounded(folded: Vec<char>) -> Vec<char> {
    if folded.len() > CHARACTERS_MAX { Vec::new() } else { folded }
}

/// What becomes of a character that NFKC maps to one character whatever its neighbours are. Nearly all text is of these.
fn plain(character: char) -> Option<char> {
    Some(match character {
        'a'..='z' => character.to_ascii_uppercase(),
        ' '..='~' | '一'..='\u{9fff}' | 'ぁ'..='ゖ' | 'ァ'..='ー' | '\u{20000}'..='\u{2f7ff}' => character,
        '\t' | '\n' | '\r' | '\u{3000}' => ' ',
        // Full-width ASCII lies at a fixed distance.
        '！'..='～' => char::from_u32(u32::from(character) - 0xfee0)?.to_ascii_uppercase(),
        '々' => character,
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => return None,
    })
}

fn thorough(text: &str) -> Vec<char> {
    let visible = text.chars().take(CHARACTERS_MAX * 4).filter(|character| !invisible(*character));
    let folded = visible.nfkc().take(CHARACTERS_MAX + 1).map(|character| match character {
        _ if character.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => character,
    });
    // A capital may be written in several characters where the small letter is one.
    folded.flat_map(char::to_uppercase).nfkc().collect()
}

/// Variation selectors, joiners, the byte order mark, directions and other controls.
fn invisible(character: char) -> bool {
    matches!(character,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
        || (character.is_control() && !character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> String {
        characters(text).into_iter().collect()
    }

    #[test]
    fn what_no_reader_sees_goes() {
        assert_eq!(folded("葛\u{e0100}城"), "葛城");
        assert_eq!(folded("\u{feff}辻\u{fe00}\u{200b}"), "辻");
        assert_eq!(folded("Ａｂｃ　１２３－４"), "ABC 123-4");
        assert_eq!(folded("ｶﾞｰﾄﾞ"), "ガード");
        assert_eq!(folded("1−2‐3–4—5－6"), "1-2-3-4-5-6");
        assert_eq!(folded("か\u{3099}"), "が");
    }

    #[test]
    fn a_capital_of_several_characters_is_folded_too() {
        assert_eq!(folded("ῢ"), "\u{3ab}\u{300}");
    }

    #[test]
    fn every_character_is_folded_once_and_for_all() {
        for character in '\u{0}'..=char::MAX {
            let once = folded(&character.to_string());
            assert_eq!(folded(&once), once, "{character:?}");
        }
    }

    #[test]
    fn a_text_without_end_is_no_text() {
        assert_eq!(folded(&"あ".repeat(CHARACTERS_MAX)).chars().count(), CHARACTERS_MAX);
        assert_eq!(folded(&"あ".repeat(CHARACTERS_MAX + 1)), "");
        assert_eq!(folded(&"ｶﾞ".repeat(CHARACTERS_MAX + 1)), "");
        assert_eq!(folded(&"\u{fdfa}".repeat(CHARACTERS_MAX)), "");
    }

    proptest! {
        #[test]
        fn the_short_way_folds_as_the_long_one(text in "[ -~ぁ-ゖァ-ー一-鿿！-～\u{3000}々〜‐―−]{0,20}") {
            prop_assert_eq!(characters(&text), thorough(&text));
        }

        #[test]
        fn folding_twice_changes_nothing(text in ".{0,40}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
