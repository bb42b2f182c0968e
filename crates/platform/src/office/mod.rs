//! What the consortium office does. For now: letting institutions and their staff in.

pub mod staff;
