use idwsf::dst::{Code, Found, Got, Outcome, Page, Query, QueryItem, Rest, ServiceType, SetRequest};
use xml::{Fragment, Writer};

use super::{ask, read};
use crate::world::{SELECT, World, now, query};

fn periods(count: usize) -> Vec<Fragment> {
    let element = |number: usize| {
        let mut writer = Writer::new();
        writer.leaf(ServiceType::NHI.ns(), "Period", &[], &number.to_string());
        writer.finish()
    };
    (0..count).map(element).collect()
}

fn found(set: Option<&str>) -> Found {
    Found { content: periods(5), set: set.map(str::to_owned), note: None }
}

fn paged(page: Page) -> Query {
    let mut query = Query::one(ServiceType::NHI, SELECT);
    query.items[0].page = Some(page);
    query
}

/// The texts of the part, and what is left; or why there is none.
fn part(query: &Query, set: Option<&str>) -> Result<(Vec<String>, Rest), Code> {
    let world = World::new();
    let response = ask(&world, query).answer_with(now(), |_| Ok(found(set)));
    read(&world, &response, |reply| match reply.item("q1") {
        Got::Data(data) => {
            let texts = data.node.children().filter_map(|node| node.text().map(str::to_owned)).collect();
            Ok((texts, data.rest.clone()))
        }
        Got::Refused(codes) => Err(codes[0].clone()),
        Got::Nothing => panic!("no answer"),
    })
}

#[test]
fn a_long_answer_comes_in_parts_that_follow_each_other() {
    let mut item = paged(Page { count: Some(2), request: Some(SetRequest::Static), ..Page::default() }).items.remove(0);
    let mut all = Vec::new();
    for left in [3, 1, 0] {
        let query = Query { service: ServiceType::NHI, items: vec![item.clone()] };
        let (texts, rest) = part(&query, Some("import-7")).unwrap();
        assert_eq!((rest.remaining, rest.set.as_deref()), (Some(left), Some("import-7")));
        all.extend(texts);
        if let Some(next) = item.after(&rest) {
            item = next;
        } else {
            assert_eq!(left, 0);
        }
    }
    assert_eq!(all, ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_part_after_a_change_is_refused_rather_than_mixed() {
    let page = Page { count: Some(2), offset: 2, set: Some("import-7".to_owned()), request: None };
    assert_eq!(part(&paged(page.clone()), Some("import-8")), Err(Code::INVALID_SET_ID));
    assert_eq!(part(&paged(page.clone()), None), Err(Code::INVALID_SET_ID));
    assert!(part(&paged(page), Some("import-7")).is_ok());
}

#[test]
fn a_state_that_nobody_names_cannot_be_promised() {
    let page = Page { request: Some(SetRequest::Static), ..Page::default() };
    assert_eq!(part(&paged(page), None), Err(Code::STATIC_NOT_SUPPORTED));
}

#[test]
fn a_state_that_is_no_longer_needed_is_let_go() {
    let page = Page { set: Some("import-7".to_owned()), request: Some(SetRequest::Delete), ..Page::default() };
    assert_eq!(part(&paged(page), Some("import-7")), Ok((Vec::new(), Rest::default())));
}

#[test]
fn a_part_begins_before_the_end() {
    let at = |offset| part(&paged(Page { offset, ..Page::default() }), None);
    assert_eq!(at(4).unwrap().0, ["4"]);
    for offset in [5, u32::MAX] {
        assert_eq!(at(offset), Err(Code::NO_MORE_ELEMENTS));
    }
}

#[test]
fn a_part_of_none_tells_how_many_there_are() {
    let (texts, rest) = part(&paged(Page { count: Some(0), ..Page::default() }), None).unwrap();
    assert_eq!((texts.len(), rest.remaining, rest.next_offset), (0, Some(5), Some(0)));
}

#[test]
fn without_paging_all_is_answered_and_nothing_is_counted() {
    let (texts, rest) = part(&Query::one(ServiceType::NHI, SELECT), Some("import-7")).unwrap();
    assert_eq!((texts.len(), rest), (5, Rest::default()));
}

#[test]
fn a_partial_answer_keeps_its_good_items() {
    let world = World::new();
    let response = query().answer(now(), |item| match item.item_id.as_deref() {
        Some("q1") => Ok(periods(1)),
        _ => Err(Code::ACTION_NOT_AUTHORIZED),
    });
    read(&world, &response, |reply| {
        assert_eq!(reply.status.outcome, Outcome::Partial);
        assert!(matches!(reply.item("q1"), Got::Data(_)));
        assert!(matches!(reply.item("q2"), Got::Refused(codes) if codes == [&Code::ACTION_NOT_AUTHORIZED]));
        assert!(matches!(reply.item("q3"), Got::Nothing));
    });
}

#[test]
fn all_is_returned_with_a_word_about_it_where_changes_are_not_kept() {
    let world = World::new();
    let response = query().answer_with(now(), |item| {
        let note = item.changed_since.map(|_| Code::ALL_RETURNED);
        Ok(Found { note, ..found(None) })
    });
    read(&world, &response, |reply| {
        assert_eq!(reply.status.outcome, Outcome::Ok);
        assert_eq!(reply.status.reasons_of("q2").collect::<Vec<_>>(), [&Code::ALL_RETURNED]);
        assert_eq!(reply.data().len(), 2);
    });
}

#[test]
fn a_reason_for_the_whole_query_is_one_for_each_item() {
    let world = World::new();
    let status = idwsf::dst::Status::failed(Code::EMPTY_REQUEST, None);
    let response = idwsf::dst::QueryResponse::refused(ServiceType::NHI, status, now());
    read(&world, &response, |reply| {
        assert!(matches!(reply.item("q1"), Got::Refused(codes) if codes == [&Code::EMPTY_REQUEST]));
    });
}

#[test]
fn every_part_of_a_question_arrives() {
    let world = World::new();
    let mut asked = query();
    asked.items[1].page =
        Some(Page { count: Some(10), offset: 20, set: Some("import-7".to_owned()), request: Some(SetRequest::Static) });
    assert_eq!(ask(&world, &asked), asked);
    let whole = QueryItem { page: None, ..asked.items[1].clone() };
    assert!(whole.after(&Rest::default()).is_none());
}
