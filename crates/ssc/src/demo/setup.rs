//! The first start: an authority, key stores, a region, cards, and the insurers' files, all through the real doors.

use std::{fs, path::Path, sync::Arc};

use anyhow::Context;
use card::{
    CardId, Idm,
    issuing::{self, Personalisation},
    protocol::{CardSecret, Pin, agent},
    reader::{InProcess, connect_any},
    virtual_card::{LiteS, Tag},
};
use health::Coverage;
use insurer::import::Kind;
use platform::{
    App,
    app::key,
    card::issue::{self, Joining},
    exchange::fetch::pseudonym,
    ids::{ConsentId, ResidentId},
    office::staff::{self, Newcomer},
    purpose::Purpose,
    store::{institution::Institution, link::Link},
};
use region::{Named, Region, Resident};
use web::{Clock, clock::japan_date};

use super::{
    configs,
    layout::{INSURERS, Layout, READERS},
    people::{Holder, Papers, People},
    progress::Progress,
};

/// The seed of every demonstration: the same region each time.
const SEED: u64 = 370_015;

/// Residents of a region whose size nobody asked for.
const RESIDENTS: u32 = 2_000;

/// Residents who are stored in one transaction.
const BATCH: usize = 5_000;

/// The login name of whoever runs the office.
const OPERATOR: &str = "jimukyoku";

/// Who works at each insurer's console: one brings files, the other approves.
const CLERKS: [(&str, &str); 2] = [("shikaku", "資格係 春子"), ("kacho", "保険課長 秋夫")];

/// The PIN of the resident whom nothing else needs, to be locked in tests.
const SPARE_PIN: &str = "482916";

/// The role of a resident who is insured in the scheme for the late elderly, and their PIN.
const ELDER: &str = "elder";
const ELDER_PIN: &str = "350714";

/// Residents who have a card and are known to no insurer yet, with their PINs: of the first two families, one each.
const NEWCOMERS: [(u32, &str, &str); 2] =
    [(Named::Householder.key() + 1, "newcomer", "374159"), (Named::Employee.key() + 1, "family", "862047")];

