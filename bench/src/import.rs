//! A whole city's coverage file, taken by an insurer's node as a process of its own.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use region::Region;
use web::{Clock, clock::japan_date};

use crate::{
    demo::{Memory, Place},
    figure::{Figure, Goal},
};

/// The name of the figure. It takes a minute, so it must be asked for.
pub(crate) const NAME: &str = "import-420000";

/// About as many as live in Takamatsu. All of them are made one insurer's, as if it insured everybody.
const RESIDENTS: u32 = 420_000;

/// A region that is only there for its node.
const SMALL: u32 = 16;

/// How long such a file may take.
const GOAL_SECONDS: f64 = 120.0;

/// How often the memory is looked at; what it held at most in between is counted by the system.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Takes the file.
pub(crate) fn measure(ssc: &Path, scratch: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new(ssc, scratch, SMALL)?;
    place.start()?.stop()?;
    let config = place.insurer_config();
    let folder = config.parent().context("the folder of the node")?;
    // A node without any file before has nothing to compare with.
    for name in ["insurer.db", "insurer.db-wal", "insurer.db-shm"] {
        let path = folder.join(name);
        if path.exists() {
            std::fs::remove_file(path)?;
        }
    }
    let file = folder.join("everybody.csv");
    let rows = everybody(&file)?;

    let begun = Instant::now();
    let mut node = Command::new(ssc)
        .args(["insurer", "--config"])
        .arg(&config)
        .arg("import-coverage")
        .arg(&file)
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("starting {}", ssc.display()))?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = node.try_wait()? {
            break status;
        }
        // A process that has just ended has no memory to look at.
        peak = Memory::of(node.id()).map_or(peak, |memory| memory.peak_bytes.max(peak));
        std::thread::sleep(LOOK_EVERY);
    };
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(status.success(), "the file was not taken: {status}");
    place.remove()?;
    Ok(vec![
        Figure::new(NAME, seconds, "s").goal(Goal::AtMost(GOAL_SECONDS)),
        Figure::new("import-420000-rows", rows as f64 / seconds, "rows/s"),
        Figure::new("import-420000-memory-peak", peak as f64 / 1e6, "MB"),
    ])
}

/// Writes a file with a period of everybody, and says how many rows it has.
fn everybody(file: &Path) -> anyhow::Result<usize> {
    let today = japan_date(Clock::System.now());
    let region = Region::new(region::Config { seed: 1, residents: RESIDENTS, today })?;
    let insurer = region::NATIONAL.parse()?;
    let mut writer = health::coverage_csv::Writer::new();
    let mut rows = 0;
    // Who is insured elsewhere gets the period of somebody who is not, under a number of their own.
    let pattern =
        region.residents().find_map(|resident| resident.coverages.first().cloned()).context("nobody is insured")?;
    for resident in region.residents() {
        let mut period = pattern.clone();
        period.insurer = insurer;
        period.number = format!("{:07}", resident.key);
        period.valid_from = period.valid_from.max(resident.person.birth);
        (period.lost_on, period.loss_reason) = (None, None);
        (period.valid_until, period.issued_on) = (None, None);
        period.person = resident.person;
        writer.row(&period);
        rows += 1;
    }
    std::fs::write(file, writer.finish())?;
    Ok(rows)
}
