//! Health insurance data: insurer numbers, coverage, eligibility, and the files they come in.
