//! An insurer's node: its own database, imports, and signed answers.
