//! Are these two records about one person? The four basic items (基本4情報: name, address, birth date, sex), the kana
//! and the numbers of the insurance, compared into a verdict of three values.
//!
//! A pure crate: what two parties wrote goes in, a verdict and its reasons come out. Nothing is altered or kept.
//!
//! - [`compare`] puts two [`Record`]s side by side: each [`Field`] with its [`Agreement`], both forms in which it was
//!   compared, and the characters to mark; and the [`Verdict`] over all.
//! - [`decide`] looks for one record among those of a ledger. It links only what matches alone: anything near is for a
//!   clerk to look at. No wrong link comes of it, also where twins share a household's number.
//! - [`Glyph`] says why two characters are one: 髙 and 高.
//!
//! How a verdict comes about is a table in `docs/developer/matching.md`. `Debug` shows nothing of a person.

mod address;
mod compare;
mod decide;
mod fold;
mod glyph;
mod kana;
mod marks;
mod name;
mod record;
mod verdict;

pub use compare::{Agreement, Comparison, Field, Item, compare};
pub use decide::{Candidate, Decision, decide};
pub use glyph::{Glyph, Reduction};
pub use record::Record;
pub use verdict::Verdict;

#[cfg(test)]
mod tests;
