//! The four basic items of two records.
