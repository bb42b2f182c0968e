//! A clinic's own software asks before a claim: with its institution's key and the reference of a check at the desk.

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use db::params;
use jiff::{SignedDuration, ToSpan as _};
use platform::{consent::TEXT_VERSION, office::staff, store::institution::Institution, wording};
use region::Named;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use web::{Lang, clock::japan_date};

use crate::{
    browser::{Browser, Page},
    harness::{CLINIC_NAME, World, worlds},
    node::{Insurer, To},
    wicked::Wicked,
};

pub(crate) const CLINIC_CODE: &str = "3710199997";

/// The value of a read-only field.
pub(crate) fn field(page: &Page, id: &str) -> String {
    let after = page.text.split(&format!("id=\"{id}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{}", page.text));
    after.split('"').next().unwrap().to_owned()
}

pub(crate) async fn issue(operator: &mut Browser, institution: &str) -> String {
    let form = [("institution", institution), ("label", "受付のレセコン")];
    field(&operator.form("/institutions/issue", &form).await, "key")
}

/// Sends a question as the clinic's software does.
pub(crate) async fn ask(world: &World, key: &str, question: &Value) -> (StatusCode, Value) {
    let request = Request::builder().method(Method::POST).uri("/claims/check");
    let request = request.header(header::HOST, "clinic.localhost:8080").header(header::ACCEPT, "application/json");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    let body = Body::from(question.to_string());
    let response = world.router().oneshot(request.body(body).unwrap()).await.unwrap();
    let (status, cached) = (response.status(), response.headers()[header::CACHE_CONTROL].clone());
    assert_eq!(cached, "no-store");
    let body = to_bytes(response.into_body(), 64 * 1024).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// A key, and the reference of a check of today.
async fn checked(world: &World, named: Named) -> (String, String) {
    let key = issue(&mut world.operator().await, CLINIC_CODE).await;
    let page = world.clerk().await.check(&world.holder_without_pin(named)).await;
    (key, field(&page, "reference"))
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_guide_is_answered_as_written() {
    const GUIDE: &str = include_str!("../../../../docs/clinic/claims.md");
    let mut examples = GUIDE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let (question, answer) = (examples.next().unwrap(), examples.next().unwrap());
    for world in worlds().await {
        let (key, reference) = checked(&world, Named::Householder).await;
        let mut question: Value = serde_json::from_str(question).unwrap();
        question["reference"] = reference.into();
        let (status, told) = ask(&world, &key, &question).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(told, serde_json::from_str::<Value>(answer).unwrap(), "{told:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_the_software_is_logged_without_a_clerk_and_not_as_a_look_with_the_card() {
    for world in worlds().await {
        let (key, reference) = checked(&world, Named::Householder).await;
        world.wait(SignedDuration::from_hours(8 * 24));
        let (_, told) = ask(&world, &key, &json!({ "reference": reference })).await;
        assert_eq!((&told["verdict"], &told["changed"]), (&json!("valid"), &json!(false)), "{told:#}");
        world.clerk().await.form("/reception/again", &[("reference", &reference), ("on", "")]).await;
        let sql = "SELECT actor_kind, actor, staff, category, purpose, outcome FROM audit_entry ORDER BY number";
        let rows = world.app.db.fetch_all(sql, vec![]).await.unwrap();
        let said = |row: &db::Row| {
            let staff: Option<[u8; 16]> = row.get("staff").unwrap();
            let text = |column| row.get::<String>(column).unwrap();
            (staff.is_some(), ["actor_kind", "actor", "purpose", "outcome"].map(text))
        };
        let by = |purpose: &str| ["institution", CLINIC_CODE, purpose, "shown"].map(str::to_owned);
        let told: Vec<_> = rows.iter().map(said).collect();
        let desk_again = (true, by("claim-check"));
        assert_eq!(told, [(true, by("eligibility-check")), (false, by("claim-check")), desk_again]);
        let category = |row: &db::Row| row.get::<String>("category").unwrap();
        assert_eq!([&rows[0], &rows[1]].map(category), ["eligibility", "eligibility:2026-11-22"], "the date of then");
        platform::audit::verify(&world.app.db, &world.app.keys).await.unwrap();

        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let looks = browser.get("/looks").await.text;
        assert_eq!(looks.matches(CLINIC_NAME).count(), 3, "the resident sees all of them: {looks}");
        let t = wording::text(Lang::Ja);
        let said = [t.looks.eligibility_check, t.on_date.claims.look].map(|why| looks.matches(why).count());
        assert_eq!(said, [1, 2], "with the card, and without: {looks}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_key_or_no_reference_of_its_own_is_told_nothing() {
    for world in worlds().await {
        let other = Institution { code: "3710299995".to_owned(), name: "架空歯科".to_owned() };
        staff::join(&world.app, std::slice::from_ref(&other)).await.unwrap();
        let mut operator = world.operator().await;
        let (key, reference) = checked(&world, Named::Householder).await;
        let foreign = issue(&mut operator, &other.code).await;
        let question = json!({ "reference": reference });
        let logged = world.outcomes().await.len();
        for wrong in ["", "ssc_", &key.replace("ssc_", ""), &format!("{key}0")] {
            let (status, told) = ask(&world, wrong, &question).await;
            assert_eq!((status, code(&told)), (StatusCode::UNAUTHORIZED, "CLN-01"), "{wrong}");
        }
        let (status, told) = ask(&world, &foreign, &question).await;
        assert_eq!((status, code(&told)), (StatusCode::NOT_FOUND, "CLN-03"), "another institution's reference");
        let mut damaged = reference.clone();
        let last = damaged.pop().unwrap();
        damaged.push(if last == 'A' { 'B' } else { 'A' });
        for wrong in ["", "AAAA", reference.get(1..).unwrap(), &damaged, &"A".repeat(500)] {
            let (_, told) = ask(&world, &key, &json!({ "reference": wrong })).await;
            assert_eq!(code(&told), "CLN-03", "{wrong}");
        }
        for wrong in
            [json!({}), json!([]), json!({ "reference": reference, "date": "kinou" }), json!({ "reference": 7 })]
        {
            let (status, told) = ask(&world, &key, &wrong).await;
            assert_eq!((status, code(&told)), (StatusCode::BAD_REQUEST, "CLN-02"), "{wrong}");
        }
        assert_eq!(world.outcomes().await.len(), logged, "nobody was asked");

        world.wait(SignedDuration::from_hours(92 * 24));
        assert_eq!(ask(&world, &key, &question).await.0, StatusCode::OK);
        world.wait(SignedDuration::from_hours(24));
        assert_eq!(code(&ask(&world, &key, &question).await.1), "CLN-03", "it is too old");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_withdrawn_opens_nothing_and_stands_nowhere() {
    for world in worlds().await {
        let (key, reference) = checked(&world, Named::Householder).await;
        let mut operator = world.operator().await;
        let page = operator.get("/institutions").await;
        assert!(page.shows("受付のレセコン") && page.shows(CLINIC_NAME) && !page.shows(&key), "{}", page.text);
        let rows = world.app.db.fetch_all("SELECT key_digest, label FROM institution_key", vec![]).await.unwrap();
        let digest: [u8; 32] = rows[0].get("key_digest").unwrap();
        assert!(!key.contains(&hex::encode(digest)), "a digest is kept, and not the key");

        let id = page.text.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let done = operator.form("/institutions/withdraw", &[("key", &id)]).await;
        assert_eq!(done.location(), Some("/institutions?done=1"));
        let t = &wording::text(Lang::Ja).on_date.claims.keys;
        let page = operator.get("/institutions?done=1").await;
        assert!(page.shows(t.withdrawn) && page.shows(t.states[1]), "{}", page.text);
        let (status, told) = ask(&world, &key, &json!({ "reference": reference })).await;
        assert_eq!((status, code(&told)), (StatusCode::UNAUTHORIZED, "CLN-01"));
        let again = operator.form("/institutions/withdraw", &[("key", &id)]).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        let clerk = world.clerk().await.form("/institutions/withdraw", &[("key", &id)]).await;
        assert_eq!(clerk.status, StatusCode::NOT_FOUND, "the clinic's door has no such page");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_says_what_a_key_is_lacking() {
    for world in worlds().await {
        let mut operator = world.operator().await;
        let t = &wording::text(Lang::Ja).on_date.claims.keys;
        for (institution, label, wrong) in
            [("", "レセコン", "institution"), ("office", "レセコン", "institution"), (CLINIC_CODE, " ", "label")]
        {
            let form = [("institution", institution), ("label", label)];
            let page = operator.form("/institutions/issue", &form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.shows(&format!("href=\"#{wrong}\"")) && page.shows(&format!("id=\"{wrong}-error\"")));
            assert!(page.shows(t.wrong) && !page.shows("id=\"key\""), "{}", page.text);
        }
        let none = world.app.db.fetch_all("SELECT label FROM institution_key", vec![]).await.unwrap();
        assert!(none.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loss_that_an_insurer_reports_late_is_told() {
    for world in worlds().await {
        let (key, reference) = checked(&world, Named::Householder).await;
        let today = japan_date(world.now());
        let own = world.holder_without_pin(Named::Householder).coverage(Insurer::National)[0].clone();
        let lapsed = health::Coverage { lost_on: Some(today.saturating_sub(3.days())), ..own };
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        wicked.will(move |wicked, question| wicked.eligible(question, std::slice::from_ref(&lapsed), today));
        let (_, told) = ask(&world, &key, &json!({ "reference": reference, "date": today })).await;
        assert_eq!((&told["verdict"], &told["changed"]), (&json!("lapsed"), &json!(true)), "{told:#}");

        let mut clerk = world.clerk().await;
        let page = clerk.form("/reception/again", &[("reference", &reference), ("on", "")]).await;
        let t = &wording::text(Lang::Ja).on_date.claims.again;
        assert!(page.shows(t.changed.0) && page.shows("banner bad"), "{}", page.text);
        assert_eq!(field(&page, "reference"), reference, "no check by reference makes it good for longer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_checks_once_more_by_reference_without_the_card() {
    for world in worlds().await {
        let (_, reference) = checked(&world, Named::Householder).await;
        world.wait(SignedDuration::from_hours(5 * 24));
        let mut clerk = world.clerk().await;
        let t = wording::text(Lang::Ja);
        assert!(clerk.get("/reception").await.shows(t.on_date.claims.again.title.0));
        let page = clerk.form("/reception/again", &[("reference", &reference), ("on", "")]).await;
        assert!(page.shows(t.on_date.claims.again.same.0) && page.shows("banner ok"), "{}", page.text);
        let page = clerk.form("/reception/again", &[("reference", &reference), ("on", "2026-11-01")]).await;
        assert!(page.shows("banner ok") && !page.shows(t.on_date.claims.again.same.0), "{}", page.text);
        assert_eq!(world.outcomes().await, ["shown", "shown", "shown"]);
        for (wrong, on, code) in
            [("AAAA", "", "CLN-03"), (&*reference, "2026-10-31", "CLN-04"), (&reference, "kinou", "CLN-04")]
        {
            let page = clerk.form("/reception/again", &[("reference", wrong), ("on", on)]).await;
            assert_eq!((page.status, page.shows(code)), (StatusCode::FORBIDDEN, true), "{}", page.text);
            assert!(!page.shows(Insurer::National.name()));
        }
        let stranger = Browser::new(world.router(), crate::harness::CLINIC);
        let page = { stranger }.form("/reception/again", &[("reference", &reference), ("on", "")]).await;
        assert_eq!(page.location(), Some("/?ended"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_missing_leaves_the_verdict_open() {
    for world in worlds().await {
        let (key, reference) = checked(&world, Named::Householder).await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        let (status, told) = ask(&world, &key, &json!({ "reference": reference })).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!((&told["verdict"], &told["changed"]), (&json!("unknown"), &Value::Null), "{told:#}");
        assert_eq!(told["missing"][0]["insurer"], Insurer::National.number(), "{told:#}");
        assert_eq!(told["missing"][0]["code"], "EXCHANGE-01");
        assert_eq!((&told["coverage"], &told["sources"]), (&Value::Null, &json!([])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_and_month_and_count_bound_what_is_answered() {
    for world in worlds().await {
        let (key, reference) = checked(&world, Named::Householder).await;
        for outside in ["2026-10-31", "2026-12-01"] {
            let (status, told) = ask(&world, &key, &json!({ "reference": reference, "date": outside })).await;
            assert_eq!((status, code(&told)), (StatusCode::UNPROCESSABLE_ENTITY, "CLN-04"), "{outside}");
        }
        let inside = json!({ "reference": reference, "date": "2026-11-01" });
        for _ in 0..10 {
            let (status, told) = ask(&world, &key, &inside).await;
            assert_eq!((status, &told["changed"]), (StatusCode::OK, &Value::Null), "another date: {told:#}");
        }
        let (status, told) = ask(&world, &key, &inside).await;
        assert_eq!((status, code(&told)), (StatusCode::TOO_MANY_REQUESTS, "CLN-05"));
        world.wait(SignedDuration::from_hours(24));
        assert_eq!(ask(&world, &key, &inside).await.0, StatusCode::OK, "the next day");

        let withdrawn = "UPDATE consent SET withdrawn_at = given_at WHERE purpose = $1";
        world.tamper(withdrawn, params!["eligibility-check"]).await;
        let (status, told) = ask(&world, &key, &inside).await;
        assert_eq!((status, code(&told)), (StatusCode::FORBIDDEN, "CONSENT-01"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consent_says_what_a_claim_is_checked_by_and_taking_it_back_stops_that_at_once() {
    for world in worlds().await {
        let (key, reference) = checked(&world, Named::Householder).await;
        let question = json!({ "reference": reference });
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let [ja, en] = [Lang::Ja, Lang::En].map(|lang| wording::text(lang).consents.eligibility_check.1);
        assert!(browser.get("/consents").await.shows(ja));
        assert!(["93日間", "カードなしで", "1日10回"].iter().all(|said| ja.contains(said)), "{ja}");
        assert!(["93 days", "without the card", "ten times a day"].iter().all(|said| en.contains(said)), "{en}");

        world.tamper("UPDATE card SET state = 'lost'", vec![]).await;
        assert_eq!(ask(&world, &key, &question).await.0, StatusCode::OK, "the card was there then");
        let give = |give| [("purpose", "eligibility-check"), ("version", TEXT_VERSION), ("give", give)];
        browser.form("/consents", &give("false")).await;
        let (status, told) = ask(&world, &key, &question).await;
        assert_eq!((status, code(&told)), (StatusCode::FORBIDDEN, "CONSENT-01"));
        let page = world.clerk().await.form("/reception/again", &[("reference", &reference), ("on", "")]).await;
        assert_eq!((page.status, page.shows("CONSENT-01")), (StatusCode::FORBIDDEN, true), "{}", page.text);

        browser.form("/consents", &give("true")).await;
        assert_eq!(ask(&world, &key, &question).await.0, StatusCode::OK, "given again");
        // The text that said that nothing is shown without the card.
        world.tamper("UPDATE consent SET text_version = '2026-11-23'", vec![]).await;
        let (status, told) = ask(&world, &key, &question).await;
        assert_eq!((status, code(&told)), (StatusCode::FORBIDDEN, "CONSENT-01"), "nobody has agreed to this");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_share_to_pay_or_last_day_is_a_change() {
    for world in worlds().await {
        let today = japan_date(world.now());
        let own = world.holder_without_pin(Named::Householder).coverage(Insurer::National)[0].clone();
        let share = health::Coverage { copayment: health::Copayment::Two, ..own.clone() };
        let until = own.valid_until.map(|day| day.saturating_add(30.days()));
        let longer = health::Coverage { valid_until: until, ..own.clone() };
        let (key, reference) = checked(&world, Named::Householder).await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        for (now, changed) in [(own, false), (share, true), (longer, true)] {
            wicked.will(move |wicked, question| wicked.eligible(question, std::slice::from_ref(&now), today));
            let (_, told) = ask(&world, &key, &json!({ "reference": reference })).await;
            assert_eq!((&told["verdict"], &told["changed"]), (&json!("valid"), &json!(changed)), "{told:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_missing_then_or_is_now_leaves_open_what_has_changed() {
    for world in worlds().await {
        let key = issue(&mut world.operator().await, CLINIC_CODE).await;
        let holder = world.holder_without_pin(Named::Changed);
        let mut clerk = world.clerk().await;
        world.node(Insurer::Company).line.lead(To::Nowhere);
        let before = field(&clerk.check(&holder).await, "reference");
        world.node(Insurer::Company).mend();
        world.wait(SignedDuration::from_mins(10));
        let whole = field(&clerk.check(&holder).await, "reference");
        let told = async |reference: &str| {
            let told = ask(&world, &key, &json!({ "reference": reference })).await.1;
            assert_eq!(told["verdict"], "valid", "the other insurer's: {told:#}");
            (told["changed"].clone(), told["missing"].as_array().unwrap().len())
        };
        assert_eq!(told(&before).await, (Value::Null, 0), "it was missing then");
        assert_eq!(told(&whole).await, (json!(false), 0));
        world.node(Insurer::Company).line.lead(To::Nowhere);
        assert_eq!(told(&whole).await, (Value::Null, 1), "it is missing now");
    }
}
