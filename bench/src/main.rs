//! `make bench`: figures of the product, each beside what the same machine reached in the same run.
//!
//! Nothing here asserts: a figure that misses its goal is shown as missed. What the figures mean is in
//! `docs/developer/bench.md`.

mod cards;
mod chain;
mod demo;
mod desk;
mod figure;
mod first_page;
mod import;
mod large_region;
mod load;
mod reference;
mod region;
mod saml;
mod sign_on;

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Parser;
use figure::{Figure, Goal};

/// Measures the product beside the machine.
#[derive(Parser)]
struct Args {
    /// Measure this alone.
    #[arg(long)]
    only: Option<String>,
    /// Measure what takes minutes too.
    #[arg(long)]
    full: bool,
    /// The product's binary; without it, the one beside this program.
    #[arg(long)]
    ssc: Option<PathBuf>,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// Where regions are made.
    #[arg(long, default_value = "target/bench")]
    scratch: PathBuf,
}

/// One thread: the load is to cost the machine as little as possible, because the region runs on it.
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if let Some(only) = &args.only {
        let known = region::NAMES
            .into_iter()
            .chain(saml::NAMES)
            .chain(region::AT_POSTGRES)
            .chain(chain::NAMES.map(|(name, _)| name))
            .chain([BINARY, import::NAME, large_region::NAME])
            .collect::<Vec<_>>();
        ensure!(known.contains(&only.as_str()), "there is no figure {only}: choose one of {}", known.join(", "));
    }
    let figures = measure(&args).await?;
    print!("{}", figure::table(&figures));
    figure::write_json(&figures, &args.json).with_context(|| format!("writing {}", args.json.display()))
}

async fn measure(args: &Args) -> anyhow::Result<Vec<Figure>> {
    let ssc = match &args.ssc {
        Some(ssc) => ssc.clone(),
        None => std::env::current_exe()?.with_file_name("ssc"),
    };
    let scratch = std::path::absolute(&args.scratch)?;
    let slow = |name: &str| [large_region::NAME, import::NAME].contains(&name);
    let wanted = |name: &str| args.only.as_ref().map_or(args.full || !slow(name), |only| only == name);
    let mut figures = Vec::new();
    if region::NAMES.into_iter().any(wanted) {
        figures.extend(region::measure(&ssc, &scratch, &wanted).await?);
    }
    if region::AT_POSTGRES.into_iter().any(wanted) {
        match std::env::var(POSTGRES_ADDRESS) {
            Ok(address) => figures.extend(region::measure_at(&address, &ssc, &scratch, &wanted).await?),
            Err(_) => ensure!(args.only.is_none(), "it needs {POSTGRES_ADDRESS}: scripts/with-postgres"),
        }
    }
    for (name, signature) in chain::NAMES {
        if wanted(name) {
            figures.push(chain::measure(name, signature, &scratch)?);
        }
    }
    if saml::NAMES.into_iter().any(wanted) {
        figures.extend(saml::measure(&scratch, &wanted)?);
    }
    if wanted(BINARY) {
        figures.push(binary(&ssc)?);
    }
    if wanted(import::NAME) {
        figures.extend(import::measure(&ssc, &scratch)?);
    }
    if wanted(large_region::NAME) {
        figures.extend(large_region::measure(&ssc, &scratch)?);
    }
    Ok(figures)
}

/// How large the product's binary is.
fn binary(ssc: &Path) -> anyhow::Result<Figure> {
    let bytes = std::fs::metadata(ssc).with_context(|| format!("{}: is it built?", ssc.display()))?.len();
    Ok(Figure::new(BINARY, bytes as f64 / 1e6, "MB").goal(Goal::AtMost(50.0)))
}

/// Where a PostgreSQL is, as `scripts/with-postgres` says it.
const POSTGRES_ADDRESS: &str = "SSC_TEST_POSTGRES";
const BINARY: &str = "binary";
