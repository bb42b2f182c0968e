//! What residents do on a day in the region, so that every table about persons has rows of many of them when the thief comes.

use std::time::Duration;

use db::params;
use health::Coverage;
use idwsf::{
    interaction::UserInteraction,
    message::{Answer, Headers},
};
use insurer::import::{COMMAND_LINE, Kind};
use jiff::SignedDuration;
use rand::{Rng as _, rngs::StdRng};
use region::Resident;

use crate::{
    browser::Browser,
    crossing::hidden,
    harness::World,
    holder::Holder,
    links::filled,
    links_ended_there::Desk,
    node::{Insurer, Node, To},
    service::Sp,
    wsf_asking::{asked_with, change, everything, log_in, opened, post},
};

/// Somebody looks at their records, lets a service find them and takes it back, parts from both insurers and comes back: one of them
/// knows them at once, the other's clerk has to look. Then both insurers are down, and what they are owed waits.
pub(super) async fn busy(world: &World, kmix: &Sp, (holder, browser): (&Holder, &mut Browser), chance: &mut StdRng) {
    let mut pause = || world.wait(SignedDuration::from_millis(chance.gen_range(2_000..12_000)));
    assert!(browser.get("/coverage").await.shows("</h2>"));
    let target = log_in(world, kmix, browser, true).await;
    pause();
    reached(browser, holder, Insurer::Company).await;
    pause();
    world.nodes.iter().for_each(|node| node.line.lead(To::Nowhere));
    change(browser, kmix, false).await;
    world.nodes.iter().for_each(Node::mend);
    pause();
    for (insurer, other) in [(Insurer::National, None), (Insurer::Company, Some("香川県高松市架空町九丁目9番9号"))]
    {
        end(browser, insurer, "1").await;
        pause();
        let location = wish(browser, holder, insurer, other).await;
        pause();
        // A twin is for the clerk, too.
        if location.starts_with("/links/confirm") {
            let confirmed = [("provider", insurer.entity()), ("generation", "2"), ("mine", "true")];
            assert_eq!(browser.form("/links/confirm", &confirmed).await.location(), Some("/links?done=confirmed"));
            pause();
            reached(browser, holder, insurer).await;
            pause();
        } else {
            assert_eq!(location, "/links?done=review");
        }
    }
    world.nodes.iter().for_each(|node| node.line.lead(To::Nowhere));
    end(browser, Insurer::National, "2").await;
    let asking = Headers { interaction: Some(UserInteraction::by_redirect(&["ja"])), ..Headers::default() };
    let (id, message) = asked_with(world, kmix, &target, &asking);
    let (_, answer) = post(world, message).await;
    assert!(matches!(opened(world, &id, &everything(), &answer), Answer::Fault(_)), "the resident is to be asked");
    pause();
    lost(world, browser, holder).await;
    world.nodes.iter().for_each(Node::mend);
    pause();
}

/// A clerk of the national insurer ends these links while the platform cannot be told; gives how many there were.
pub(super) async fn parted_by_the_clerk(world: &World, people: &[&Resident], chance: &mut StdRng) -> usize {
    let desk = Desk::open(world, "http://localhost:9").await;
    let mut parted = 0;
    for person in people {
        // A twin still waits for the clerk.
        let Some(said) = desk.end(&world.holder_of(person)).await else { continue };
        assert_eq!(said, "/links?said=untold");
        world.wait(SignedDuration::from_millis(chance.gen_range(20_000..90_000)));
        parted += 1;
    }
    parted
}

