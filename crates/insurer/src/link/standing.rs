//! Whether a pseudonym is linked, waits for a clerk, or neither.

use db::Tx;
use health::link_xml::{LinkState, Standing as Word, masked};

use super::case;
use crate::digest::PseudonymDigest;
use crate::store::coverage::{self, Found};
use crate::store::link_case::{self, Stored};
use crate::{App, Error, import};

/// How things stand with a pseudonym of which there is something to say.
pub(crate) enum Standing {
    /// It stands for members with these periods.
    Linked(Vec<Found>),
    /// A clerk has to look.
    Waiting(Stored),
}

impl Standing {
    pub(crate) async fn of(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<Option<Standing>, Error> {
        if let Some(periods) = coverage::of(tx, pseudonym).await? {
            return Ok(Some(Standing::Linked(periods)));
        }
        Ok(link_case::of(tx, pseudonym).await?.map(Standing::Waiting))
    }

    /// What the resident is told: enough to know one's own certificate by.
    pub(crate) fn state(&self, app: &App) -> Result<LinkState, Error> {
        match self {
            Standing::Linked(found) => {
                let periods =
                    found.iter().map(|found| import::open(&app.keys, found)).collect::<Result<Vec<_>, _>>()?;
                let newest = periods.iter().max_by_key(|period| period.valid_from);
                let number = masked(newest.map_or("", |period| &period.number));
                Ok(LinkState { standing: Word::Linked, number })
            }
            Standing::Waiting(stored) => {
                let content = case::open(app, stored)?;
                Ok(LinkState { standing: Word::Review, number: masked(&content.request.number) })
            }
        }
    }
}
