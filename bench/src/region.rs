//! The figures of a running region: checks at the reception, memory, the first page, the second start.

use std::{path::Path, time::Duration};

use anyhow::Context;
use db::Db;
use keys::Signature;

use crate::{
    cards,
    demo::{Demo, Place},
    desk,
    figure::{Figure, Goal},
    first_page,
    load::{Clinic, Seen},
    reference::{Signatures, Tally},
    sign_on,
};

/// Names of the figures that need a running region.
pub(crate) const NAMES: [&str; 6] =
    [CHECKS.rate, CHECKS_RSA.rate, "memory", "first-page", "second-start", sign_on::NAME];

/// Names of the figures that need a PostgreSQL too.
pub(crate) const AT_POSTGRES: [&str; 2] = [CHECKS_AT_POSTGRES.rate, CHECKS_RSA_AT_POSTGRES.rate];

/// What is measured of checks: where the databases are, what signs, and the figures' names.
struct Checks {
    signature: Signature,
    /// Checks a second that two cores should bear.
    goal: f64,
    rate: &'static str,
    cpu: &'static str,
    /// Half of the checks, and 99 of 100: of the paced load, and of the full one.
    times: [&'static str; 4],
}

const CHECKS: Checks = Checks {
    signature: Signature::P256,
    goal: 1_500.0,
    rate: "eligibility",
    cpu: "eligibility-cpu",
    times: ["eligibility-p50", "eligibility-p99", "eligibility-full-p50", "eligibility-full-p99"],
};

const CHECKS_RSA: Checks = Checks {
    signature: Signature::Rsa2048,
    goal: 800.0,
    rate: "eligibility-rsa",
    cpu: "eligibility-rsa-cpu",
    times: ["eligibility-rsa-p50", "eligibility-rsa-p99", "eligibility-rsa-full-p50", "eligibility-rsa-full-p99"],
};

const CHECKS_AT_POSTGRES: Checks = Checks {
    rate: "eligibility-postgres",
    cpu: "eligibility-postgres-cpu",
    times: [
        "eligibility-postgres-p50",
        "eligibility-postgres-p99",
        "eligibility-postgres-full-p50",
        "eligibility-postgres-full-p99",
    ],
    ..CHECKS
};

const CHECKS_RSA_AT_POSTGRES: Checks = Checks {
    rate: "eligibility-postgres-rsa",
    cpu: "eligibility-postgres-rsa-cpu",
    times: [
        "eligibility-postgres-rsa-p50",
        "eligibility-postgres-rsa-p99",
        "eligibility-postgres-rsa-full-p50",
        "eligibility-postgres-rsa-full-p99",
    ],
    ..CHECKS_RSA
};

/// How many residents the region has.
const RESIDENTS: u32 = 2_000;
/// Desks at work at the same time.
const DESKS: usize = 50;
/// Checks a second of the paced load.
const FLOOR: f64 = 300.0;
/// Until caches are warm and connections open.
const WARM_UP: Duration = Duration::from_secs(3);
/// Load and reference take turns, so that a neighbour on the machine disturbs both alike.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(5);
const REFERENCE: Duration = Duration::from_secs(1);
/// How long the load of [`FLOOR`] lasts.
const PACED: Duration = Duration::from_secs(15);
/// A megabyte.
const MEGABYTE: f64 = 1_000_000.0;

/// Measures what `wanted` names.
pub(crate) async fn measure(ssc: &Path, scratch: &Path, wanted: &dyn Fn(&str) -> bool) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if NAMES.into_iter().filter(|name| *name != CHECKS_RSA.rate).any(wanted) {
        let place = Place::new(ssc, scratch, RESIDENTS)?;
        figures.extend(of_one_region(&place, wanted).await?);
        place.remove()?;
    }
    if wanted(CHECKS_RSA.rate) {
        let place = Place::new(ssc, scratch, RESIDENTS)?.signing(CHECKS_RSA.signature);
        figures.extend(CHECKS_RSA.measure_at(&place).await?);
        place.remove()?;
    }
    Ok(figures)
}

/// Measures the checks of a region whose databases are at this PostgreSQL, which loses what it has of an earlier run.
pub(crate) async fn measure_at(
    address: &str,
    ssc: &Path,
    scratch: &Path,
    wanted: &dyn Fn(&str) -> bool,
) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for checks in [CHECKS_AT_POSTGRES, CHECKS_RSA_AT_POSTGRES] {
        if wanted(checks.rate) {
            let db = Db::open(address).await.context("opening the PostgreSQL")?;
            db::transaction!(db, |tx| {
                for sql in SCHEMAS {
                    tx.execute(sql, Vec::new()).await?;
                }
            })?;
            db.close().await;
            let place = Place::new(ssc, scratch, RESIDENTS)?.at_postgres(address).signing(checks.signature);
            figures.extend(checks.measure_at(&place).await?);
            place.remove()?;
        }
    }
    Ok(figures)
}

