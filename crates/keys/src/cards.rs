//! The keys of cards, from a master key that stays here (SSC-CARD/1 §6.2).

use card::CardId;
use card::lite_s::{Block, CardKey, SessionKey, session_key};

use crate::{Error, Keys, wrong_kind};

impl Keys {
    /// The key of one session with one card: what follows from the challenge `rc` in block 80. It is worthless
    /// for any other challenge, so that it may leave the store, which the card's key may not.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn card_session_key(&self, name: &str, id: &CardId, ckv: u16, rc: &Block) -> Result<SessionKey, Error> {
        Ok(session_key(&self.card_key(name, id, ckv)?, rc))
    }

    /// The room where new cards are written. Only a program that issues cards asks for it.
    pub fn issuing_room(&self) -> IssuingRoom<'_> {
        IssuingRoom { keys: self }
    }

    fn card_key(&self, name: &str, id: &CardId, ckv: u16) -> Result<CardKey, Error> {
        let secret = self.secret(name)?;
        Ok(card::diversify::card_key(secret.as_master().ok_or_else(|| wrong_kind(name))?, id, ckv))
    }
}

/// May compute the key of a card, which is written into block 87 once and never read again.
pub struct IssuingRoom<'k> {
    keys: &'k Keys,
}

impl IssuingRoom<'_> {
    /// The key of card `id` in key version `ckv`.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Kind`].
    pub fn card_key(&self, name: &str, id: &CardId, ckv: u16) -> Result<CardKey, Error> {
        self.keys.card_key(name, id, ckv)
    }
}
