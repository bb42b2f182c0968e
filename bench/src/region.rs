//! The figures of a running region: checks at the reception, memory, the first page, the second start.

use std::{path::Path, time::Duration};

use anyhow::Context;
use db::Db;

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
pub(crate) const NAMES: [&str; 5] = ["eligibility", "memory", "first-page", "second-start", sign_on::NAME];

/// The name of the figures of a region whose databases are at a PostgreSQL.
pub(crate) const POSTGRES: &str = "eligibility-postgres";

/// Names of what is measured of checks: on SQLite, and at a PostgreSQL.
const CHECKS: [&str; 6] = [
    "eligibility",
    "eligibility-cpu",
    "eligibility-p50",
    "eligibility-p99",
    "eligibility-full-p50",
    "eligibility-full-p99",
];
const CHECKS_AT_POSTGRES: [&str; 6] = [
    POSTGRES,
    "eligibility-postgres-cpu",
    "eligibility-postgres-p50",
    "eligibility-postgres-p99",
    "eligibility-postgres-full-p50",
    "eligibility-postgres-full-p99",
];

/// How many residents the region has.
const RESIDENTS: u32 = 2_000;
/// Desks at work at the same time.
const DESKS: usize = 50;
/// Checks a second that two cores should bear.
const GOAL: f64 = 800.0;
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
    let place = Place::new(ssc, scratch, RESIDENTS)?;
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
    if wanted("eligibility") || wanted("memory") {
        let checks = checks(&demo, cards, CHECKS).await?;
        if wanted("eligibility") {
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
    place.remove()?;
    Ok(figures)
}

/// Measures the checks of a region whose databases are at this PostgreSQL, which loses what it has of an earlier run.
pub(crate) async fn measure_at(address: &str, ssc: &Path, scratch: &Path) -> anyhow::Result<Vec<Figure>> {
    let db = Db::open(address).await.context("opening the PostgreSQL")?;
    db::transaction!(db, |tx| {
        for sql in SCHEMAS {
            tx.execute(sql, Vec::new()).await?;
        }
    })?;
    db.close().await;
    let place = Place::new(ssc, scratch, RESIDENTS)?.at_postgres(address);
    place.start()?.stop()?;
    let cards = cards::of_the_insured(&place.platform_config()).await?;
    let demo = place.start()?;
    let figures = checks(&demo, cards, CHECKS_AT_POSTGRES).await?;
    demo.stop()?;
    place.remove()?;
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

/// Eligibility checks through the clinic portal's door.
async fn checks(demo: &Demo, cards: Vec<cards::Card>, names: [&'static str; 6]) -> anyhow::Result<Vec<Figure>> {
    let [rate, cpu, p50, p99, full_p50, full_p99] = names;
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
    Ok(vec![
        Figure::new(rate, full.tally.rate(), "checks/s")
            .beside("raw RSA-2048 signatures/s", reference.rate())
            .goal(Goal::AtLeast(GOAL)),
        Figure::new(cpu, full.tally.processor_millis(), "ms")
            .beside("ms for one RSA-2048 signature", reference.processor_millis()),
        time(p50, &paced, 0.5),
        time(p99, &paced, 0.99).goal(Goal::AtMost(20.0)),
        time(full_p50, &full, 0.5),
        time(full_p99, &full, 0.99),
    ])
}
