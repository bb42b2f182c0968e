//! How the wishes of a resident stand: what waits is asked about at its institution, all at once.

use std::sync::Arc;

use futures::future::join_all;
use idwsf::token::Authn;
use web::Error;

use super::{
    outcome, visit,
    wire::{About, Stands},
};
use crate::{
    app::App,
    audit::{self, Asked},
    exchange::{Reason, insurers::Insurer},
    ids::ResidentId,
    store::{
        self,
        link::{Held, Link},
        linking::{Linking, State},
    },
};

/// Everything that stands or stood between a resident and institutions.
pub struct Standing {
    /// Wishes, by institution and the newest first.
    pub wishes: Vec<Linking>,
    /// Links, likewise.
    pub links: Vec<Held>,
    /// Institutions that were asked how a wish stands and gave no answer that can be used.
    pub failures: Vec<(String, Reason)>,
}

/// Asks about what waits, and gives how everything stands.
///
/// # Errors
/// When the database or the log fails.
pub async fn refresh(app: &Arc<App>, resident: ResidentId, authn: Authn) -> Result<Standing, Error> {
    let now = app.clock.now();
    let wishes = store::linking::of(&app.db, resident).await.map_err(Error::ours)?;
    let waits = |wish: &&Linking| match wish.state {
        State::Review => true,
        // As long as somebody waits for the answer, it is theirs to say.
        State::Asked => wish.sending_until.is_none_or(|until| until <= now),
        _ => false,
    };
    let known = wishes.iter().filter(waits).filter_map(|wish| Some((wish, app.insurers.find(&wish.provider)?)));
    let asked = join_all(known.map(|(wish, insurer)| ask(app, (resident, authn), wish, insurer))).await;
    if !asked.is_empty() {
        let sources = asked.iter().map(|(asked, ..)| asked.clone()).collect();
        audit::record(app, &visit(resident, sources)).await?;
    }
    let mut failures = Vec::new();
    for (asked, wish, now_stands) in asked {
        match now_stands {
            Ok(state) if state != wish.state => moved(app, resident, wish, state).await.map_err(Error::ours)?,
            Ok(_) => {}
            Err(reason) => failures.push((asked.source, reason)),
        }
    }
    let links = store::link::all_of(&app.db, resident).await.map_err(Error::ours)?;
    let wishes = store::linking::of(&app.db, resident).await.map_err(Error::ours)?;
    Ok(Standing { wishes, links, failures })
}

/// Asks how one wish stands: what the log has to say, and the state it is in now.
async fn ask<'a>(
    app: &Arc<App>,
    (resident, authn): (ResidentId, Authn),
    wish: &'a Linking,
    insurer: &Arc<Insurer>,
) -> (Asked, &'a Linking, Result<State, Reason>) {
    let link = Link { provider: wish.provider.clone(), generation: wish.generation };
    let about = About { app, insurer, resident, link: &link, authn };
    let called = about.stands(wish.asked_at).await;
    let (outcome, state) = match called.outcome {
        Ok(Stands::Linked(_)) => (outcome::LINKED, Ok(State::Linked)),
        Ok(Stands::Review) => (outcome::REVIEW, Ok(State::Review)),
        // Sent, and perhaps never read: the resident can ask again under the same name.
        Ok(Stands::Nowhere) if wish.state == State::Asked => (outcome::OPEN, Ok(State::Asked)),
        Ok(Stands::Nowhere) => (outcome::REFUSED, Ok(State::Refused)),
        Ok(Stands::Refused) => (Reason::Refused.code(), Err(Reason::Refused)),
        Err(reason) => (reason.code(), Err(reason)),
    };
    let asked = Asked { source: wish.provider.clone(), outcome, message: called.message.as_str().to_owned() };
    (asked, wish, state)
}

/// Writes down that a wish has come further, unless somebody else has done something with it.
pub(super) async fn moved(app: &App, resident: ResidentId, before: &Linking, state: State) -> Result<(), db::Error> {
    db::transaction!(app.db, |tx| {
        let wishes = store::linking::get_of(tx, resident).await?;
        if wishes.contains(before) {
            let after = Linking { state, sending_until: None, ..before.clone() };
            store::linking::update(tx, resident, &after).await?;
        }
    })
}
