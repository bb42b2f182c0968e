//! One door to SQLite and PostgreSQL: open, migrate, transaction with retry.
