//! What is received: each rule broken alone, real requests of foreign peers, and random input.

#[cfg(test)]
mod authn;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod parameters;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod query;
#[cfg(test)]
mod random;
#[cfg(test)]
mod signature;
#[cfg(test)]
mod world;