/// Makes everything, unless it is there.
pub(crate) async fn set_up(layout: &Layout, residents: Option<u32>) -> anyhow::Result<People> {
    if let Ok(text) = fs::read_to_string(layout.people()) {
        let people: People = serde_json::from_str(&text).with_context(|| {
            let dir = layout.dir.display();
            format!("people.json is not readable: remove the folder {dir} to begin anew")
        })?;
        same_port(layout)?;
        same_size(layout, &people, residents)?;
        return Ok(people);
    }
    clear(layout)?;
    for folder in [layout.platform(), layout.cards(), layout.pcsc(), layout.logs()] {
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let clock = Clock::System;
    configs::write(layout, clock.now())?;
    let app = App::open(crate::serve::read_config(&configs::platform_file(layout))?, clock.clone()).await?;

    let region = plan(residents.unwrap_or(RESIDENTS), &clock)?;
    let progress = Progress::new(u64::from(region.size()));
    let (clinic, clerk) = staff(&app).await?;
    let (links, holders) = enrol(&app, layout, &region, &progress).await?;
    insure(layout, &region, links, &progress).await?;
    app.db.close().await;

    let people = People {
        residents_total: region.size(),
        clinic_name: clinic.name,
        clinic_code: clinic.code,
        clerk,
        operator: OPERATOR.to_owned(),
        insurer_clerks: CLERKS.map(|(login_name, _)| login_name.to_owned()).to_vec(),
        residents: holders,
    };
    fs::write(layout.people(), serde_json::to_string_pretty(&people)?)?;
    progress.done();
    Ok(people)
}

/// Empties the folder of what an unfinished start left behind. What no demonstration made is never removed.
fn clear(layout: &Layout) -> anyhow::Result<()> {
    let dir = layout.dir.display();
    let used = fs::read_dir(&layout.dir).is_ok_and(|mut inside| inside.next().is_some());
    if used {
        anyhow::ensure!(layout.mark().exists(), "{dir} holds other things than a demonstration: name an empty folder");
        fs::remove_dir_all(&layout.dir).with_context(|| format!("clearing {dir}"))?;
    }
    fs::create_dir_all(&layout.dir).with_context(|| format!("making {dir}"))?;
    let mark = "A demonstration, made by `ssc demo`. The whole folder may be removed at any time.\n";
    fs::write(layout.mark(), mark).with_context(|| format!("writing into {dir}"))
}

/// A failure by which a region shows that another version has made it, with what to do about that. Any other stays as it is.
pub(super) fn or_begin_anew(layout: &Layout, error: anyhow::Error) -> anyhow::Error {
    let text = format!("{error:#}");
    if !SIGNS_OF_ANOTHER_VERSION.iter().any(|sign| text.contains(sign)) {
        return error;
    }
    let dir = layout.dir.display();
    anyhow::anyhow!(
        "{text}: the region in {dir} was made by another version of ssc, or was edited: remove the folder to begin anew"
    )
}

/// What a process that does not start, or we ourselves, say of tables and of a file of other times.
const SIGNS_OF_ANOTHER_VERSION: [&str; 3] =
    ["has changed since it ran on this database", "unknown field", "missing field"];

/// Addresses are part of what was made: of the configurations, and of every PIN's registration.
fn same_port(layout: &Layout) -> anyhow::Result<()> {
    let made = crate::serve::read_config(&configs::platform_file(layout))?.listen.port();
    let dir = layout.dir.display();
    anyhow::ensure!(
        made == layout.port,
        "the region in {dir} was made for port {made}: start it with --port {made}, or remove the folder to begin anew"
    );
    Ok(())
}

/// A region is made once, with all its residents.
fn same_size(layout: &Layout, people: &People, asked: Option<u32>) -> anyhow::Result<()> {
    let Some(asked) = asked else { return Ok(()) };
    let (made, dir) = (people.residents_total, layout.dir.display());
    // A small number is raised to the fewest that a region can have.
    anyhow::ensure!(
        made == asked || made == plan(asked, &Clock::System)?.size(),
        "the region in {dir} was made with {made} residents: start it without --residents, or remove the folder to begin anew"
    );
    Ok(())
}

fn plan(residents: u32, clock: &Clock) -> anyhow::Result<Region> {
    Ok(Region::new(region::Config { seed: SEED, residents, today: japan_date(clock.now()) })?)
}

/// The institutions join, the demonstration's clinic gets a clerk, and the office somebody who runs it.
async fn staff(app: &App) -> anyhow::Result<(Institution, String)> {
    let listed = region::institutions().into_iter();
    let institutions: Vec<_> = listed.map(|one| Institution { code: one.code.to_string(), name: one.name }).collect();
    staff::join(app, &institutions).await?;
    let clinic = institutions.into_iter().next().context("the region has a clinic")?;
    let login_name = "uketsuke".to_owned();
    let newcomer = Newcomer {
        institution: clinic.code.clone(),
        login_name: login_name.clone(),
        display_name: "受付 花子".to_owned(),
    };
    staff::invite(app, newcomer).await?;
    staff::invite_operator(app, OPERATOR.to_owned(), "事務局 太郎".to_owned()).await?;
    Ok((clinic, login_name))
}

/// The lines of a link file under way, for each insurer.
type LinkFiles = Vec<Vec<String>>;

/// Every resident joins with a card and the consents of the application form; a few get their card into the drawer.
async fn enrol(
    app: &Arc<App>,
    layout: &Layout,
    region: &Region,
    progress: &Progress,
) -> anyhow::Result<(LinkFiles, Vec<Holder>)> {
    let mut links: LinkFiles = INSURERS.iter().map(|_| Vec::new()).collect();
    let mut drawer = Vec::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut unnamed = Unnamed { elder: true, spare: true };
    for person in region.residents() {
        let (joining, key) = (joining(app, &person), person.key);
        add_links(app, &joining, &person, &mut links)?;
        if let Some(card) = card_of(&person, &mut unnamed) {
            drawer.push((card, person, joining.card));
        }
        batch.push(joining);
        if batch.len() == BATCH {
            issue::enrol(&app.db, &batch, app.clock.now()).await?;
            progress.step("residents", u64::from(key));
            batch.clear();
        }
    }
    issue::enrol(&app.db, &batch, app.clock.now()).await?;
    drawer.sort_by_key(|(_, person, _)| person.named.is_none());
    let mut holders = Vec::new();
    for ((role, pin), person, card) in drawer {
        write_card(app, layout, (role, &card), pin).await.with_context(|| format!("issuing the card {role}"))?;
        let papers = newcomer(&person).and_then(|_| Papers::of(&person));
        let (role, pin) = (role.to_owned(), pin.to_owned());
        holders.push(Holder { card: role.clone(), role, name: person.person.name, pin, papers });
    }
    Ok((links, holders))
}

/// Role and PIN of a resident who gets a card into the drawer.
fn card_of(person: &Resident, unnamed: &mut Unnamed) -> Option<(&'static str, &'static str)> {
    let named = person.named.map(|named| (role(named), named.pin()));
    let unnamed = || unnamed.take(person).map(|role| (role, if role == ELDER { ELDER_PIN } else { SPARE_PIN }));
    named.or_else(|| newcomer(person)).or_else(unnamed)
}

fn newcomer(person: &Resident) -> Option<(&'static str, &'static str)> {
    NEWCOMERS.iter().find(|(key, ..)| *key == person.key).map(|(_, role, pin)| (*role, *pin))
}

/// Which residents without a fixed name are still looked for: the first of each kind gets a card into the drawer.
struct Unnamed {
    elder: bool,
    spare: bool,
}

impl Unnamed {
    fn take(&mut self, person: &Resident) -> Option<&'static str> {
        let old = person.coverages.first()?.insurer.to_string() == region::LATE_ELDERLY;
        let wanted = if old { &mut self.elder } else { &mut self.spare };
        std::mem::take(wanted).then_some(if old { ELDER } else { "spare" })
    }
}

