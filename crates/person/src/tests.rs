//! What a verdict is, record by record.

use health::{Enrolment, Sex};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn enrolment(insurer: &str, number: &str, branch: &str) -> Enrolment {
    let symbol = if insurer.starts_with("39") { "" } else { "架空高" };
    Enrolment {
        insurer: insurer.parse().unwrap(),
        symbol: symbol.to_owned(),
        number: number.to_owned(),
        branch: branch.to_owned(),
    }
}

fn hanako(enrolment: &Enrolment) -> Record<'_> {
    Record {
        enrolment,
        name: "髙橋　花子",
        kana: "タカハシ ハナコ",
        birth: Some(date(1990, 4, 21)),
        sex: Sex::Female,
        address: "香川県高松市番町一丁目8番15号",
    }
}

fn verdict(asked: &Record<'_>, known: &Record<'_>) -> Verdict {
    let verdict = compare(asked, known).verdict;
    assert_eq!(verdict, compare(known, asked).verdict, "the same from both sides");
    verdict
}

#[test]
fn one_person_matches_however_they_are_written() {
    let (ours, theirs) = (enrolment("370015", "1000019", "02"), enrolment("370015", "1000019", "2"));
    let asked = hanako(&ours);
    let known = Record {
        name: "高橋花子", kana: "ﾀｶﾊｼ ﾊﾅｺ", address: "高松市番町１－８－１５", ..hanako(&theirs)
    };
    let comparison = compare(&asked, &known);
    assert_eq!(comparison.verdict, Verdict::Match);
    let name = comparison.field(Item::Name);
    let Agreement::Variant(glyphs) = &name.agreement else { panic!("{name:?}") };
    assert_eq!((glyphs[0].asked, glyphs[0].known, glyphs[0].reduction), ('髙', '高', Reduction::MojiJoho('高')));
    assert_eq!((name.asked.as_str(), name.known.as_str(), name.marks()), ("髙橋花子", "高橋花子", (vec![0], vec![0])));
}

#[test]
fn what_differs_goes_to_a_clerk_or_to_nobody() {
    let own = enrolment("370015", "1000019", "02");
    let (other, sibling) = (enrolment("370015", "1000038", "02"), enrolment("370015", "1000019", "03"));
    let branchless = enrolment("370015", "1000019", "");
    let asked = hanako(&own);
    for (why, known, expected) in [
        ("herself", asked, Verdict::Match),
        ("moved", Record { address: "高松市番町1-8-16", ..asked }, Verdict::Check),
        ("no address there", Record { address: "", ..asked }, Verdict::Check),
        ("married", Record { name: "大西 花子", kana: "オオニシ ハナコ", ..asked }, Verdict::Check),
        ("married, as the card says", Record { name: "大西[髙橋] 花子", ..asked }, Verdict::Check),
        ("a typing error in the name", Record { name: "髙橋 花江", ..asked }, Verdict::Check),
        ("a typing error in the day", Record { birth: Some(date(1990, 4, 12)), ..asked }, Verdict::Check),
        ("another reading", Record { kana: "タカバシ ハナコ", ..asked }, Verdict::Check),
        ("name and kana swapped", Record { name: asked.kana, kana: asked.name, ..asked }, Verdict::Check),
        ("another sex", Record { sex: Sex::Male, ..asked }, Verdict::Check),
        ("sex not given", Record { sex: Sex::Unspecified, ..asked }, Verdict::Match),
        ("kana not given", Record { kana: "", ..asked }, Verdict::Match),
        ("neither", Record { kana: "", sex: Sex::Unspecified, ..asked }, Verdict::Check),
        ("no branch", hanako(&branchless), Verdict::Match),
        ("no branch, another glyph", Record { name: "高橋　花子", ..hanako(&branchless) }, Verdict::Check),
        ("kana not given, another glyph", Record { name: "高橋　花子", kana: "", ..asked }, Verdict::Check),
        ("another number", hanako(&other), Verdict::Check),
        ("the number of another in the house", hanako(&sibling), Verdict::Check),
        ("a twin", Record { name: "髙橋 春子", kana: "タカハシ ハルコ", ..hanako(&sibling) }, Verdict::NoMatch),
        (
            "her child",
            Record {
                name: "髙橋 春子", kana: "タカハシ ハルコ", birth: Some(date(2020, 1, 1)), ..hanako(&sibling)
            },
            Verdict::NoMatch,
        ),
        ("a namesake", Record { birth: Some(date(1961, 4, 21)), ..hanako(&other) }, Verdict::NoMatch),
        ("a namesake of the same day", Record { address: "丸亀市一番丁1", ..hanako(&other) }, Verdict::Check),
    ] {
        assert_eq!(verdict(&asked, &known), expected, "{why}");
    }
}

