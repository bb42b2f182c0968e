//! What every page shares: frame, wording, sessions, errors, the clock.
