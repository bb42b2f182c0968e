//! Any text as one of the small things that forms, addresses and messages bring: refused, or read into what is written and read the
//! same again. No address leads a browser to another host than the one that may be named.
#![no_main]

use health::{Copayment, InsurerNumber, coverage_xml, my_number, parse_date};
use idwsf::interaction::{RedirectUrl, Resend, ReturnList, State};
use idwsf::message::Purpose;
use idwsf::{EntityId, MessageId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(date) = parse_date(text) {
        assert_eq!(parse_date(&date.to_string()), Some(date));
    }
    if let (path, Some(date)) = coverage_xml::asked_on(text) {
        assert_eq!(coverage_xml::asked_on(&coverage_xml::dated(path, date)), (path, Some(date)));
    }
    if let Some(place) = my_number::find(text) {
        assert!(text.get(place).is_some(), "whole characters");
        assert!(my_number::present(text), "it looks further than what can be pointed at");
    }
    if let Ok(number) = text.parse::<InsurerNumber>() {
        assert_eq!(number.padded().trim().parse(), Ok(number));
    }
    let _ = Copayment::parse(text);
    let _ = Purpose::parse(text).map(|purpose| assert_eq!(purpose.as_str(), text));
    if let Ok(id) = MessageId::parse(text) {
        assert_eq!(id.as_str(), text);
    }
    if let Some(state) = State::parse(text) {
        assert_eq!(state.as_str(), text, "there is one way to write it");
    }
    if let Ok(url) = RedirectUrl::accept(text, "https://kmix.example/wsf") {
        assert!(url.as_str().starts_with("https://kmix.example"));
    }
    let client: EntityId = "https://kmix.example/saml".parse().expect("is a URI");
    let mut pages = ReturnList::new();
    pages.add_origin(&client, "https://kmix.example/acs").expect("is an address");
    if let Ok(back) = pages.check(&client, text) {
        assert!(back.as_str().starts_with("https://kmix.example/"));
    }
    let _ = Resend::read(text);
});