fn role(named: Named) -> &'static str {
    match named {
        Named::Householder => "nhi",
        Named::Employee => "khi",
        Named::Changed => "changed",
        Named::Lapsed => "lapsed",
    }
}

fn joining(app: &App, person: &Resident) -> Joining {
    let now = app.clock.now();
    let [a, b, c, d] = person.key.to_be_bytes();
    let idm = Idm::from_bytes([0x01, 0x2E, 0x3C, 0xFA, a, b, c, d]);
    let insured_by = |number: &str| person.coverages.iter().any(|period| period.insurer.to_string() == number);
    let known = newcomer(person).is_none();
    let providers = INSURERS.iter().filter(|insurer| known && insured_by(insurer.number));
    Joining {
        resident: ResidentId::new(app.random.row_id(now)),
        card: CardId::new(idm, [0x00, 0x53], [0x09, 0x99, a, b, c, d]),
        providers: providers.map(|insurer| insurer.entity.to_owned()).collect(),
        consents: Purpose::ALL.map(|purpose| (ConsentId::new(app.random.row_id(now)), purpose)).to_vec(),
    }
}

/// Writes a resident's pseudonym beside their number at each insurer that holds something.
fn add_links(app: &App, joining: &Joining, person: &Resident, links: &mut LinkFiles) -> anyhow::Result<()> {
    for (insurer, file) in INSURERS.iter().zip(links) {
        let mut periods: Vec<&Coverage> =
            person.coverages.iter().filter(|period| period.insurer.to_string() == insurer.number).collect();
        periods.sort_by_key(|period| period.enrolment());
        periods.dedup_by_key(|period| period.enrolment());
        if periods.is_empty() || newcomer(person).is_some() {
            continue;
        }
        let link = Link { provider: insurer.entity.to_owned(), generation: 1 };
        let pseudonym = pseudonym(&app.keys, joining.resident, &link)?;
        for period in periods {
            let (symbol, branch) = (period.symbol.as_deref(), period.branch.as_deref());
            file.push(format!(
                "{},{},{},{},{},{}\n",
                pseudonym.as_str(),
                symbol.unwrap_or_default(),
                period.number,
                branch.unwrap_or_default(),
                person.person.birth,
                person.person.name
            ));
        }
    }
    Ok(())
}