#[test]
fn a_glyph_in_the_given_name_is_for_a_clerk() {
    let own = enrolment("370015", "1000019", "02");
    let asked = Record { name: "大西　惠", kana: "オオニシ メグミ", ..hanako(&own) };
    assert_eq!(verdict(&asked, &Record { name: "大西　恵", ..asked }), Verdict::Check);
    assert_eq!(verdict(&asked, &Record { name: "大西惠", ..asked }), Verdict::Match);
}

#[test]
fn the_number_of_the_late_elderly_is_personal() {
    let own = enrolment("39372016", "12345678", "");
    let asked = hanako(&own);
    assert_eq!(verdict(&asked, &Record { name: "高橋 花子", ..asked }), Verdict::Match);
}

#[test]
fn twins_without_branches_are_never_linked_by_themselves() {
    let shared = enrolment("06379994", "10003", "");
    let asked = hanako(&shared);
    let twin = Record { name: "髙橋　春子", kana: "タカハシ ハルコ", ..asked };
    assert!(matches!(decide(&asked, &[asked]), Decision::Link(Candidate { place: 0, .. })));
    let Decision::Clerk(near) = decide(&asked, &[twin, asked]) else { panic!() };
    assert_eq!(near.iter().map(|candidate| candidate.place).collect::<Vec<_>>(), [1, 0]);
    let Decision::Clerk(near) = decide(&asked, &[twin]) else { panic!() };
    assert_eq!(near.len(), 1);
    assert_eq!(decide(&asked, &[]), Decision::Nobody);
}

#[test]
fn twins_with_branches_are_told_apart() {
    let (first, second) = (enrolment("370015", "1000019", "02"), enrolment("370015", "1000019", "03"));
    let asked = hanako(&first);
    let twin = Record { name: "髙橋　春子", kana: "タカハシ ハルコ", ..hanako(&second) };
    assert!(matches!(decide(&asked, &[twin, asked]), Decision::Link(Candidate { place: 1, .. })));
    assert_eq!(decide(&asked, &[twin]), Decision::Nobody);
}

#[test]
fn two_that_match_are_for_a_clerk() {
    let own = enrolment("370015", "1000019", "02");
    let asked = hanako(&own);
    assert!(matches!(decide(&asked, &[asked, asked]), Decision::Clerk(near) if near.len() == 2));
}

#[test]
fn a_field_is_found_by_its_item() {
    let own = enrolment("370015", "1000019", "02");
    let comparison = compare(&hanako(&own), &hanako(&own));
    for (item, field) in Item::ALL.into_iter().zip(comparison.fields.iter()) {
        assert_eq!((field.item, comparison.field(item)), (item, field));
    }
    assert_eq!(comparison.field(Item::Number).asked, "370015 架空高・1000019");
    assert_eq!(comparison.field(Item::Kana).asked, "タカハシハナコ");
    assert_eq!(comparison.field(Item::Address).asked, "高松市番町1-8-15");
}

#[test]
fn debug_shows_nothing_of_a_person() {
    let own = enrolment("370015", "1000019", "02");
    let said =
        format!("{:?} {:?}", hanako(&own), compare(&hanako(&own), &Record { name: "高橋 花子", ..hanako(&own) }));
    for secret in ["高", "髙", "花", "1990", "番町", "1000019"] {
        assert!(!said.contains(secret), "{said}");
    }
}

proptest! {
    #[test]
    fn any_texts_give_an_answer(texts in proptest::array::uniform8(".{0,20}")) {
        let enrolments = [0, 4].map(|at| Enrolment {
            insurer: "370015".parse().unwrap(),
            symbol: String::new(),
            number: texts[at].clone(),
            branch: texts[at + 1].clone(),
        });
        let record = |side: usize| Record {
            enrolment: &enrolments[side],
            name: &texts[side * 4 + 1],
            kana: &texts[side * 4 + 2],
            birth: None,
            sex: Sex::Unspecified,
            address: &texts[side * 4 + 3],
        };
        let comparison = compare(&record(0), &record(1));
        prop_assert_eq!(comparison.verdict, compare(&record(1), &record(0)).verdict);
        for field in comparison.fields.iter() {
            let (asked, known) = field.marks();
            prop_assert!(asked.iter().all(|place| *place < field.asked.chars().count()));
            prop_assert!(known.iter().all(|place| *place < field.known.chars().count()));
        }
    }
}
