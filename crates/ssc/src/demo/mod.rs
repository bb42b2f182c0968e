//! `ssc demo`: a whole region on this machine, in a few seconds, with nothing but what is real.
//!
//! The platform, four insurers' nodes and two reader agents run as processes of their own, as they would at their places;
//! the cards lie in virtual readers of a real PC/SC service. Everything is on loopback and in one folder.

mod check;
mod configs;
mod control;
mod drawer;
mod layout;
mod pcsc;
mod people;
mod processes;
mod progress;
mod services;
mod setup;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Instant};

use agent::{Config as AgentConfig, Origins, Port, ReaderChoice};
use anyhow::Context;
use card::reader::InProcess;
use clap::Parser;
use keys::Signature;
use tokio::{net::TcpListener, sync::Mutex};
use web::Clock;

pub(crate) use configs::Authority;
pub(crate) use layout::{pem, write_secret};

use control::Control;
use drawer::{Drawer, Readers};
use layout::{INSURERS, Layout, READERS};
use people::{People, Ready};
use processes::Process;
use services::Started;

/// A region on this machine.
#[derive(Parser)]
pub(crate) struct Args {
    /// Run the main job once through, print each step with its time, and end.
    #[arg(long)]
    check: bool,
    /// Make the region and end, without starting it.
    #[arg(long, conflicts_with = "check")]
    set_up_only: bool,
    /// How many residents the region has: 2000, unless it is made with another number.
    #[arg(long)]
    residents: Option<u32>,
    /// The folder that holds everything; remove it to begin anew.
    #[arg(long, default_value = ".demo")]
    dir: PathBuf,
    /// The portals' port; insurers and the demonstration's own page take the ones after it.
    #[arg(long, default_value_t = 8400, value_parser = clap::value_parser!(u16).range(1..=65_520))]
    port: u16,
    /// The port of the first reader agent; the second takes the next one.
    #[arg(long, default_value_t = 41270, value_parser = clap::value_parser!(u16).range(1..=65_534))]
    agent_port: u16,
    /// Use the in-process reader even where a private PC/SC service could be started.
    #[arg(long)]
    in_process: bool,
    /// Keep the databases at this PostgreSQL, in the schemas `relay` and `insurer_NUMBER`, which are there and empty: for
    /// measuring. It counts when the region is made.
    #[arg(long, hide = true)]
    postgres: Option<String>,
    /// Let platform and insurers have RSA-2048 keys instead of P-256: for measuring. It counts when the region is made.
    #[arg(long, hide = true)]
    rsa: bool,
    /// Write addresses, residents and PINs into this file as soon as everything answers.
    #[arg(long)]
    json_ready: Option<PathBuf>,
}

/// Starts the region, and ends everything that it started.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let dir = std::path::absolute(&args.dir)?;
    let Args { port, agent_port, ref postgres, rsa, .. } = args;
    let signature = if rsa { Signature::Rsa2048 } else { Signature::default() };
    let layout = Layout { dir, port, agent_port, postgres: postgres.clone(), signature };
    let older = |error| setup::or_begin_anew(&layout, error);
    let people = setup::set_up(&layout, args.residents).await.map_err(older)?;
    if args.set_up_only {
        return Ok(());
    }
    let mut region = Region::start(&layout, people, args.in_process).await.map_err(older)?;
    let stop = crate::serve::asked_to_stop();
    if let Some(file) = &args.json_ready {
        region.write_ready(file)?;
    }
    region.greet(begun);
    let control = Arc::clone(&region.control);
    let outcome = tokio::select! {
        stopped = region.until_stopped(stop) => stopped,
        checked = check::run(&control), if args.check => checked,
    };
    region.stop().await;
    outcome
}

/// Everything that runs.
struct Region {
    control: Arc<Control>,
    platform: Process,
    pcsc: Option<Process>,
    agents: Vec<Process>,
    services: Vec<Started>,
    page: tokio::task::JoinHandle<()>,
}