/// Issues a virtual card as the issuing room does, sets its PIN, and puts it into the drawer.
async fn write_card(app: &App, layout: &Layout, (name, id): (&str, &CardId), pin: &str) -> anyhow::Result<()> {
    let mut readers = InProcess::new(&[READERS[0]]);
    readers.insert(READERS[0], LiteS::factory(id.idm()).into());
    let secret = CardSecret::from_bytes(app.random.bytes());
    let card_key = app.keys.issuing_room().card_key(key::CARD, id, issue::NEW.key_version)?;
    let plan = Personalisation { id: *id, ckv: issue::NEW.key_version, key: &card_key, secret: &secret };
    let mut session = connect_any(&mut readers, None)?;
    issuing::issue(&mut session, &plan, &mut |bytes| app.random.fill(bytes))?;
    drop(session);

    let pin: Pin = pin.parse()?;
    let mut rng = rand::rngs::OsRng;
    let (enrolment, request) = agent::enrol(&pin, &secret, &mut rng)?;
    let response = issue::answer_pin(app, id, &request)?;
    let upload = enrolment.finish(&response, id, &app.portal_origin, &mut rng)?;
    issue::set_pin(app, id, &upload).await?;

    let mut tag: Tag = readers.remove(READERS[0]).context("the issued card")?;
    tag.save_as(&layout.card(name))?;
    Ok(())
}

/// Each insurer takes its own files, through the same door as any other day.
async fn insure(layout: &Layout, region: &Region, links: LinkFiles, progress: &Progress) -> anyhow::Result<()> {
    let files = region.files(&mut |done| progress.step("coverage", u64::from(done)));
    let coverage = [files.national, files.company, files.transit, files.late_elderly];
    for ((insurer, links), coverage) in INSURERS.iter().zip(links).zip(coverage) {
        let links = link_file(links);
        let folder = layout.insurer(insurer);
        let inbox = folder.join("inbox");
        fs::create_dir_all(&inbox)?;
        put(&inbox.join("coverage.csv"), &coverage)?;
        put(&inbox.join("links.csv"), &links)?;
        progress.step(insurer.name, 0);
        let config = insurer::Config::read(&folder.join("insurer.toml"))?;
        let app = insurer::App::open(&config, Clock::System).await?;
        // In a region of a few residents somebody may insure nobody.
        if coverage.lines().nth(1).is_some() {
            insurer::import::coverage(&app, coverage.as_bytes()).await.context(insurer.name)?;
            insurer::import::links(&app, links.as_bytes()).await.context(insurer.name)?;
            hand_in(&app, &inbox, region.records(insurer.number.parse()?)).await.context(insurer.name)?;
        }
        for (login_name, name) in CLERKS {
            insurer::console::invite(&app, login_name, name).await.context(insurer.name)?;
        }
        app.database().close().await;
    }
    Ok(())
}

/// Check-ups, expenses and dummy pensions of the residents whom one meets by name.
async fn hand_in(app: &insurer::App, inbox: &Path, files: region::RecordFiles) -> anyhow::Result<()> {
    for (kind, name, file) in [
        (Kind::Checkups, "check-ups.csv", files.checkups),
        (Kind::Expenses, "expenses.csv", files.expenses),
        (Kind::Pension, "pensions.csv", files.pensions),
    ] {
        if let Some(text) = file {
            put(&inbox.join(name), &text)?;
            insurer::import::take(app, kind, text.into(), insurer::import::COMMAND_LINE).await?;
        }
    }
    Ok(())
}

/// The link file in the order of its pseudonyms: that of the lines would be the order in which residents joined, and lead
/// from a row at the relay to a row at an insurer.
fn link_file(mut lines: Vec<String>) -> String {
    lines.sort_unstable();
    format!("仮名,記号,番号,枝番,生年月日,氏名\n{}", lines.concat())
}

fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    super::layout::write_secret(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_file_is_in_the_order_of_its_pseudonyms() {
        let file = link_file(["p3,,1,,,\n", "p1,,2,,,\n", "p2,,3,,,\n"].map(str::to_owned).into());

        let (_header, lines) = file.split_once('\n').unwrap();
        assert_eq!(lines, "p1,,2,,,\np2,,3,,,\np3,,1,,,\n");
    }
}
