//! What every page and every place that runs has in common: the clock, chance, the language of the reader,
//! the guard at the door, and how a failure becomes a page.
//!
//! Nothing here knows a resident, an insurer or a card.

pub mod assets;
pub mod clock;
pub mod error;
pub mod guard;
pub mod lang;
pub mod processors;
pub mod random;
pub mod upload;

pub use clock::Clock;
pub use error::Error;
pub use lang::Lang;
pub use processors::Processors;
pub use random::Random;
