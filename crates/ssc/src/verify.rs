//! `ssc verify`.

use std::path::Path;

use anyhow::Context;

/// Re-computes the access log's chain, and says how far it reaches.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) async fn run(config: &Path) -> anyhow::Result<()> {
    let config = crate::serve::read_config(config)?;
    let db = db::Db::open(&config.database).await?;
    let keys = platform::app::open_keys(&config.keys)?;
    let tip = platform::audit::verify(&db, &keys).await.context("the access log is not the one that was written")?;
    println!("{} entries verified, the last is {}", tip.number, hex::encode(tip.hash));
    Ok(())
}
