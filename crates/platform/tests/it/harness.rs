//! A region for one test: a platform on one database engine, two insurers, the residents that everybody knows by name,
//! and a clinic with a clerk.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::Router;
use db::testing::TestDatabase;
use health::{Coverage, coverage_csv};
use jiff::{SignedDuration, Timestamp};
use platform::{
    App, Config,
    card::issue::{self, Joining},
    config,
    exchange::fetch::pseudonym,
    ids::{ConsentId, ResidentId},
    office::staff::{self, Newcomer},
    purpose::Purpose,
    store::{institution::Institution, link::Link},
};
use region::{Named, Region, Resident};
use web::{Clock, clock::japan_date};

use crate::{
    browser::Browser,
    holder::{self, Holder},
    node::{Insurer, Node, PLATFORM},
    region_keys,
};

pub(crate) const PORTAL: &str = "http://portal.localhost:8080";
pub(crate) const CLINIC: &str = "http://clinic.localhost:8080";
pub(crate) const OFFICE: &str = "http://office.localhost:8080";
pub(crate) const CLINIC_NAME: &str = "架空内科クリニック";
pub(crate) const OPERATOR: &str = "jimukyoku";
pub(crate) const CLERK: &str = "uketsuke";

/// How long an insurer may take: more than a busy machine needs.
const DEADLINE_MILLIS: u64 = 20_000;

/// A platform with everything around it.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    pub(crate) database: TestDatabase,
    pub(crate) nodes: [Node; 2],
    residents: Vec<(Resident, Joining)>,
    folder: PathBuf,
}

/// One world for each database engine at hand, in which it is noon on a November Sunday.
pub(crate) async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for database in db::testing::databases().await.unwrap() {
        let clock = Clock::fixed("2026-11-22T03:00:00Z".parse().unwrap());
        worlds.push(World::new(database, clock, 0).await);
    }
    worlds
}

impl World {
    /// A world with so many residents, the named ones and their families always among them.
    pub(crate) async fn new(database: TestDatabase, clock: Clock, residents: u32) -> Self {
        let region = region::Config { seed: 1, residents, today: japan_date(clock.now()) };
        Self::of(database, clock, Region::new(region).unwrap().residents().collect()).await
    }

