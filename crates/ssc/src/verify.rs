//! `ssc verify`.

use std::path::Path;

use platform::audit::{self, Unverified};

/// Re-computes the access log's chain, and says how far it reaches.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) async fn run(config: &Path) -> anyhow::Result<()> {
    let config = crate::serve::read_config(config)?;
    there(&config.database)?;
    let db = db::Db::open(&config.database).await?;
    let keys = platform::app::open_keys(&config.keys)?;
    let verified = audit::verify(&db, &keys).await;
    db.close().await;
    let tip = verified.map_err(|error| {
        let what = match &error {
            Unverified::Broken(_) => "the access log is not the one that was written",
            Unverified::Database(_) | Unverified::Keys(_) => "the access log cannot be verified",
        };
        anyhow::Error::new(error).context(what)
    })?;
    println!("{} entries verified, the last is {}", tip.number, hex::encode(tip.hash));
    Ok(())
}

/// A log that is gone must not be verified as a new, empty one, which is what opening a SQLite file would make.
pub(crate) fn there(database: &str) -> anyhow::Result<()> {
    let file = database.strip_prefix("sqlite:").map(Path::new);
    anyhow::ensure!(file.is_none_or(Path::exists), "there is no database at {database}");
    Ok(())
}
