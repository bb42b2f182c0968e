//! Cards: the server's side of SSC-CARD/1, and what becomes of a card.

pub mod attempt;
pub mod issue;
pub mod judge;
