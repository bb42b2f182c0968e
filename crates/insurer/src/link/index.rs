//! Digests by which a period of coverage is found: of symbol and number, and of the birth date.
//!
//! They are made after an import, when it has been taken back, and at the start for what an older release has stored. Until a
//! period has them, every search looks at it.

use db::transaction;

use crate::import;
use crate::store::coverage::{self, Keyed};
use crate::{App, Error};

/// Makes what is missing.
pub(crate) async fn fill(app: &App) -> Result<(), Error> {
    loop {
        let found = coverage::unkeyed(&app.db, BATCH_ROWS).await?;
        if found.is_empty() {
            return Ok(());
        }
        let mut keyed = Vec::with_capacity(found.len());
        for found in &found {
            let period = import::open(&app.keys, found)?;
            let number = app.digests().number(&period.enrolment())?;
            keyed.push(Keyed { id: found.id, number, birth: app.digests().birth(period.person.birth)? });
        }
        keyed.sort_unstable_by_key(|keyed| keyed.id);
        transaction!(app.db, |tx| -> Error { coverage::set_keys(tx, &keyed).await? })?;
        tokio::task::yield_now().await;
    }
}

/// The same for whoever has done their work without it: searches are slower, and nobody is overlooked.
pub(crate) async fn fill_or_say(app: &App) {
    if let Err(error) = fill(app).await {
        tracing::error!(
            code = "LINK-07",
            error = &error as &dyn std::error::Error,
            "periods could not be made findable"
        );
    }
}

/// Periods that are opened and written at a time.
const BATCH_ROWS: i64 = 500;
