//! Two people in any writing, one item a line: the same verdict from both sides, oneself is never another, marks lie within
//! what they mark, and nothing links that does not match alone.
#![no_main]

use health::{Enrolment, Sex, parse_date};
use libfuzzer_sys::fuzz_target;
use person::{Decision, Record, Verdict, compare, decide};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let enrolments = [(), ()].map(|()| Enrolment {
        insurer: next().parse().unwrap_or_else(|_| "370015".parse().expect("a number")),
        symbol: health::folded(next()),
        number: health::folded(next()),
        branch: health::folded(next()),
    });
    let [asked, known] = enrolments.each_ref().map(|enrolment| Record {
        enrolment,
        name: next(),
        kana: next(),
        birth: parse_date(next()),
        sex: Sex::parse(next()).unwrap_or(Sex::Unspecified),
        address: next(),
    });
    let comparison = compare(&asked, &known);
    assert_eq!(comparison.verdict, compare(&known, &asked).verdict);
    for field in comparison.fields.iter() {
        let (of_asked, of_known) = field.marks();
        assert!(of_asked.iter().all(|place| *place < field.asked.chars().count()));
        assert!(of_known.iter().all(|place| *place < field.known.chars().count()));
    }
    let oneself = compare(&asked, &asked);
    assert!(oneself.fields.iter().all(|field| field.agreement != person::Agreement::Differs));
    let linked = matches!(decide(&asked, &[known]), Decision::Link(_));
    assert_eq!(linked, comparison.verdict == Verdict::Match);
    assert!(!matches!(decide(&asked, &[known, known]), Decision::Link(_)));
});
