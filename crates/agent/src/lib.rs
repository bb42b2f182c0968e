//! The reader agent on a PC: a card reader on one side, the browser on the other.
//!
//! ```text
//! site's page ── /v1/… (its Origin) ──┐
//!                                     ├─ errands ── desk ── reader ── card
//! person ── /window/… (own origin) ───┘
//! ```
//!
//! * A site's page gives an errand and relays the messages of SSC-CARD/1 between its server and the card. It gets a
//!   [`ticket`](wire::Opened), shows the agent's window, and never sees the PIN.
//! * The person reads in the window which site asks, types the PIN there, and can say no.
//! * The same calls come by Chromium's native messaging: [`native`].
//!
//! Who may call is decided in one place, before every route: `guard`.

mod app;
mod body;
mod config;
mod desk;
mod errand;
mod guard;
mod login;
mod native;
mod pairing;
mod pairings;
mod problem;
mod reception;
mod routes;
mod text;
mod window;
pub mod wire;

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use card::reader::{Pcsc, Readers};
use tokio::net::TcpListener;
use web::Random;

use app::App;
use desk::Desk;
use pairings::Pairings;

pub use config::{BadOrigin, Config, Origins, Port, ReaderChoice};
pub use native::{NativeError, native};
pub use problem::Problem;

/// Runs an agent until the process ends.
///
/// # Errors
/// As [`Agent::start`], or when the operating system takes the port away.
pub async fn run(config: Config) -> Result<(), StartError> {
    Agent::start(config).await?.serve(std::future::pending()).await
}

/// An agent that has its address.
pub struct Agent {
    listener: TcpListener,
    app: Arc<App>,
}

impl Agent {
    /// Finds a port, the readers, and the remembered pairings.
    ///
    /// # Errors
    /// [`StartError`]. That no reader is connected is no error: one may come.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let listener = listen(config.port).await?;
        let port = listener.local_addr().map_err(StartError::Port)?.port();
        let pairings = Pairings::load(&config.pairings).map_err(StartError::Pairings)?;
        let (readers, name_part): (Box<dyn Readers>, _) = match &config.reader {
            ReaderChoice::Pcsc { name_part } => (Box::new(Pcsc::new()), name_part.clone()),
            ReaderChoice::InProcess(slots) => (Box::new(slots.clone()), None),
        };
        let desk = Desk::start(readers, name_part).map_err(StartError::Thread)?;
        let app = App { config, port, random: Random::new(), desk, errands: errand::Errands::default(), pairings };
        Ok(Self { listener, app: Arc::new(app) })
    }

    /// Where the agent listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.app.port))
    }

    /// Serves until `end` is there. Calls that wait for a person are cut off.
    ///
    /// # Errors
    /// When the operating system takes the port away.
    pub async fn serve(self, end: impl Future<Output = ()>) -> Result<(), StartError> {
        tracing::info!(port = self.app.port, "the reader agent listens on http://127.0.0.1:{}", self.app.port);
        let serving = axum::serve(self.listener, routes::http(self.app));
        tokio::select! {
            failed = serving => failed.map_err(StartError::Port),
            () = end => Ok(()),
        }
    }

    /// Serves the person's windows alone.
    async fn serve_windows(self) -> Result<(), StartError> {
        axum::serve(self.listener, routes::windows_only(self.app)).await.map_err(StartError::Port)
    }
}

/// Why an agent does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No port of 127.0.0.1 is free, or the chosen one is not.
    #[error("listening on 127.0.0.1 failed")]
    Port(#[source] std::io::Error),
    /// The file of pairings cannot be read.
    #[error("reading the pairings failed")]
    Pairings(#[source] std::io::Error),
    /// There is no thread for the readers.
    #[error("starting the readers' thread failed")]
    Thread(#[source] std::io::Error),
}

async fn listen(port: Port) -> Result<TcpListener, StartError> {
    let mut failure = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    for candidate in port.candidates() {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, candidate)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(StartError::Port(failure))
}