/// What does not need a region of its own.
async fn of_one_region(place: &Place, wanted: &dyn Fn(&str) -> bool) -> anyhow::Result<Vec<Figure>> {
    place.start()?.stop()?;
    let cards = cards::of_the_insured(&place.platform_config()).await?;
    let sessions = sign_on::prepare(&place.platform_config()).await?;
    let demo = place.start()?;
    let mut figures = Vec::new();
    if wanted("second-start") {
        figures.push(
            Figure::new("second-start", demo.started_in.as_secs_f64() * 1000.0, "ms").goal(Goal::AtMost(3_000.0)),
        );
    }
    if wanted("first-page") {
        figures.push(first_page::measure(&demo.ready).await?);
    }
    if wanted(CHECKS.rate) || wanted("memory") {
        let checks = CHECKS.measure(&demo, cards).await?;
        if wanted(CHECKS.rate) {
            figures.splice(0..0, checks);
        }
    }
    if wanted(sign_on::NAME) {
        figures.extend(sign_on::measure(&demo, sessions).await?);
    }
    if wanted("memory") {
        let memory = demo.platform_memory()?;
        let peak = Figure::new("memory-peak", memory.peak_bytes as f64 / MEGABYTE, "MB");
        figures.push(Figure::new("memory", memory.resident_bytes as f64 / MEGABYTE, "MB").goal(Goal::AtMost(100.0)));
        figures.push(peak);
    }
    demo.stop()?;
    Ok(figures)
}

/// What a region needs of a PostgreSQL.
const SCHEMAS: [&str; 10] = [
    "DROP SCHEMA IF EXISTS relay CASCADE",
    "CREATE SCHEMA relay",
    "DROP SCHEMA IF EXISTS insurer_370015 CASCADE",
    "CREATE SCHEMA insurer_370015",
    "DROP SCHEMA IF EXISTS insurer_06379994 CASCADE",
    "CREATE SCHEMA insurer_06379994",
    "DROP SCHEMA IF EXISTS insurer_06379986 CASCADE",
    "CREATE SCHEMA insurer_06379986",
    "DROP SCHEMA IF EXISTS insurer_39372016 CASCADE",
    "CREATE SCHEMA insurer_39372016",
];

impl Checks {
    /// Of a region that is made for it.
    async fn measure_at(&self, place: &Place) -> anyhow::Result<Vec<Figure>> {
        place.start()?.stop()?;
        let cards = cards::of_the_insured(&place.platform_config()).await?;
        let demo = place.start()?;
        let figures = self.measure(&demo, cards).await?;
        demo.stop()?;
        Ok(figures)
    }

    /// Eligibility checks through the clinic portal's door.
    async fn measure(&self, demo: &Demo, cards: Vec<cards::Card>) -> anyhow::Result<Vec<Figure>> {
        let clinic = Clinic::new(desk::open_all(&demo.ready, DESKS).await?, cards)?;
        let signatures = Signatures::new()?;
        let cores = std::thread::available_parallelism()?.get();
        clinic.saturate(WARM_UP).await?;

        let (mut full, mut reference) = (Seen::default(), Tally::default());
        for _ in 0..ROUNDS {
            reference += signatures.run(cores, REFERENCE);
            let before = demo.processor_time()?;
            let mut seen = clinic.saturate(ROUND).await?;
            seen.tally.processor_seconds = (demo.processor_time()? - before).as_secs_f64();
            full.add(seen);
        }
        reference += signatures.run(cores, REFERENCE);
        let paced = clinic.pace(FLOOR, PACED).await?;
        let after = signatures.run(cores, REFERENCE);
        let one_signature_millis = 1000.0 * cores as f64 / after.rate();

        let time = |name, seen: &Seen, part| {
            Figure::new(name, seen.millis(part), "ms").beside("ms for one RSA-2048 signature", one_signature_millis)
        };
        let [p50, p99, full_p50, full_p99] = self.times;
        Ok(vec![
            Figure::new(self.rate, full.tally.rate(), "checks/s")
                .beside("raw RSA-2048 signatures/s", reference.rate())
                .goal(Goal::AtLeast(self.goal)),
            Figure::new(self.cpu, full.tally.processor_millis(), "ms")
                .beside("ms for one RSA-2048 signature", reference.processor_millis()),
            time(p50, &paced, 0.5),
            time(p99, &paced, 0.99).goal(Goal::AtMost(20.0)),
            time(full_p50, &full, 0.5),
            time(full_p99, &full, 0.99),
        ])
    }
}
