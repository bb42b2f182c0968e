//! The cards of the region's residents, as far as a reception sees them: an id, a version, a counter, and a key that
//! answers a challenge.

use anyhow::Context;
use card::{
    CardId,
    lite_s::{Block, CardKey, mac_a_read, session_key},
    protocol::{MacA, Origin, PROOF_BLOCKS, Proof, Start, challenge},
};
use platform::{App, app::key};
use web::Clock;

/// A card on a desk's reader.
pub(crate) struct Card {
    id: CardId,
    version: Block,
    counter: Block,
    key: CardKey,
}

impl Card {
    /// What the card answers to the challenge of this conversation at this site.
    pub(crate) fn prove(&self, origin: &Origin, start: &Start) -> Proof {
        let challenge = challenge(origin, start);
        let content = [*self.id.as_bytes(), self.version, self.counter];
        let mac_a = mac_a_read(&session_key(&self.key, &challenge), &challenge, &PROOF_BLOCKS, &content);
        Proof {
            id: self.id,
            ckv_block: self.version.into(),
            wcnt_block: self.counter.into(),
            mac_a: MacA::from_bytes(mac_a),
        }
    }
}

/// Every card whose holder is insured by somebody who can be asked, from a region that does not run.
pub(crate) async fn of_the_insured(config: &std::path::Path) -> anyhow::Result<Vec<Card>> {
    let config = platform::Config::parse(&std::fs::read_to_string(config)?)?;
    let app = App::open(config, Clock::System).await?;
    let rows = app.db.fetch_all(INSURED, Vec::new()).await?;
    let issuing_room = app.keys.issuing_room();
    let cards = rows.iter().map(|row| {
        let id = CardId::from_bytes(row.get("card_id")?);
        let version: u16 = row.get::<i64>("key_version")?.try_into().context("a key version")?;
        let count: u32 = row.get::<i64>("write_count")?.try_into().context("a write count")?;
        let key = issuing_room.card_key(key::CARD, &id, version)?;
        Ok(Card { id, version: block(&version.to_le_bytes()), counter: block(&count.to_le_bytes()), key })
    });
    let cards = cards.collect::<anyhow::Result<Vec<_>>>();
    app.db.close().await;
    cards
}

const INSURED: &str = "SELECT card_id, key_version, write_count FROM card \
     WHERE resident_id IN (SELECT resident_id FROM link WHERE ended_at IS NULL) ORDER BY card_id";

fn block(bytes: &[u8]) -> Block {
    let mut block = [0; 16];
    block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    block
}
