//! The node on the network: mutual TLS 1.3, and nothing without it.

use std::fs::File;
use std::future::Future;
use std::io::BufReader;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use idwsf::message::WINDOW;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use web::Clock;

use crate::config::{Config, Console, Tls};
use crate::{App, Error, answer, discovery, link, store};

/// Runs the node until `stop` is done. `ready` learns the address as soon as the node listens.
///
/// # Errors
/// [`Error`] names what is missing or wrong at the start.
pub async fn serve(
    config: &Config,
    clock: Clock,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Error> {
    let tls = RustlsConfig::from_config(Arc::new(tls(&config.tls)?));
    let app = Arc::new(App::open(config, clock).await?);
    crate::import::forget_parts(&app.raw_files, app.clock.now());
    let failed = |source| Error::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let handle = Handle::new();
    let server = axum_server::from_tcp_rustls(listener, tls)
        .map_err(failed)?
        .handle(handle.clone())
        .serve(answer::router(app.clone()).into_make_service());
    let pages = pages(config)?;
    let working = Arc::clone(&app);
    let index = tokio::spawn(async move { link::index::keep(&working).await });
    ready(address);
    tracing::info!(%address, entity = config.entity, "insurer's node listens");
    let stopped = async {
        stop.await;
        handle.graceful_shutdown(Some(GRACE));
        std::future::pending::<()>().await;
    };
    let served = tokio::select! {
        served = server => served.map_err(failed),
        shown = show_pages(pages, &app, handle.clone()) => shown,
        () = forget_messages(&app) => Ok(()),
        () = discovery::keep_telling(&app) => Ok(()),
        () = stopped => Ok(()),
    };
    index.abort();
    app.db.close().await;
    served
}

/// Where the node's own pages will be.
fn pages(config: &Config) -> Result<Option<(&Console, TcpListener)>, Error> {
    let Some(console) = &config.console else { return Ok(None) };
    let listener = TcpListener::bind(console.listen);
    let listener = listener.map_err(|source| Error::Listen { address: console.listen, source })?;
    Ok(Some((console, listener)))
}

/// Runs the node's own pages, if it has any. It ends with a failure or not at all: it is the answers that the node stops with.
async fn show_pages(
    pages: Option<(&Console, TcpListener)>,
    app: &Arc<App>,
    handle: Handle<SocketAddr>,
) -> Result<(), Error> {
    if let Some((console, listener)) = pages {
        let failed = |source| Error::Listen { address: console.listen, source };
        let service = crate::console::router(app).into_make_service();
        tracing::info!(origin = console.origin, "the console listens");
        if let (Some(certificate), Some(key)) = (&console.certificate, &console.key) {
            let tls = RustlsConfig::from_config(Arc::new(browsers_tls(certificate, key)?));
            let server = axum_server::from_tcp_rustls(listener, tls).map_err(failed)?;
            server.handle(handle).serve(service).await.map_err(failed)?;
        } else {
            axum_server::from_tcp(listener).map_err(failed)?.handle(handle).serve(service).await.map_err(failed)?;
        }
    }
    std::future::pending().await
}

/// TLS towards browsers, which show no certificate.
fn browsers_tls(certificate: &Path, key: &Path) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Error::Tls)?
        .with_no_client_auth()
        .with_single_cert(certificates(certificate)?, private_key(key)?)
        .map_err(Error::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Clears the replay store now and then.
async fn forget_messages(app: &App) {
    let mut tick = tokio::time::interval(FORGET_EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = forget(app).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "old messages could not be forgotten");
        }
    }
}

/// A message is refused as stale after the window on either side, so that twice the window is long enough.
async fn forget(app: &App) -> Result<u64, Error> {
    let horizon = app.clock.now().saturating_sub(WINDOW * 3).unwrap_or(jiff::Timestamp::MIN);
    store::seen_message::forget(&app.db, horizon).await?;
    store::grant_end::forget(&app.db, answer::oldest_token(app.clock.now())).await
}

pub(crate) fn tls(files: &Tls) -> Result<ServerConfig, Error> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(&files.client_ca)? {
        roots.add(authority).map_err(Error::Tls)?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|_| Error::Certificate { path: files.client_ca.clone() })?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(Error::Tls)?
        .with_client_cert_verifier(clients)
        .with_single_cert(certificates(&files.certificate)?, private_key(&files.key)?)
        .map_err(Error::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let unusable = || Error::Certificate { path: path.to_owned() };
    let found: Vec<_> =
        CertificateDer::pem_reader_iter(open(path)?).collect::<Result<_, _>>().map_err(|_| unusable())?;
    if found.is_empty() { Err(unusable()) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_reader(open(path)?).map_err(|_| Error::Certificate { path: path.to_owned() })
}

fn open(path: &Path) -> Result<BufReader<File>, Error> {
    let file = File::open(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    Ok(BufReader::new(file))
}

const FORGET_EVERY: Duration = Duration::from_secs(60);
/// How long answers that are under way may take when the node stops.
const GRACE: Duration = Duration::from_secs(5);