impl Region {
    async fn start(layout: &Layout, people: People, in_process: bool) -> anyhow::Result<Self> {
        let port = layout.control_port();
        processes::free(port)?;
        let page = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| format!("listening on port {port}"))?;
        let mut insurers = BTreeMap::new();
        for insurer in INSURERS {
            insurers.insert(insurer.number, processes::insurer(layout, insurer).await?);
        }
        services::set_up(layout).await?;
        let platform = processes::platform(layout).await?;
        let services = services::start(layout).await;
        let (pcsc, agents, readers) = if !in_process && pcsc::possible() {
            let service = pcsc::start(layout).await?;
            let mut agents = Vec::new();
            for place in 0..READERS.len() {
                agents.push(processes::agent(layout, place, &pcsc::reader_name(place)).await?);
            }
            (Some(service), agents, Readers::Pcsc)
        } else {
            let readers = READERS.map(|name| InProcess::new(&[name]));
            for (place, reader) in readers.iter().enumerate() {
                agent_here(layout, place, reader.clone()).await?;
            }
            (None, Vec::new(), Readers::InProcess(readers))
        };
        let drawer = Drawer::new(layout.clone(), readers);
        let control = Arc::new(Control { layout: layout.clone(), people, drawer, insurers: Mutex::new(insurers) });
        let router = control::router(Arc::clone(&control));
        let page = tokio::spawn(async move {
            // It ends with the process; until then there is nobody to tell that it has failed.
            let _ended = axum::serve(page, router).await;
        });
        Ok(Self { control, platform, pcsc, agents, services, page })
    }

    fn write_ready(&self, file: &std::path::Path) -> anyhow::Result<()> {
        let layout = &self.control.layout;
        let ready = Ready {
            portal: layout.portal_origin(),
            clinic: layout.clinic_origin(),
            office: layout.office_origin(),
            control: format!("http://127.0.0.1:{}/", layout.control_port()),
            agents: (0..READERS.len())
                .map(|place| format!("http://127.0.0.1:{}", layout.agent_port_of(place)))
                .collect(),
            insurers: INSURERS.iter().map(|insurer| insurer.number).collect(),
            consoles: INSURERS.map(|insurer| (insurer.number, layout.console_origin(&insurer))).into(),
            pcsc: self.pcsc.is_some(),
            platform_pid: self.platform.id(),
            dir: &layout.dir,
            services: services::addresses(layout, &self.services),
            people: &self.control.people,
        };
        let partial = file.with_extension("partial");
        std::fs::write(&partial, serde_json::to_string_pretty(&ready)?)?;
        Ok(std::fs::rename(partial, file)?)
    }

    #[expect(clippy::print_stdout, reason = "what the demonstration has to say")]
    fn greet(&self, begun: Instant) {
        let (layout, people) = (&self.control.layout, &self.control.people);
        println!("Kagawa SSC, a region of {} synthetic residents", people.residents_total);
        println!("  residents   {}", layout.portal_origin());
        println!("  clinic      {}   ({}, clerk {})", layout.clinic_origin(), people.clinic_name, people.clerk);
        println!("  office      {}   (operator {})", layout.office_origin(), people.operator);
        for insurer in &INSURERS {
            let clerks = people.insurer_clerks.join(", ");
            println!("  insurer     {}   ({}, clerks {clerks})", layout.console_origin(insurer), insurer.name);
        }
        println!("  cards       http://127.0.0.1:{}/   puts a card on a reader", layout.control_port());
        for service in &self.services {
            println!("  {}", service.line(layout));
        }
        for holder in people.residents.iter().take(3) {
            println!("  {}   PIN {}   card {}", holder.name, holder.pin, holder.card);
        }
        if self.pcsc.is_none() {
            println!(
                "  readers     in this process: without root, or pcscd and vpcd, there is no private PC/SC service"
            );
        }
        println!("  try         put a card on the reader at home, open the portal, log in with the card and its PIN;");
        println!("              then log in at the clinic, put the card on the desk's reader, and see who looked");
        println!("ready after {} ms; Ctrl-C stops everything", begun.elapsed().as_millis());
    }

    /// Until Ctrl-C. A part that ends by itself before that ends the demonstration, and says so.
    async fn until_stopped(&mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = stop => Ok(()),
            failed = self.platform.ended() => Err(failed),
        }
    }

    async fn stop(self) {
        self.page.abort();
        for service in self.services {
            service.stop().await;
        }
        for agent in self.agents {
            agent.stop().await;
        }
        self.platform.stop().await;
        let insurers = std::mem::take(&mut *self.control.insurers.lock().await);
        for insurer in insurers.into_values() {
            insurer.stop().await;
        }
        if let Some(pcsc) = self.pcsc {
            pcsc.stop().await;
        }
    }
}

/// An agent in this process, for the in-process reader.
async fn agent_here(layout: &Layout, place: usize, reader: InProcess) -> anyhow::Result<()> {
    let name = READERS.get(place).copied().unwrap_or_default();
    let origin = if place == 0 { layout.portal_origin() } else { layout.clinic_origin() };
    let config = AgentConfig {
        origins: Origins::parse([origin.as_str()])?,
        reader: ReaderChoice::InProcess(reader),
        port: Port::Exactly(layout.agent_port_of(place)),
        pairings: layout.dir.join(format!("{name}.pairings")),
        language: None,
        extensions: Vec::new(),
        clock: Clock::System,
    };
    processes::free(layout.agent_port_of(place))?;
    let agent = agent::Agent::start(config).await?;
    tokio::spawn(agent.serve(std::future::pending()));
    Ok(())
}
