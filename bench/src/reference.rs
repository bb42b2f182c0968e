//! What this machine can do at most: raw RSA-2048 signatures, which every message of the exchange needs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PKCS1_SHA256,
};

/// A key that signs for nothing.
#[derive(Clone)]
pub(crate) struct Signatures(Arc<KeyPair>);

/// Something counted over some time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    /// By the clock on the wall.
    pub(crate) seconds: f64,
    /// That processors worked on it, whoever else they worked for.
    pub(crate) processor_seconds: f64,
}

impl Signatures {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(Arc::new(KeyPair::generate(KeySize::Rsa2048).context("making an RSA key")?)))
    }

    /// Signs on so many threads at once, for so long.
    pub(crate) fn run(&self, threads: usize, time: Duration) -> Tally {
        let signers: Vec<_> = (0..threads)
            .map(|_| {
                let key = Arc::clone(&self.0);
                std::thread::spawn(move || sign_for(&key, time))
            })
            .collect();
        let tallies = signers.into_iter().filter_map(|signer| signer.join().ok());
        tallies.fold(Tally::default(), |all, one| Tally {
            count: all.count + one.count,
            seconds: all.seconds.max(one.seconds),
            processor_seconds: all.processor_seconds + one.processor_seconds,
        })
    }
}

impl Tally {
    /// How many in a second.
    pub(crate) fn rate(self) -> f64 {
        self.count as f64 / self.seconds
    }

    /// How many milliseconds a processor works on one.
    pub(crate) fn processor_millis(self) -> f64 {
        1000.0 * self.processor_seconds / self.count as f64
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.count += more.count;
        self.seconds += more.seconds;
        self.processor_seconds += more.processor_seconds;
    }
}

/// How many a second of one and of the other this thread can do, by the processor time it gets. They take turns, so that what
/// slows a processor down slows both.
pub(crate) fn in_turns(one: &Step<'_>, other: &Step<'_>) -> anyhow::Result<(f64, f64)> {
    let mut tallies = [Tally::default(); 2];
    for _ in 0..TURNS {
        for (tally, step) in tallies.iter_mut().zip([one, other]) {
            *tally += run_for(step, TURN)?;
        }
    }
    Ok(tallies.map(|tally| tally.count as f64 / tally.processor_seconds).into())
}

/// Something that is done again and again.
pub(crate) type Step<'a> = dyn Fn() -> anyhow::Result<()> + 'a;

fn run_for(step: &Step<'_>, time: Duration) -> anyhow::Result<Tally> {
    let (begun, worked) = (Instant::now(), this_thread()?);
    let mut count = 0;
    while begun.elapsed() < time {
        for _ in 0..STEPS {
            step()?;
        }
        count += STEPS;
    }
    Ok(Tally { count, seconds: begun.elapsed().as_secs_f64(), processor_seconds: this_thread()? - worked })
}

fn sign_for(key: &KeyPair, time: Duration) -> Tally {
    let random = SystemRandom::new();
    let mut signature = vec![0; key.public_modulus_len()];
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < time {
        if key.sign(&RSA_PKCS1_SHA256, &random, MESSAGE, &mut signature).is_err() {
            break;
        }
        count += 1;
    }
    Tally { count, seconds: begun.elapsed().as_secs_f64(), processor_seconds: this_thread().unwrap_or_default() }
}

/// Seconds that a processor has worked for this thread since it began (proc(5), schedstat).
fn this_thread() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").context("what a thread has worked")?;
    let nanoseconds: u64 = text.split(' ').next().unwrap_or_default().parse().context("what a thread has worked")?;
    Ok(nanoseconds as f64 / 1e9)
}

/// How often what is compared takes turns, and for how long each time.
const TURNS: usize = 6;
const TURN: Duration = Duration::from_millis(250);
/// Done between two looks at the clock.
const STEPS: u64 = 8;

/// About as long as what is signed in a message: a SignedInfo of a few hundred bytes.
const MESSAGE: &[u8] = &[0x5A; 512];
