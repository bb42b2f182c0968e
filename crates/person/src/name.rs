//! Names: without spaces, with a former surname or another name beside the official one.

use crate::compare::Agreement;
use crate::fold;
use crate::glyph::glyphs;

/// A name, ready to be compared.
pub(crate) struct Name {
    /// The official name without spaces.
    official: Vec<char>,
    /// How many characters of it are the surname, where a space says so.
    surname: Option<usize>,
    /// The name with the former surname (旧氏), or the alias (通称).
    others: Vec<Vec<char>>,
}

impl Name {
    /// `山田 花子`, `山田[佐藤] 花子`, `山田 花子[佐藤]`, `KIM CHULSOO(金田 哲男)`; all brackets in full width too.
    pub(crate) fn read(text: &str) -> Self {
        let folded: Vec<char> = fold::characters(text).into_iter().map(square).collect();
        let Some(brackets) = Brackets::find(&folded) else { return Self::plain(&folded, Vec::new()) };
        let official = [brackets.before, brackets.after].concat();
        let inside = letters(brackets.inside);
        let after = letters(brackets.after);
        let mut others = Vec::new();
        if !inside.is_empty() {
            if after.is_empty() {
                // Behind the whole name stands either another whole name or a former surname.
                let given = brackets.before.split(|character| *character == ' ').rfind(|part| !part.is_empty());
                others.push([inside.as_slice(), &letters(given.unwrap_or_default())].concat());
                others.push(inside);
            } else {
                others.push([inside, after].concat());
            }
        }
        Self::plain(&official, others)
    }

    fn plain(official: &[char], others: Vec<Vec<char>>) -> Self {
        let start = official.iter().position(|character| *character != ' ').unwrap_or(0);
        let trimmed = official.get(start..).unwrap_or_default();
        let space = trimmed.iter().position(|character| *character == ' ');
        let official = letters(trimmed);
        let surname = space.map(|space| letters(trimmed.get(..space).unwrap_or_default()).len());
        Self { surname: surname.filter(|surname| *surname < official.len()), official, others }
    }

    /// The official name as it is compared.
    pub(crate) fn form(&self) -> String {
        self.official.iter().collect()
    }
}

/// How two names agree.
pub(crate) fn agreement(asked: &Name, known: &Name) -> Agreement {
    if asked.official.is_empty() || known.official.is_empty() {
        return Agreement::Missing;
    }
    if asked.official == known.official {
        return Agreement::Equal;
    }
    if let Some(glyphs) = glyphs(&asked.official, &known.official) {
        return Agreement::Variant(glyphs);
    }
    let one = |official: &[char], others: &[Vec<char>]| others.iter().any(|other| glyphs(official, other).is_some());
    if one(&asked.official, &known.others) || one(&known.official, &asked.others) {
        return Agreement::OtherName;
    }
    Agreement::Differs
}

/// Whether every place lies in the surname, which all of a household may have in common. Without a space on either side
/// only the first character of several surely does.
pub(crate) fn in_surname(asked: &Name, known: &Name, mut places: impl Iterator<Item = usize>) -> bool {
    let length = asked.official.len().min(known.official.len());
    let surname = match (asked.surname, known.surname) {
        (Some(asked), Some(known)) => asked.min(known),
        (Some(surname), None) | (None, Some(surname)) => surname,
        (None, None) => usize::from(length > 1),
    };
    places.all(|place| place < surname)
}

struct Brackets<'a> {
    before: &'a [char],
    inside: &'a [char],
    after: &'a [char],
}

impl<'a> Brackets<'a> {
    /// The first pair of brackets.
    fn find(text: &'a [char]) -> Option<Self> {
        let open = text.iter().position(|character| matches!(character, '[' | '('))?;
        let rest = text.get(open + 1..)?;
        let close = rest.iter().position(|character| matches!(character, ']' | ')'))?;
        Some(Self { before: text.get(..open)?, inside: rest.get(..close)?, after: rest.get(close + 1..)? })
    }
}

fn square(character: char) -> char {
    match character {
        '〔' | '【' => '[',
        '〕' | '】' => ']',
        other => other,
    }
}

fn letters(text: &[char]) -> Vec<char> {
    text.iter().copied().filter(|character| !matches!(character, ' ' | '・' | '·' | '.' | ',')).collect()
}

#[cfg(test)]
mod tests;
