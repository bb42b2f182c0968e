//! The data centre: the resident's portal, card login, consent, message exchange, clinic portal, access log.
//!
//! One request's walk: a page in `resident/` or `clinic/` asks `session` who is there, `consent` whether they agreed,
//! `exchange` for what the institutions hold, and `audit` for a receipt; only the receipt opens the answer.
//!
//! ```text
//! routes → pages (resident, clinic) → page, session → app → rules (card, consent, exchange, audit) → store → db
//! ```

pub mod app;
pub mod attribute;
pub mod audit;
pub mod card;
mod clinic;
pub mod config;
pub mod consent;
pub mod doctor;
pub mod exchange;
pub mod idp;
pub mod ids;
pub mod office;
mod page;
pub mod purpose;
mod resident;
mod routes;
mod session;
mod staff;
pub mod store;
pub mod wording;
mod wsf;

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use axum_server::{Handle, tls_rustls::RustlsConfig};

pub use app::{App, CannotStart};
pub use config::Config;

/// The portals of an open platform, as one service.
pub fn router(app: &Arc<App>) -> Router {
    routes::router(app)
}

/// Serves the portals until `stop` is done, then lets the requests that run come to their end.
///
/// # Errors
/// [`CannotStart`], when the address or the certificate cannot be used.
pub async fn serve(app: Arc<App>, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), CannotStart> {
    let handle: Handle<SocketAddr> = Handle::new();
    let service = router(&app).into_make_service();
    let sweeper = tokio::spawn(sweep(Arc::clone(&app)));
    let watcher = tokio::spawn(idp::watch::watch(Arc::clone(&app)));
    let resumer = tokio::spawn(resume(Arc::clone(&app)));
    let teller = tokio::spawn(tell(Arc::clone(&app)));
    let (listen, stopped) = (app.config.listen, handle.clone());
    tokio::spawn(async move {
        stop.await;
        stopped.graceful_shutdown(Some(STOP_WITHIN));
    });
    let served = match &app.config.tls {
        Some(tls) => {
            let config = door(tls).await.map_err(|error| app::setting("tls", &error.to_string()))?;
            axum_server::bind_rustls(listen, config).handle(handle).serve(service).await
        }
        None => axum_server::bind(listen).handle(handle).serve(service).await,
    };
    sweeper.abort();
    watcher.abort();
    resumer.abort();
    teller.abort();
    app.db.close().await;
    served.map_err(|error| app::setting("listen", &error.to_string()))
}

/// TLS for browsers. HTTP/1.1 alone: which portal is meant, and where a form comes from, is read from headers that HTTP/2
/// has no more.
async fn door(tls: &config::Tls) -> std::io::Result<RustlsConfig> {
    let config = RustlsConfig::from_pem_file(&tls.certificate, &tls.private_key).await?;
    let mut inner = rustls::ServerConfig::clone(&config.get_inner());
    inner.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(inner)))
}

/// How long a stop waits for requests that run.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// How often what has expired is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Forgets conversations, sessions and ceremonies that have expired. They are refused by their time long before.
async fn sweep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let now = app.clock.now();
        let swept = db::transaction!(app.db, |tx| {
            store::attempt::delete_expired(tx, now).await?;
            store::session::delete_expired(tx, now).await?;
            store::service_session::delete_expired(tx, now).await?;
            store::ceremony::delete_expired(tx, now).await?;
            store::artifact::delete_expired(tx, now).await?;
            store::message_seen::delete_expired(tx, now).await?;
            store::logout::delete_expired(tx, now).await?;
            store::discovery_ask::delete_expired(tx, now).await?;
        });
        if let Err(error) = swept {
            tracing::warn!(code = "WEB-06", %error, "expired rows could not be forgotten");
        }
    }
}

/// How often what was interrupted is looked for, logouts and withdrawals: one indexed read each, and a person may be waiting.
const RESUME_EVERY: Duration = Duration::from_secs(5);

/// Goes on with the logouts and withdrawals that a process left unfinished, this one before it started or another.
async fn resume(app: Arc<App>) {
    let mut ticks = tokio::time::interval(RESUME_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = idp::resume_logouts(&app).await {
            tracing::warn!(code = "IDP-33", %error, "interrupted logouts could not be gone on with");
        }
        if let Err(error) = exchange::grant::resume(&app).await {
            tracing::warn!(code = "WSF-44", %error, "institutions could not be told of withdrawals");
        }
    }
}

/// How often institutions that are still to be told of a link's end are looked for.
const TELL_EVERY: Duration = Duration::from_secs(15);

/// Tells institutions of the ends of links that they have not confirmed yet.
async fn tell(app: Arc<App>) {
    let mut ticks = tokio::time::interval(TELL_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = exchange::link::tell_due(&app).await {
            tracing::warn!(code = "LINK-17", %error, "institutions that are to be told of an end could not be looked for");
        }
    }
}
