//! The rules of the seam, on every engine at hand.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod sqlite_aside;
#[cfg(test)]
mod sqlite_batches;
#[cfg(test)]
mod transactions;
