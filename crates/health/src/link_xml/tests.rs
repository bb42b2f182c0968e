use jiff::civil::date;
use proptest::prelude::*;
use xml::{Document, Limits, scan};

use super::*;
use crate::coverage_csv::tests::coverages;

const NHI: Ns = Ns::new("nhi", "urn:x-kagawa:nhi:2009-03:dst-2.1");
const KHI: Ns = Ns::new("khi", "urn:x-kagawa:khi:2009-03:dst-2.1");

fn parsed<T>(text: &str, then: impl FnOnce(Node) -> T) -> T {
    let limits = Limits::default();
    let document = Document::parse(scan(text.as_bytes(), &limits).unwrap()).unwrap();
    then(document.root())
}

fn sample() -> LinkRequest {
    LinkRequest {
        symbol: Some("架空12".into()),
        number: "0012345".into(),
        branch: Some("01".into()),
        person: Person {
            name: "𠮷田 一郎".into(),
            kana: "ヨシダ イチロウ".into(),
            birth: date(1970, 5, 6),
            sex: Sex::Male,
            address: Some("香川県高松市番町架空1-2".into()),
        },
    }
}

#[test]
fn a_request_is_written_and_read_again() {
    let text = write(&sample(), None, NHI).into_string();

    assert!(text.contains("<nhi:Number>0012345</nhi:Number><nhi:Branch>01</nhi:Branch><nhi:Name>"), "{text}");
    assert!(parsed(&text, |node| read(node, NHI)) == Ok(sample()));
    assert_eq!(format!("{:?}", sample()), "LinkRequest(…)");
}

#[test]
fn a_request_may_bring_a_handle() {
    let handle = Handle::parse("q83v-EjRWeJASNFZ4kKvN7w_").unwrap();
    let text = write(&sample(), Some(&handle), NHI).into_string();

    assert!(parsed(&text, |node| read(node, NHI)) == Ok(sample()));
    assert_eq!(parsed(&text, |node| read_handle(node, NHI)), Ok(Some(handle.clone())));
    assert_eq!(format!("{handle:?}"), "Handle(…)");
    let without = write(&sample(), None, NHI).into_string();
    assert_eq!(parsed(&without, |node| read_handle(node, NHI)), Ok(None));
    for wrong in [String::new(), "a b".to_owned(), "a+b=".to_owned(), "a".repeat(257)] {
        let text = text.replace(handle.as_str(), &wrong);
        assert_eq!(parsed(&text, |node| read_handle(node, NHI)), Err(Unreadable::Value(HANDLE)), "{wrong}");
    }
}

#[test]
fn what_makes_a_request_unusable_is_named() {
    let good = write(&sample(), None, NHI).into_string();
    for (from, to, why) in [
        ("1970-05-06", "1970-05-32", Unreadable::Value(BIRTH)),
        ("<nhi:Sex>1<", "<nhi:Sex>3<", Unreadable::Value(SEX)),
        (">0012345<", ">123456789018<", Unreadable::MyNumber(NUMBER)),
        (">01<", "><", Unreadable::Value(BRANCH)),
        ("<nhi:Sex>1</nhi:Sex>", "", Unreadable::Shape(Refused::Missing(SEX.into()))),
        ("<nhi:Sex>", "<nhi:Phone>1</nhi:Phone><nhi:Sex>", Unreadable::Value(LINK)),
        ("<nhi:Sex>", "<nhi:Sex>1</nhi:Sex><nhi:Sex>", Unreadable::Shape(Refused::Repeated(SEX.into()))),
    ] {
        assert!(good.contains(from), "{from}");
        assert_eq!(parsed(&good.replacen(from, to, 1), |node| read(node, NHI)), Err(why), "{to}");
    }
    assert_eq!(parsed(&good, |node| read(node, KHI)), Err(Refused::Missing(LINK.into()).into()));
}

#[test]
fn a_state_is_written_and_read_again() {
    for standing in [Standing::Linked, Standing::Review] {
        let state = LinkState { standing, number: masked("0012345") };
        let text = write_state(&state, KHI).into_string();

        assert_eq!(parsed(&text, |node| read_state(node, KHI)), Ok(state));
    }
    let text = write_state(&LinkState { standing: Standing::Linked, number: "***1".into() }, KHI).into_string();
    for (from, to, why) in [
        ("linked", "joined", Unreadable::Value("state")),
        ("***1", "123456789018", Unreadable::MyNumber("number")),
        ("***1", "***12345678901234", Unreadable::Value("number")),
    ] {
        assert_eq!(parsed(&text.replacen(from, to, 1), |node| read_state(node, KHI)), Err(why), "{to}");
    }
}

#[test]
fn at_least_half_of_a_number_is_hidden() {
    for (number, shown) in
        [("0012345", "***345"), ("１２３４５６７８９", "***6789"), ("12", "***2"), ("1", "***"), ("", "***")]
    {
        assert_eq!(masked(number), shown);
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(coverage in coverages(), male in any::<bool>()) {
        prop_assume!(my_number::find(&coverage.number).is_none());
        let address = Some(coverage.person.address.clone().unwrap_or_else(|| "香川県高松市".to_owned()));
        let sex = if male { Sex::Male } else { Sex::Female };
        let person = Person { sex, address, ..coverage.person };
        let request = LinkRequest { symbol: coverage.symbol, number: coverage.number, branch: coverage.branch, person };
        let text = write(&request, None, KHI).into_string();
        prop_assert!(parsed(&text, |node| read(node, KHI)) == Ok(request), "{}", text);
    }
}