/// Each person is reached at an address of its own length, by the one insurer before they part, by the other once they are back.
async fn reached(browser: &mut Browser, holder: &Holder, insurer: Insurer) {
    let mut page = browser.get("/contact").await;
    let form = page.text.find(&format!("name=\"provider\" value=\"{}\"", insurer.entity())).unwrap();
    page.text = page.text.split_off(form);
    let kept = ["seen", "was_phone", "was_email"].map(|name| (name, hidden(&page, name)));
    let email = format!("{}@example.jp", "h".repeat(1 + holder.person.key as usize % 40));
    let own = [("provider", insurer.entity()), ("phone", "0878390000"), ("email", &email)];
    let fields: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).chain(own).collect();
    let page = browser.form("/contact", &fields).await;
    assert_eq!(page.location(), Some("/contact?done=changed"), "{}", page.text);
}

async fn end(browser: &mut Browser, insurer: Insurer, generation: &str) {
    let page = browser.form("/links/end", &[("provider", insurer.entity()), ("generation", generation)]).await;
    assert!(page.location().is_some_and(|location| location.starts_with("/links?done=ended")), "{}", page.text);
}

/// What the resident's papers say, with another address or their own; gives where the browser is sent.
async fn wish(browser: &mut Browser, holder: &Holder, insurer: Insurer, address: Option<&str>) -> String {
    let page = browser.form("/links/add", &papers(holder, insurer, address)).await;
    page.location().unwrap_or_else(|| panic!("{}", page.text)).to_owned()
}

fn papers<'a>(holder: &'a Holder, insurer: Insurer, address: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let (who, period) = (&holder.person.person, newest(&holder.person, insurer));
    let own = [
        ("symbol", period.symbol.as_deref().unwrap_or_default()),
        ("number", &period.number),
        ("branch", period.branch.as_deref().unwrap_or_default()),
        ("name", &who.name),
        ("kana", &who.kana),
        ("sex", who.sex.code()),
        ("address", address.or(who.address.as_deref()).unwrap_or_default()),
    ];
    let mut fields: Vec<(&str, &str)> = filled(insurer, &own);
    fields.retain(|(name, _)| *name != "birth");
    // The form takes a date as it is written in any way.
    fields.push(("birth", who.birth.to_string().leak()));
    fields
}

fn newest(person: &Resident, insurer: Insurer) -> &Coverage {
    let own = person.coverages.iter().filter(|period| period.insurer.to_string() == insurer.number());
    own.max_by_key(|period| period.valid_from).unwrap()
}

/// A wish that nobody waits for any more while the insurer is silent: what stands in its row is what a crash would leave.
async fn lost(world: &World, browser: &mut Browser, holder: &Holder) {
    world.node(Insurer::National).line.lead(To::Silence);
    let under_way = async {
        let sql = "SELECT sending_until FROM linking WHERE resident_id = $1 AND sending_until IS NOT NULL";
        while world.app.db.fetch_all(sql, params![holder.resident.bytes()]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let form = papers(holder, Insurer::National, None);
    tokio::select! {
        () = under_way => {}
        page = browser.form("/links/add", &form) => panic!("{}", page.text),
        () = tokio::time::sleep(Duration::from_secs(60)) => panic!("no wish is under way"),
    }
}

/// Both insurers take a file of these residents' check-ups.
pub(super) async fn examined(world: &World, people: &[&Resident]) {
    for node in &world.nodes {
        let mut text =
            "保険者番号,記号,番号,枝番,氏名,生年月日,性別,実施年月日,健診機関番号,健診機関名,9N001000000000001\r\n"
                .to_owned();
        for resident in people {
            let (who, period) = (&resident.person, newest(resident, node.insurer));
            let (symbol, branch) =
                (period.symbol.as_deref().unwrap_or_default(), period.branch.as_deref().unwrap_or_default());
            text += &format!(
                "{},{symbol},{},{branch},{},{},{},2026-06-01,3710199997,架空内科クリニック,165\r\n",
                period.insurer.padded(),
                period.number,
                who.kana,
                who.birth,
                who.sex.code()
            );
        }
        let app = insurer::App::open(&node.config, world.clock.clone()).await.unwrap();
        insurer::import::take(&app, Kind::Checkups, text.into(), COMMAND_LINE).await.unwrap();
        app.database().close().await;
    }
}
