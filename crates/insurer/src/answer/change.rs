//! What comes of a `Modify`: all of it is done, or nothing, in the transaction that records it.

use db::Tx;
use idwsf::Fault;
use idwsf::dst::{Code, Modify, ModifyItem, Outcome, Reason, Status};
use jiff::Timestamp;

use super::grant;
use crate::policy::{Asker, Category, Verdict, decide};
use crate::{App, Error, contact, link};

/// What was changed, or why nothing was.
pub(super) struct Changed {
    /// Category and outcome of each item, for the log.
    pub(super) lines: Vec<(String, String)>,
    pub(super) status: Status,
    /// When, where that is not the answer's own instant.
    pub(super) at: Option<Timestamp>,
}

/// What came of one item.
pub(crate) struct Made {
    /// The word for the log.
    pub(crate) outcome: &'static str,
    /// Why it was not done. Then nothing of the message may have been done.
    pub(crate) refused: Option<Code>,
    /// The instant of the change, where that is not the answer's own.
    pub(crate) at: Option<Timestamp>,
}

impl Made {
    /// It is done; the log calls it so.
    pub(crate) fn done(outcome: &'static str) -> Made {
        Made { outcome, refused: None, at: None }
    }

    /// The same at an instant that the next change may name.
    pub(crate) fn done_at(outcome: &'static str, at: Timestamp) -> Made {
        Made { at: Some(at), ..Made::done(outcome) }
    }

    /// Nothing stands against it, but against another item of its message.
    pub(crate) fn left() -> Made {
        Made::done(LEFT)
    }

    /// Nothing of what was asked is done; the log calls it so, or by the code itself where there is no word.
    pub(crate) fn refused(outcome: &'static str, code: Code) -> Made {
        Made { outcome, refused: Some(code), at: None }
    }
}

/// Does what a message asks to be changed. Each category has a module of its own that does it, here with all of its items.
pub(super) async fn made(
    app: &App,
    tx: &mut Tx,
    asker: &Asker,
    modify: &Result<Modify, Status>,
    now: Timestamp,
) -> Result<Result<Changed, Fault>, Error> {
    let modify = match modify {
        Ok(modify) => modify,
        Err(status) => return Ok(Ok(Changed::unreadable(status))),
    };
    let verdicts = match verdicts(app, asker, modify) {
        Ok(verdicts) => verdicts,
        Err(fault) => return Ok(Err(fault)),
    };
    let allowed: Vec<(Category, &ModifyItem)> = verdicts
        .iter()
        .zip(&modify.items)
        .filter_map(|(verdict, item)| Some((verdict.1.clone().ok()?, item)))
        .collect();
    if allowed.len() < modify.items.len() {
        let refused = |verdict: &Verdicted| match &verdict.1 {
            Ok(_) => Made::left(),
            Err(code) => Made::refused(REFUSED, code.clone()),
        };
        return Ok(Ok(Changed::of(modify, &verdicts, verdicts.iter().map(refused).collect())));
    }
    let made = dispatched(app, tx, asker, &allowed, now).await?;
    Ok(Ok(Changed::of(modify, &verdicts, made)))
}

/// What comes of items that may be asked for.
async fn dispatched(
    app: &App,
    tx: &mut Tx,
    asker: &Asker,
    items: &[(Category, &ModifyItem)],
    now: Timestamp,
) -> Result<Vec<Made>, Error> {
    let of_contact = |(category, _): &(Category, &ModifyItem)| *category == Category::Contact;
    match items {
        [(Category::Link, item)] => Ok(vec![link::request::change(app, tx, asker, item, now).await?]),
        [(Category::Grant, item)] => Ok(vec![grant::withdrawn(app, tx, asker, item, now).await?]),
        items if items.iter().all(of_contact) => {
            let items: Vec<&ModifyItem> = items.iter().map(|(_, item)| *item).collect();
            contact::change(app, tx, asker, &items, now).await
        }
        // What is only asked for is changed by nobody, and the others each by themselves.
        _ => Ok(items.iter().map(|_| Made::refused(REFUSED, Code::ACTION_NOT_AUTHORIZED)).collect()),
    }
}

/// What an item is about, and whether the policy lets it be touched.
type Verdicted = (Option<Category>, Result<Category, Code>);

/// As with questions, the policy comes before the person.
fn verdicts(app: &App, asker: &Asker, modify: &Modify) -> Result<Vec<Verdicted>, Fault> {
    let verdict = |item: &ModifyItem| {
        let Some(category) = Category::of(app.service, &item.select) else {
            return Ok((None, Err(Code::INVALID_SELECT)));
        };
        // Services ask, and change nothing. What the platform says of them opens nothing, so that no rule has to.
        let verdict = match category {
            _ if asker.is_service() => Verdict::Denied,
            Category::Grant => Verdict::Allowed,
            _ => decide(&app.rules, asker, category),
        };
        match verdict {
            Verdict::TooWeak => Err(Fault::Credentials),
            Verdict::Denied => Ok((Some(category), Err(Code::ACTION_NOT_AUTHORIZED))),
            Verdict::Allowed => Ok((Some(category), Ok(category))),
        }
    };
    modify.items.iter().map(verdict).collect()
}

impl Changed {
    fn unreadable(status: &Status) -> Changed {
        let code = status.reasons.first().map_or(Code::UNEXPECTED_ERROR, |reason| reason.code.clone());
        Changed { lines: vec![(String::new(), code.as_str().to_owned())], status: status.clone(), at: None }
    }

    fn of(modify: &Modify, verdicts: &[Verdicted], made: Vec<Made>) -> Changed {
        let mut lines = Vec::with_capacity(made.len());
        let mut reasons = Vec::new();
        let at = made.iter().filter_map(|made| made.at).max();
        for ((item, (category, _)), made) in modify.items.iter().zip(verdicts).zip(made) {
            let outcome = match &made.refused {
                Some(code) if made.outcome == REFUSED => code.as_str(),
                _ => made.outcome,
            };
            lines.push((category.map_or("", Category::as_str).to_owned(), outcome.to_owned()));
            reasons.extend(made.refused.map(|code| Reason { code, item: item.item_id.clone() }));
        }
        let status = if reasons.is_empty() { Status::OK } else { Status { outcome: Outcome::Failed, reasons } };
        Changed { lines, status, at }
    }
}

/// The log has the code itself where nobody has a better word.
const REFUSED: &str = "";
/// What the log says of an item that was left as it is because another one of its message was refused.
const LEFT: &str = "left";
