//! The figures of a running region: checks at the reception, memory, the first page, the second start.

use std::{path::Path, time::Duration};

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

/// How many residents the region has.
const RESIDENTS: u32 = 2_000;
/// Desks at work at the same time.
const DESKS: usize = 50;
/// Checks a second that the region must bear.
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
        let checks = checks(&demo, cards).await?;
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

/// Eligibility checks through the clinic portal's door.
async fn checks(demo: &Demo, cards: Vec<cards::Card>) -> anyhow::Result<Vec<Figure>> {
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
        Figure::new("eligibility", full.tally.rate(), "checks/s")
            .beside("raw RSA-2048 signatures/s", reference.rate())
            .goal(Goal::AtLeast(FLOOR)),
        Figure::new("eligibility-cpu", full.tally.processor_millis(), "ms")
            .beside("ms for one RSA-2048 signature", reference.processor_millis()),
        time("eligibility-p50", &paced, 0.5),
        time("eligibility-p99", &paced, 0.99).goal(Goal::AtMost(50.0)),
        time("eligibility-full-p50", &full, 0.5),
        time("eligibility-full-p99", &full, 0.99),
    ])
}
