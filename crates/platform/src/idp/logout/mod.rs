//! Single logout.
mod run;
