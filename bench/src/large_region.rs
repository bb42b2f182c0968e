//! The first start of a region as large as the real city.

use std::path::Path;

use crate::{
    demo::Place,
    figure::{Figure, Goal},
};

/// The name of the figure. It takes a minute, so it must be asked for.
pub(crate) const NAME: &str = "region-420000";

/// About as many as live in Takamatsu.
const RESIDENTS: u32 = 420_000;

/// Makes and starts the region.
pub(crate) fn measure(ssc: &Path, scratch: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new(ssc, scratch, RESIDENTS)?;
    let demo = place.start()?;
    let (seconds, peak) = (demo.started_in.as_secs_f64(), demo.starter_peak_bytes as f64 / 1e6);
    demo.stop()?;
    place.remove()?;
    Ok(vec![
        Figure::new(NAME, seconds, "s").goal(Goal::AtMost(60.0)),
        Figure::new("region-420000-memory-peak", peak, "MB"),
    ])
}
