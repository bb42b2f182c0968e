//! The program as people start it: its commands, its demonstration, and what its documents promise.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod region;
#[cfg(test)]
mod verify;
