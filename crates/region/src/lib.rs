//! A synthetic region from real statistics: residents, coverage, cards, files.
