//! Two ways to load a region: as much as it takes, and as much as we say.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::ensure;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::task::JoinSet;

use crate::{cards::Card, desk::Desk, reference::Tally};

/// Desks, and the cards that come to them in turn.
#[derive(Clone)]
pub(crate) struct Clinic {
    pub(crate) desks: Vec<Arc<Desk>>,
    pub(crate) cards: Arc<Vec<Card>>,
    next: Arc<AtomicUsize>,
}

/// What the desks saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Checks that were answered right, and over how long.
    pub(crate) tally: Tally,
    /// How long each took, shortest first.
    times: Vec<Duration>,
}

impl Clinic {
    pub(crate) fn new(desks: Vec<Arc<Desk>>, cards: Vec<Card>) -> anyhow::Result<Self> {
        ensure!(!cards.is_empty(), "nobody in the region is insured");
        Ok(Self { desks, cards: Arc::new(cards), next: Arc::default() })
    }

    /// Every desk checks one card after the other, without a pause.
    pub(crate) async fn saturate(&self, time: Duration) -> anyhow::Result<Seen> {
        let begun = Instant::now();
        self.each(begun, move |_, desk, clinic| async move {
            let mut times = Vec::new();
            while begun.elapsed() < time {
                times.push(desk.check(clinic.next_card()?).await?);
            }
            Ok(times)
        })
        .await
    }

    /// So many checks a second over all desks, each desk at its own uneven pace. A check that must wait for the one
    /// before it at its desk counts from the moment when the card should have been put down.
    pub(crate) async fn pace(&self, per_second: f64, time: Duration) -> anyhow::Result<Seen> {
        let period = self.desks.len() as f64 / per_second;
        let begun = Instant::now();
        self.each(begun, move |number, desk, clinic| async move {
            let mut chance = StdRng::seed_from_u64(number as u64);
            let mut times = Vec::new();
            let mut due = period * chance.r#gen::<f64>();
            while due < time.as_secs_f64() {
                let due_at = begun + Duration::from_secs_f64(due);
                tokio::time::sleep_until(due_at.into()).await;
                let late = due_at.elapsed();
                times.push(late + desk.check(clinic.next_card()?).await?);
                due += period * chance.gen_range(0.5..1.5);
            }
            Ok(times)
        })
        .await
    }

    async fn each<F>(&self, begun: Instant, work: impl Fn(usize, Arc<Desk>, Self) -> F) -> anyhow::Result<Seen>
    where
        F: Future<Output = anyhow::Result<Vec<Duration>>> + Send + 'static,
    {
        let mut running = JoinSet::new();
        for (number, desk) in self.desks.iter().enumerate() {
            running.spawn(work(number, Arc::clone(desk), self.clone()));
        }
        let mut times = Vec::new();
        while let Some(desk) = running.join_next().await {
            times.extend(desk??);
        }
        times.sort_unstable();
        let seconds = begun.elapsed().as_secs_f64();
        let tally = Tally { count: times.len() as u64, seconds, processor_seconds: 0.0 };
        Ok(Seen { tally, times })
    }

    fn next_card(&self) -> anyhow::Result<&Card> {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % self.cards.len();
        self.cards.get(place).ok_or_else(|| anyhow::anyhow!("there are no cards"))
    }
}

impl Seen {
    /// Takes in what was seen at another time.
    pub(crate) fn add(&mut self, more: Self) {
        self.tally += more.tally;
        self.times.extend(more.times);
        self.times.sort_unstable();
    }

    /// The time, in milliseconds, within which this part of the checks was answered.
    pub(crate) fn millis(&self, part: f64) -> f64 {
        let place = (self.times.len() as f64 * part).ceil() as usize;
        let time = self.times.get(place.saturating_sub(1)).copied().unwrap_or_default();
        time.as_secs_f64() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_checks_is_counted_from_the_shortest() {
        let mut seen = Seen::default();
        let times = |millis: std::ops::RangeInclusive<u64>| millis.map(Duration::from_millis).collect();
        seen.add(Seen { times: times(51..=100), ..Seen::default() });
        seen.add(Seen { times: times(1..=50), ..Seen::default() });
        assert_eq!([0.5, 0.99, 1.0].map(|part| seen.millis(part)), [50.0, 99.0, 100.0]);
    }
}
