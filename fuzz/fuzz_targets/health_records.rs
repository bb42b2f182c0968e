//! Any bytes as a record that an insurer answers with, as what a resident asks to be linked with, or as what they change: refused, or read into something that is written and read the same again,
//! without an Individual Number.
#![no_main]

use health::{checkup_xml, contact_xml, coverage_xml, eligibility, expense_xml, link_xml, my_number, pension_xml};
use libfuzzer_sys::fuzz_target;
use xml::{Document, Fragment, Limits, Node, Ns, scan};

const NHI: Ns = Ns::new("nhi", "urn:x-kagawa:nhi:2009-03:dst-2.1");

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = scan(bytes, &Limits::default()).and_then(Document::parse) else { return };
    let root = document.root();
    let at = coverage_xml::as_of(root).ok().flatten();
    if let Ok(findings) = checkup_xml::read(root, NHI) {
        for item in &findings.items {
            assert!(!my_number::present(&item.code) && !my_number::present(&item.name));
        }
        again(&checkup_xml::write(&findings, NHI, at), |node| {
            checkup_xml::read(node, NHI).is_ok_and(|read| read == findings)
        });
    }
    if let Ok(expense) = expense_xml::read(root, NHI) {
        again(&expense_xml::write(&expense, NHI, at), |node| {
            expense_xml::read(node, NHI).is_ok_and(|read| read == expense)
        });
    }
    if let Ok(statement) = pension_xml::read(root, NHI) {
        again(&pension_xml::write(&statement, NHI, at), |node| {
            pension_xml::read(node, NHI).is_ok_and(|read| read == statement)
        });
    }
    if let Ok(request) = link_xml::read(root, NHI) {
        assert!(!my_number::present(&request.number) && !my_number::present(&request.person.name));
        let handle = link_xml::read_handle(root, NHI).ok().flatten();
        again(&link_xml::write(&request, handle.as_ref(), NHI), |node| {
            link_xml::read(node, NHI).is_ok_and(|read| read == request)
                && link_xml::read_handle(node, NHI) == Ok(handle.clone())
        });
    }
    if let Ok(state) = link_xml::read_state(root, NHI) {
        again(&link_xml::write_state(&state, NHI), |node| {
            link_xml::read_state(node, NHI).is_ok_and(|read| read == state)
        });
    }
    for field in contact_xml::Field::ALL {
        if let Ok((value, at)) = contact_xml::read(field, root, NHI) {
            assert!(!my_number::present(value.as_str()));
            again(&contact_xml::write(&value, at, NHI), |node| {
                contact_xml::read(field, node, NHI).is_ok_and(|read| read == (value, at))
            });
        }
    }
    if let Ok((date, periods)) = coverage_xml::read_eligibility(root, NHI) {
        assert!(periods.iter().all(|period| !my_number::present(&period.number)));
        let _ = eligibility::on(&periods, date);
    }
    if let Ok(coverage) = coverage_xml::read(root, NHI) {
        again(&coverage_xml::write_as_of(&coverage, NHI, at), |node| {
            coverage_xml::read(node, NHI).is_ok_and(|read| read == coverage) && coverage_xml::as_of(node) == Ok(at)
        });
    }
});

fn again(written: &Fragment, same: impl FnOnce(Node) -> bool) {
    let document = scan(written.as_str().as_bytes(), &Limits::default()).and_then(Document::parse).expect("is XML");
    assert!(same(document.root()), "reads what it has written");
}
