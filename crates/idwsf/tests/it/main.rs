//! The binding from outside: messages are sealed, broken in one place, and opened.
//!
//! Each step of the receiver has tests that break exactly it; [`world`] signs again where a later step is to be reached.

#[cfg(test)]
mod agreed;
#[cfg(test)]
mod answer;
#[cfg(test)]
mod data_examples;
#[cfg(test)]
mod data_golden;
#[cfg(test)]
mod data_round_trip;
#[cfg(test)]
mod disco;
#[cfg(test)]
mod dst;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod interaction;
#[cfg(test)]
mod introduced;
#[cfg(test)]
mod judges;
#[cfg(test)]
mod mapping;
#[cfg(test)]
mod mechanism;
#[cfg(test)]
mod receive;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod token;
#[cfg(test)]
mod transform;
#[cfg(test)]
mod world;