    /// A world with these residents.
    pub(crate) async fn of(database: TestDatabase, clock: Clock, residents: Vec<Resident>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("ssc_platform_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let app = App::open(config(&database.url, &["https://none", "https://none"]), clock.clone()).await.unwrap();
        staff(&app).await;
        let residents: Vec<_> = residents.into_iter().map(|person| (joining(&app, &person), person)).collect();
        let joining: Vec<_> = residents.iter().map(|(joining, _)| joining.clone()).collect();
        issue::enrol(&app.db, &joining, clock.now()).await.unwrap();
        let files = Insurer::ALL.map(|insurer| coverage_file(insurer, &residents));
        let links = Insurer::ALL.map(|insurer| link_file(&app, insurer, &residents));
        let national = Node::start(Insurer::National, &folder, &clock, [&files[0], &links[0]]).await;
        let company = Node::start(Insurer::Company, &folder, &clock, [&files[1], &links[1]]).await;
        let addresses = [national.config.address.as_str(), company.config.address.as_str()];
        let config = config(&database.url, &addresses);
        app.db.close().await;
        let app = App::open(config, clock.clone()).await.unwrap();
        let residents = residents.into_iter().map(|(joining, person)| (person, joining)).collect();
        Self { app, clock, database, nodes: [national, company], residents, folder }
    }

    /// A key store's file of this world alone, for whoever may change it: the region's is shared by all tests.
    pub(crate) fn own_keys(&self) -> config::KeyStore {
        let folder = self.folder.join(hex::encode(self.app.random.bytes::<8>()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["platform.keys", "credential"] {
            fs::copy(region_keys::folder().join(name), folder.join(name)).unwrap();
        }
        region_keys::platform_keys(&folder)
    }

    /// The same platform, started with another configuration.
    pub(crate) async fn reopened(&self, change: impl FnOnce(&mut Config)) -> Arc<App> {
        let mut config = self.app.config.clone();
        change(&mut config);
        App::open(config, self.clock.clone()).await.unwrap()
    }

    pub(crate) fn router(&self) -> Router {
        platform::router(&self.app)
    }

    /// A browser at the residents' portal.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router(), PORTAL)
    }

    /// A browser at the clinic portal, with the clerk logged in.
    pub(crate) async fn clerk(&self) -> Browser {
        let mut browser = Browser::new(self.router(), CLINIC);
        let page = browser.form("/login/demo", &[("login_name", CLERK)]).await;
        assert_eq!(page.location(), Some("/reception"));
        browser
    }

    /// A browser at the office's portal, with its operator logged in.
    pub(crate) async fn operator(&self) -> Browser {
        let mut browser = Browser::new(self.router(), OFFICE);
        let page = browser.form("/login/demo", &[("login_name", OPERATOR)]).await;
        assert_eq!(page.location(), Some("/services"), "{}", page.text);
        browser
    }

    /// A resident with a card and a PIN.
    pub(crate) async fn holder(&self, named: Named) -> Holder {
        let holder = self.holder_without_pin(named);
        holder.set_pin(&self.app, named.pin()).await;
        holder
    }

    /// A resident whose card was written, and whose PIN was not set.
    pub(crate) fn holder_without_pin(&self, named: Named) -> Holder {
        let found = self.residents.iter().find(|(person, _)| person.named == Some(named));
        let (person, joining) = found.unwrap();
        holder::issue(&self.app, person.clone(), joining)
    }

    /// A resident whose card was written, whoever they are.
    pub(crate) fn holder_of(&self, person: &Resident) -> Holder {
        let (_, joining) = self.residents.iter().find(|(known, _)| known.key == person.key).unwrap();
        holder::issue(&self.app, person.clone(), joining)
    }

    pub(crate) fn residents(&self) -> impl Iterator<Item = &(Resident, Joining)> {
        self.residents.iter()
    }

    pub(crate) fn node(&self, insurer: Insurer) -> &Node {
        self.nodes.iter().find(|node| node.insurer == insurer).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time passes.
    pub(crate) fn wait(&self, time: SignedDuration) {
        self.clock.set(self.now() + time);
    }

    /// Changes the platform's database behind its back; `true` where a row was changed.
    pub(crate) async fn tamper(&self, sql: &'static str, values: Vec<db::Value>) -> bool {
        db::transaction!(self.app.db, |tx| { tx.execute(sql, values.clone()).await? }).unwrap() > 0
    }

    /// Outcomes of the whole log of disclosures, oldest first.
    pub(crate) async fn outcomes(&self) -> Vec<String> {
        let sql = "SELECT outcome FROM audit_entry ORDER BY number";
        let rows = self.app.db.fetch_all(sql, vec![]).await.unwrap();
        rows.iter().map(|row| row.get("outcome").unwrap()).collect()
    }

    /// What the relay knows of cards, links and consents, to be compared with later.
    pub(crate) async fn relay(&self) -> Vec<String> {
        let sql = "SELECT state || '/' || tries_left || '/' || write_count AS line FROM card UNION ALL \
             SELECT provider || '/' || generation FROM link WHERE ended_at IS NULL UNION ALL \
             SELECT purpose || '/' || given_at FROM consent WHERE withdrawn_at IS NULL ORDER BY line";
        let rows = self.app.db.fetch_all(sql, vec![]).await.unwrap();
        rows.iter().map(|row| row.get("line").unwrap()).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn config(database: &str, addresses: &[&str; 2]) -> Config {
    let folder = region_keys::folder();
    let insurer = |(insurer, address): (Insurer, &&str)| config::Insurer {
        number: insurer.number().to_owned(),
        entity: insurer.entity().to_owned(),
        name: insurer.name().to_owned(),
        name_en: format!("English {}", insurer.service()),
        service: insurer.service().to_owned(),
        address: (*address).to_owned(),
        domain: None,
        services_by_key: false,
        signing_certificate: folder.join(format!("{}-sign.pem", insurer.number())),
        encryption_certificate: folder.join(format!("{}-decrypt.pem", insurer.number())),
    };
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        portal_origin: PORTAL.to_owned(),
        clinic_origin: CLINIC.to_owned(),
        office_origin: Some(OFFICE.to_owned()),
        database: database.to_owned(),
        keys: region_keys::platform_keys(folder),
        exchange: config::Exchange {
            entity: PLATFORM.to_owned(),
            certificate: folder.join("exchange.pem"),
            private_key: folder.join("exchange.key"),
            authority: folder.join("authority.pem"),
            deadline_millis: DEADLINE_MILLIS,
            old_after_days: 35,
        },
        insurer: Insurer::ALL.into_iter().zip(addresses).map(insurer).collect(),
        idp: config::Idp::default(),
        tls: None,
        demo_login: true,
    }
}

/// The clinic joins, and takes on a clerk; the office has an operator.
async fn staff(app: &App) {
    let clinic = Institution { code: "3710199997".to_owned(), name: CLINIC_NAME.to_owned() };
    staff::join(app, std::slice::from_ref(&clinic)).await.unwrap();
    let newcomer =
        Newcomer { institution: clinic.code, login_name: CLERK.to_owned(), display_name: "受付 花子".to_owned() };
    staff::invite(app, newcomer).await.unwrap();
    staff::invite_operator(app, OPERATOR.to_owned(), "事務局 太郎".to_owned()).await.unwrap();
}

fn joining(app: &App, person: &Resident) -> Joining {
    let now = app.clock.now();
    let insured_by = |number: &str| person.coverages.iter().any(|period| period.insurer.to_string() == number);
    let providers = Insurer::ALL.into_iter().filter(|insurer| insured_by(insurer.number()));
    Joining {
        resident: ResidentId::new(app.random.row_id(now)),
        card: holder::card_id(person.key),
        providers: providers.map(|insurer| insurer.entity().to_owned()).collect(),
        consents: Purpose::ALL.map(|purpose| (ConsentId::new(app.random.row_id(now)), purpose)).to_vec(),
    }
}

/// Whom an insurer insures, as it hands it to its node.
fn coverage_file(insurer: Insurer, residents: &[(Joining, Resident)]) -> String {
    let periods = residents.iter().flat_map(|(_, person)| &person.coverages);
    coverage_csv::write(periods.filter(|period| period.insurer.to_string() == insurer.number()))
}

/// Whom the platform asks for by which pseudonym, as the office would send it to the insurer.
fn link_file(app: &App, insurer: Insurer, residents: &[(Joining, Resident)]) -> String {
    let mut file = "仮名,記号,番号,枝番,生年月日,氏名\n".to_owned();
    for (joining, person) in residents {
        let mut periods: Vec<&Coverage> =
            person.coverages.iter().filter(|period| period.insurer.to_string() == insurer.number()).collect();
        periods.dedup_by_key(|period| period.enrolment());
        let link = Link { provider: insurer.entity().to_owned(), generation: 1 };
        for period in periods {
            let pseudonym = pseudonym(&app.keys, joining.resident, &link).unwrap();
            let (symbol, branch) = (period.symbol.as_deref(), period.branch.as_deref());
            file.push_str(&format!(
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
    file
}
