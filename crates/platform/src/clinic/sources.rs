//! What each insurer says of a date, and what they say of it together.

use health::{
    InsurerNumber,
    continuity::{self, Gap, Overlap},
    eligibility,
};
use jiff::civil::Date;
use web::{Lang, clock::Shown};

use crate::{
    app::App,
    exchange::{Answer, Disclosed},
    resident::{Notice, StateWord, insurer_name, old},
    wording,
};

/// What one insurer says.
pub(super) struct Source {
    pub(super) insurer: String,
    pub(super) state: StateWord,
    /// The period that decides it.
    pub(super) period: Option<(Shown, Option<Shown>)>,
    pub(super) as_of: Shown,
    /// That its records are old.
    pub(super) old: Option<String>,
}

/// A line for each insurer that answered.
pub(super) fn all(app: &App, disclosed: &Disclosed, date: Date, lang: Lang) -> Vec<Source> {
    disclosed.answers.iter().map(|answer| source(app, answer, date, lang)).collect()
}

fn source(app: &App, answer: &Answer, date: Date, lang: Lang) -> Source {
    let t = &wording::text(lang).on_date;
    let found = eligibility::on(&answer.records, date);
    let (class, icon, word) = match found.state {
        eligibility::State::Valid | eligibility::State::Several => ("ok", "check", t.covered),
        eligibility::State::None => ("warn", "alert", t.nothing),
        _ => ("bad", "cross", t.not_covered),
    };
    let day = |day| Shown::day(day, lang);
    Source {
        insurer: insurer_name(&answer.source, lang).to_owned(),
        state: StateWord { class, icon, word },
        period: found.shown.map(|shown| (day(shown.valid_from), shown.last_day().map(day))),
        as_of: Shown::minute(answer.as_of, lang),
        old: old(app, answer, lang),
    }
}

/// Two insurers that claim the date, or a gap in which it lies. A source that gave nothing could hold whatever is missing, so
/// that no gap is named then.
pub(super) fn together(disclosed: &Disclosed, date: Date, lang: Lang) -> Vec<Notice> {
    let t = &wording::text(lang).on_date;
    let Ok(found) = continuity::of(&disclosed.periods(), date) else { return Vec::new() };
    let name = |number: InsurerNumber| {
        let answer = disclosed.answers.iter().find(|answer| answer.source.number == number);
        answer.map_or_else(|| number.to_string(), |answer| insurer_name(&answer.source, lang).to_owned())
    };
    let notice = |(title, text): (&str, &str), old, new| {
        let text = text.replace("{old}", &name(old)).replace("{new}", &name(new));
        Notice { title: title.to_owned(), text }
    };
    let claimed = |overlap: &&Overlap| overlap.from <= date && overlap.last.is_none_or(|last| date <= last);
    let overlaps = found.overlaps.iter().filter(claimed);
    let mut notices: Vec<_> = overlaps.map(|overlap| notice(t.overlap, overlap.earlier, overlap.later)).collect();
    let open = |gap: &&Gap| gap.from <= date && date <= gap.last && !gap.explained();
    let gaps = found.gaps.iter().filter(open).filter(|_| disclosed.failures.is_empty());
    notices.extend(gaps.map(|gap| {
        let Notice { title, text } = notice(t.gap, gap.after, gap.before);
        let day = |day| Shown::day(day, lang).text;
        Notice { title, text: text.replace("{day}", &day(gap.from)).replace("{until}", &day(gap.last)) }
    }));
    notices
}
