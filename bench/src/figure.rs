//! One measured value, beside what the same machine reached in the same run, and the table of them all.

use std::{fmt::Write as _, path::Path};

use serde::Serialize;

/// A measured value.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Reference>,
    /// `value / reference`: what stays the same from machine to machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
}

/// What the machine reaches where nothing of ours is in the way, in the unit of the figure.
#[derive(Debug, Serialize)]
struct Reference {
    name: &'static str,
    value: f64,
}

/// What the figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// This, as a ratio to what stands beside, or more.
    RatioAtLeast(f64),
}

impl Figure {
    /// A value alone.
    pub(crate) fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, value, unit, reference: None, ratio: None, alone: None, goal: None, met: None }
    }

    /// Beside what the same run reached otherwise.
    pub(crate) fn beside(self, name: &'static str, value: f64) -> Self {
        let ratio = Some(self.value / value).filter(|ratio| ratio.is_finite());
        Self { reference: Some(Reference { name, value }), ratio, ..self }
    }

    /// With a word on why nothing stands beside it.
    pub(crate) fn alone(self, why: &'static str) -> Self {
        Self { alone: Some(why), ..self }
    }

    /// With what it should be. Whether it is, is shown and never asserted: a busy machine is no fault.
    pub(crate) fn goal(self, goal: Goal) -> Self {
        let met = match goal {
            Goal::AtLeast(least) => self.value >= least,
            Goal::AtMost(most) => self.value <= most,
            Goal::RatioAtLeast(least) => self.ratio.is_some_and(|ratio| ratio >= least),
        };
        Self { goal: Some(goal), met: Some(met), ..self }
    }

    fn row(&self) -> [String; 5] {
        let reference = self.reference.as_ref().map(|beside| format!("{} {}", number(beside.value), beside.name));
        let goal = self.goal.map(|goal| match goal {
            Goal::AtLeast(least) => format!("≥ {}", number(least)),
            Goal::AtMost(most) => format!("≤ {}", number(most)),
            Goal::RatioAtLeast(least) => format!("ratio ≥ {}", number(least)),
        });
        let missed = if self.met == Some(false) { "   missed" } else { "" };
        [
            self.name.to_owned(),
            format!("{} {}", number(self.value), self.unit),
            reference.or(self.alone.map(str::to_owned)).unwrap_or_default(),
            self.ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default(),
            goal.unwrap_or_default() + missed,
        ]
    }
}

/// The table, for a person.
pub(crate) fn table(figures: &[Figure]) -> String {
    let head = ["figure", "value", "beside", "ratio", "goal"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(figures.iter().map(Figure::row)).collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        for (width, cell) in widths.iter().zip(row) {
            // Writing into a string cannot fail.
            let _ = write!(text, "  {cell:width$}");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// Writes the figures for a machine.
pub(crate) fn write_json(figures: &[Figure], path: &Path) -> anyhow::Result<()> {
    std::fs::write(path, serde_json::to_string_pretty(figures)? + "\n")?;
    Ok(())
}

/// Three digits that matter, and no more.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_whether_its_goal_is_met_and_how_far_it_is_from_the_reference() {
        let slow = Figure::new("checks", 150.0, "/s").beside("signatures/s", 600.0).goal(Goal::AtLeast(300.0));
        assert_eq!((slow.ratio, slow.met), (Some(0.25), Some(false)));
        let small = Figure::new("memory", 40.5, "MB").goal(Goal::AtMost(100.0));
        assert_eq!((small.ratio, small.met), (None, Some(true)));
        let text = table(&[slow, small]);
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains("≥ 300   missed") && text.contains("40.5 MB"));
    }
}
