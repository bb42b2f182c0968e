//! Fresh databases for tests: one on SQLite, and one on PostgreSQL where `SSC_TEST_POSTGRES` names a server on which
//! a test may make databases. For tests only.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::{Db, Engine, Error, Manner, postgres};

/// An empty database that is for this test alone.
pub struct TestDatabase {
    /// The open database.
    pub db: Db,
    /// Its address, to open it once more.
    pub url: String,
    folder: Option<PathBuf>,
}

/// One database for each engine that this machine has.
///
/// # Errors
/// [`Error::Open`] when one cannot be made.
pub async fn databases() -> Result<Vec<TestDatabase>, Error> {
    let mut found = vec![sqlite().await?];
    if let Ok(server) = std::env::var("SSC_TEST_POSTGRES") {
        found.push(on_server(&server).await?);
    }
    Ok(found)
}

/// A database on SQLite, in a folder of its own that goes with it.
///
/// # Errors
/// [`Error::Open`] when it cannot be made.
pub async fn sqlite() -> Result<TestDatabase, Error> {
    let folder = std::env::temp_dir().join(name());
    std::fs::create_dir_all(&folder).map_err(|error| Error::Open { engine: "SQLite", source: error.into() })?;
    let url = format!("sqlite:{}", folder.join("test.db").display());
    Ok(TestDatabase { db: Db::open(&url).await?, url, folder: Some(folder) })
}

async fn on_server(server: &str) -> Result<TestDatabase, Error> {
    let failed = |source: sqlx::Error| Error::Open { engine: "PostgreSQL", source: source.into() };
    let options: PgConnectOptions = server.parse().map_err(failed)?;
    let name = name();
    let mut connection = options.connect().await.map_err(failed)?;
    // An earlier run whose process had this number may have left one.
    for sql in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.map_err(failed)?;
    }
    connection.close().await.map_err(failed)?;
    let options = options.database(&name);
    let url = options.to_url_lossy().to_string();
    let engine = Engine::Postgres(postgres::Postgres::connect(options).await?);
    Ok(TestDatabase { db: Db { engine, manner: Manner::Usual }, url, folder: None })
}

fn name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("ssc_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What stays behind is in the folder for temporary files.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
