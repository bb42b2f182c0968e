//! Readings: one form for all the ways of writing a sound in kana.

use crate::fold;

/// Full-width katakana without spaces: small kana large, ヂヅヲヰヱ as ジズオイエ, and every long vowel as `ー`, whether it
/// was written with that sign or with a vowel (オオニシ, オーニシ; ヨウコ, ヨーコ). オノ and オオノ stay different.
pub(crate) fn folded(text: &str) -> Vec<char> {
    let mut folded = Vec::new();
    let mut vowel = None;
    for character in fold::characters(text) {
        let Some(kana) = single(character) else { continue };
        if kana == LONG || vowel.is_some_and(|vowel| lengthens(vowel, kana)) {
            folded.push(LONG);
        } else {
            folded.push(kana);
            vowel = vowel_of(kana);
        }
    }
    folded
}

const LONG: char = 'ー';

fn single(character: char) -> Option<char> {
    Some(match character {
        ' ' | '・' | '.' | ',' | '\'' => return None,
        '-' => LONG,
        'ぁ'..='ゖ' => large(char::from_u32(u32::from(character) + 0x60)?),
        _ => large(character),
    })
}

fn large(kana: char) -> char {
    match kana {
        'ァ' => 'ア',
        'ィ' | 'ヰ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' | 'ヱ' => 'エ',
        'ォ' | 'ヲ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        other => other,
    }
}

fn vowel_of(kana: char) -> Option<char> {
    Some(match kana {
        'ア' | 'カ' | 'サ' | 'タ' | 'ナ' | 'ハ' | 'マ' | 'ヤ' | 'ラ' | 'ワ' | 'ガ' | 'ザ' | 'ダ' | 'バ' | 'パ' => {
            'ア'
        }
        'イ' | 'キ' | 'シ' | 'チ' | 'ニ' | 'ヒ' | 'ミ' | 'リ' | 'ギ' | 'ジ' | 'ビ' | 'ピ' => 'イ',
        'ウ' | 'ク' | 'ス' | 'ツ' | 'ヌ' | 'フ' | 'ム' | 'ユ' | 'ル' | 'グ' | 'ズ' | 'ブ' | 'プ' | 'ヴ' => {
            'ウ'
        }
        'エ' | 'ケ' | 'セ' | 'テ' | 'ネ' | 'ヘ' | 'メ' | 'レ' | 'ゲ' | 'ゼ' | 'デ' | 'ベ' | 'ペ' => 'エ',
        'オ' | 'コ' | 'ソ' | 'ト' | 'ノ' | 'ホ' | 'モ' | 'ヨ' | 'ロ' | 'ゴ' | 'ゾ' | 'ド' | 'ボ' | 'ポ' => {
            'オ'
        }
        _ => return None,
    })
}

fn lengthens(vowel: char, kana: char) -> bool {
    kana == vowel || matches!((vowel, kana), ('オ', 'ウ') | ('エ', 'イ'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_a_reading_are_one() {
        for (one, other) in [
            ("オオニシ　ショウコ", "ｵｵﾆｼ ｼﾖｳｺ"),
            ("オオニシ", "オーニシ"),
            ("ヨウコ", "ヨーコ"),
            ("おおにし", "オオニシ"),
            ("ミツヅカ", "ミツズカ"),
            ("ハットリ", "ハツトリ"),
            ("ケイコ", "ケーコ"),
            ("エイ", "ヱイ"),
            ("ガンジ", "ｶﾞﾝｼﾞ"),
            ("オ−ニシ", "オオニシ"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn other_readings_stay_other() {
        for (one, other) in [
            ("オノ", "オオノ"),
            ("ユキ", "ユウキ"),
            ("ヤマサキ", "ヤマザキ"),
            ("マサキ", "マサアキ"),
            ("キヨ", "キョウ"),
            ("ハ", "バ"),
        ] {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }
}
