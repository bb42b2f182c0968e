//! What was asked and what the ledger has, side by side: as written, as compared, and why that is the same or not.

use health::{InsurerNumber, LinkRequest, Sex};
use person::{Agreement, Field, Glyph, Item, Reduction, Verdict};

use super::wording::Cases;
use crate::link::case::Candidate;
use crate::link::search;

/// Somebody of the ledger beside the request.
pub(super) struct Side {
    /// A match, something to look at, or another person.
    pub(super) verdict: &'static str,
    /// Whether nothing differs.
    pub(super) agrees: bool,
    /// Whether the member is linked under another pseudonym.
    pub(super) taken: bool,
    pub(super) lines: Vec<Line>,
}

/// One item.
pub(super) struct Line {
    pub(super) name: &'static str,
    /// As the resident wrote it.
    pub(super) asked: String,
    /// As the ledger has it.
    pub(super) known: String,
    /// As both were compared.
    pub(super) compared: [Vec<Piece>; 2],
    pub(super) agrees: bool,
    pub(super) said: &'static str,
    /// Why two characters are one, or what differs.
    pub(super) why: Vec<String>,
}

/// Some of a compared text.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) marked: bool,
}

impl Side {
    pub(super) fn of(insurer: InsurerNumber, request: &LinkRequest, candidate: &Candidate, t: &'static Cases) -> Side {
        let enrolment = request.enrolment(insurer);
        let comparison = person::compare(&search::asked(request, &enrolment), &candidate.known.record());
        let line = |field: &Field| {
            let (asked, known) = written(field.item, request, candidate, t);
            let (of_asked, of_known) = field.marks();
            Line {
                name: t.item(field.item),
                asked,
                known,
                compared: [pieces(&field.asked, &of_asked), pieces(&field.known, &of_known)],
                agrees: field.agreement == Agreement::Equal,
                said: t.agreement(&field.agreement),
                why: why(field, t),
            }
        };
        Side {
            verdict: t.verdict(comparison.verdict),
            agrees: comparison.verdict == Verdict::Match,
            taken: candidate.taken,
            lines: comparison.fields.iter().map(line).collect(),
        }
    }
}

/// Both sides as they are written, where that is more than what is compared.
fn written(item: Item, request: &LinkRequest, candidate: &Candidate, t: &'static Cases) -> (String, String) {
    let (asked, known) = (&request.person, &candidate.known.newest.person);
    let ledger = &candidate.known.newest;
    let number = |symbol: Option<&str>, number: &str| match symbol {
        Some(symbol) => format!("{symbol}・{number}"),
        None => number.to_owned(),
    };
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    match item {
        Item::Number => {
            (number(request.symbol.as_deref(), &request.number), number(ledger.symbol.as_deref(), &ledger.number))
        }
        Item::Branch => (text(request.branch.as_ref()), text(ledger.branch.as_ref())),
        Item::Name => (asked.name.clone(), known.name.clone()),
        Item::Kana => (asked.kana.clone(), known.kana.clone()),
        Item::Birth => (asked.birth.to_string(), known.birth.to_string()),
        Item::Sex => (t.sex(asked.sex).to_owned(), t.sex(known.sex).to_owned()),
        Item::Address => (text(asked.address.as_ref()), text(known.address.as_ref())),
        // It is the end of the address, which is shown above as it is written.
        Item::Building => (String::new(), String::new()),
    }
}

/// A text in pieces that are marked or not.
fn pieces(text: &str, marks: &[usize]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (place, character) in text.chars().enumerate() {
        let marked = marks.contains(&place);
        match pieces.last_mut() {
            Some(piece) if piece.marked == marked => piece.text.push(character),
            _ => pieces.push(Piece { text: character.to_string(), marked }),
        }
    }
    pieces
}

/// The reasons in words.
fn why(field: &Field, t: &'static Cases) -> Vec<String> {
    match &field.agreement {
        Agreement::Variant(glyphs) => glyphs.iter().map(|glyph| glyph_said(glyph, t)).collect(),
        Agreement::Differs if field.item == Item::Kana => vec![t.kana_differs.to_owned()],
        Agreement::Differs if field.item == Item::Address => vec![t.address_differs.to_owned()],
        Agreement::Differs if field.item == Item::Building => vec![t.building_differs.to_owned()],
        Agreement::OtherName => vec![t.other_name.to_owned()],
        Agreement::Missing => {
            let side = if field.asked.is_empty() { t.missing_asked } else { t.missing_known };
            let both = field.asked.is_empty() && field.known.is_empty();
            vec![if both { t.missing_both } else { side }.to_owned()]
        }
        Agreement::Differs if field.item == Item::Name => vec![t.name_differs.to_owned()],
        Agreement::Equal | Agreement::Differs => Vec::new(),
    }
}

fn glyph_said(glyph: &Glyph, t: &'static Cases) -> String {
    let text = match glyph.reduction {
        Reduction::MojiJoho(_) => t.glyph_moji_joho,
        Reduction::TaxAgency(_) => t.glyph_tax_agency,
        Reduction::Exchanged1983 => t.glyph_1983,
    };
    text.replacen("{}", &glyph.asked.to_string(), 1).replacen("{}", &glyph.known.to_string(), 1)
}

impl Cases {
    fn sex(&self, sex: Sex) -> &'static str {
        match sex {
            Sex::Male => self.sexes.0,
            Sex::Female => self.sexes.1,
            Sex::Unspecified => self.sexes.2,
        }
    }
}
