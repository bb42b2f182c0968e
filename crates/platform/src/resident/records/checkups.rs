//! Check-ups: what was found, several side by side, the newest first.

use health::checkup::judgement::{Guidance, Metabolic};
use health::checkup::{Flag, ItemCode, Value};
use health::checkup_xml::{Finding, Findings};
use web::{Lang, clock::Shown};

use super::super::coverage::StateWord;
use super::sheet::{Cell, Column, Record, Sheet, Table};
use crate::wording::{self, Checkups, RecordKind, Records};

/// Check-ups beside each other in one table.
const SIDE_BY_SIDE: usize = 3;

impl Record for Findings {
    fn words(t: &'static Records) -> &'static RecordKind {
        &t.checkups
    }

    /// One table for every few check-ups.
    fn sheets(mut records: Vec<Self>, lang: Lang) -> Vec<Sheet> {
        records.sort_by_key(|found| std::cmp::Reverse(found.examined_on));
        records.chunks(SIDE_BY_SIDE).map(|some| sheet(some, lang)).collect()
    }
}

fn sheet(checkups: &[Findings], lang: Lang) -> Sheet {
    let t = &wording::text(lang).records.checkup;
    let day = |found: &Findings| Shown::day(found.examined_on, lang).text;
    let days: Vec<String> = checkups.iter().map(day).collect();
    let mut columns = vec![Column::new(t.item, |line: &Line| line.name.clone()).labelled(String::new())];
    for (place, (day, found)) in days.iter().zip(checkups).enumerate() {
        let cell = move |line: &Line| line.cells.get(place).cloned().unwrap_or_default();
        columns.push(Column::new(day.clone(), cell).labelled(found.examined_on.strftime(t.short_day).to_string()));
    }
    let caption = t.caption.replace("{}", &days.join(t.comma));
    Sheet { facts: Vec::new(), table: Table::of(caption, &columns, &lines(checkups, lang)), remark: None }
}

/// An item, and what each check-up found.
struct Line {
    name: Cell,
    cells: Vec<Cell>,
}

/// Where, what follows, and every item that any of the check-ups has.
fn lines(checkups: &[Findings], lang: Lang) -> Vec<Line> {
    let t = &wording::text(lang).records.checkup;
    let place = |found: &Findings| {
        let code = found.institution.code.map(|code| code.to_string());
        Cell::written(found.institution.name.clone().or(code).unwrap_or_default())
    };
    let metabolic =
        |found: &Findings| Cell::of(found.metabolic.map_or(t.none, |metabolic| t.metabolic_word(metabolic)));
    let guidance = |found: &Findings| Cell::of(found.guidance.map_or(t.none, |guidance| t.guidance_word(guidance)));
    let mut lines = vec![
        Line { name: Cell::of(t.place), cells: checkups.iter().map(place).collect() },
        Line { name: Cell::of(t.metabolic), cells: checkups.iter().map(metabolic).collect() },
        Line { name: Cell::of(t.guidance), cells: checkups.iter().map(guidance).collect() },
    ];
    let mut names: Vec<&str> = Vec::new();
    for item in checkups.iter().flat_map(|found| &found.items) {
        if !names.contains(&item.name.as_str()) {
            names.push(&item.name);
        }
    }
    for name in names {
        let found = checkups.iter().map(|found| cell(found, name, t, lang)).collect();
        lines.push(Line { name: Cell::written(name), cells: found });
    }
    lines
}

/// What a check-up found for an item. By two methods, it may have found two values: the mark is of the one that matters more.
fn cell(found: &Findings, name: &str, t: &Checkups, lang: Lang) -> Cell {
    let items: Vec<&Finding> = found.items.iter().filter(|item| item.name == name).collect();
    if items.is_empty() {
        return Cell::of(t.none);
    }
    let texts: Vec<String> = items.iter().map(|item| text(item, t, lang)).collect();
    Cell {
        text: texts.join(" / "),
        japanese: items.iter().any(|item| matches!(item.value, Value::Text(_) | Value::Choice(_))),
        mark: items.iter().max_by_key(|item| weight(item)).and_then(|item| mark(item, t)),
        ..Cell::default()
    }
}

fn text(item: &Finding, t: &Checkups, lang: Lang) -> String {
    match &item.value {
        Value::Number(number) => {
            let unit = item.unit.as_deref().map(|unit| sign(unit, lang)).unwrap_or_default();
            format!("{number} {unit}").trim_end().to_owned()
        }
        Value::Choice(code) => {
            let known = ItemCode::find(&item.code).and_then(|item| item.definition().choice(*code));
            known.map_or_else(|| t.choice.replace("{}", &code.to_string()), str::to_owned)
        }
        Value::Text(text) => text.clone(),
        Value::NotDone => t.not_done.to_owned(),
        Value::NotMeasurable => t.not_measurable.to_owned(),
    }
}

/// What the value means, in a word: that a doctor should see it, or what the institution said of it.
fn mark(item: &Finding, t: &Checkups) -> Option<StateWord> {
    let warned = |word| StateWord { class: "warn", icon: "alert", word };
    match item.flag {
        _ if item.doctor => Some(warned(t.see_a_doctor)),
        Some(Flag::High) => Some(warned(t.high)),
        Some(Flag::Low) => Some(warned(t.low)),
        Some(Flag::Normal) => Some(StateWord { class: "ok", icon: "check", word: t.normal }),
        None => None,
    }
}

/// How much a mark matters beside another one.
fn weight(item: &Finding) -> u8 {
    match item.flag {
        _ if item.doctor => 3,
        Some(Flag::High | Flag::Low) => 2,
        Some(Flag::Normal) => 1,
        None => 0,
    }
}

/// A unit as people write it, of one as messages do (UCUM).
fn sign(unit: &str, lang: Lang) -> &str {
    match (unit, lang) {
        ("mm[Hg]", _) => "mmHg",
        ("kg/m2", _) => "kg/m²",
        ("cm2", _) => "cm²",
        ("ml/min/1.73m2", _) => "mL/min/1.73m²",
        ("mg/g*CR", _) => "mg/gCr",
        ("10*4/mm3", Lang::Ja) => "万/mm³",
        ("10*4/mm3", Lang::En) => "×10⁴/mm³",
        ("/mm3", _) => "/mm³",
        ("{times}", Lang::Ja) => "回",
        ("{times}", Lang::En) => "times",
        ("{h`b}/min", Lang::Ja) => "拍/分",
        ("{h`b}/min", Lang::En) => "beats/min",
        (other, _) => other,
    }
}

impl Checkups {
    fn metabolic_word(&self, found: Metabolic) -> &'static str {
        let [present, near, absent, unknown] = self.metabolic_words;
        match found {
            Metabolic::Present => present,
            Metabolic::Near => near,
            Metabolic::Absent => absent,
            Metabolic::Unknown => unknown,
        }
    }

    fn guidance_word(&self, found: Guidance) -> &'static str {
        let [active, motivating, none, unknown] = self.guidance_words;
        match found {
            Guidance::Active => active,
            Guidance::Motivating => motivating,
            Guidance::None => none,
            Guidance::Unknown => unknown,
        }
    }
}

#[cfg(test)]
mod tests;
