//! Schema changes, run once each and never changed after their release.

use crate::{Db, Engine, Error, Tx, params, transaction};

/// One step of a schema: `Migration { name: "0001_start", sql: include_str!("../schema/0001_start.sql") }`.
#[derive(Clone, Copy)]
pub struct Migration {
    /// Its name, for ever.
    pub name: &'static str,
    /// Statements for PostgreSQL, with `BIGINT`, `TEXT` and `BYTEA` as the only types, separated by `;`.
    pub sql: &'static str,
}

pub(crate) async fn run(db: &Db, migrations: &[Migration]) -> Result<(), Error> {
    let sqlite = matches!(db.engine, Engine::Sqlite(_));
    transaction!(db, |tx| { tx.execute(CREATE, params![]).await? })?;
    for migration in migrations {
        transaction!(db, |tx| { step(tx, migration, sqlite).await? })?;
    }
    Ok(())
}

async fn step(tx: &mut Tx, migration: &Migration, sqlite: bool) -> Result<(), Error> {
    let known = tx.fetch_optional("SELECT sql FROM migration WHERE name = $1", params![migration.name]).await?;
    if let Some(row) = known {
        if row.get::<String>("sql")? == migration.sql {
            return Ok(());
        }
        return Err(Error::MigrationChanged { name: migration.name.to_owned() });
    }
    for statement in statements(migration.sql) {
        let statement = if sqlite { for_sqlite(&statement) } else { statement };
        tx.execute_migration(statement).await?;
    }
    tx.execute("INSERT INTO migration (name, sql) VALUES ($1, $2)", params![migration.name, migration.sql]).await?;
    Ok(())
}

/// The text itself is kept, so that an operator can see what ran.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, sql TEXT NOT NULL)";

/// The statements of a script, without comments.
fn statements(script: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for piece in pieces(script) {
        match piece {
            Piece::Plain(";") => found.push(String::new()),
            Piece::Comment => {}
            Piece::Plain(text) | Piece::Quoted(text) => {
                if let Some(last) = found.last_mut() {
                    last.push_str(text);
                }
            }
        }
    }
    found.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

/// The same statement for SQLite: its names of the types, and tables that check them as PostgreSQL does.
fn for_sqlite(statement: &str) -> String {
    let mut translated = String::with_capacity(statement.len());
    for piece in pieces(statement) {
        match piece {
            Piece::Plain("BYTEA") => translated.push_str("BLOB"),
            Piece::Plain("BIGINT") => translated.push_str("INTEGER"),
            Piece::Plain(text) | Piece::Quoted(text) => translated.push_str(text),
            Piece::Comment => {}
        }
    }
    if translated.starts_with("CREATE TABLE") {
        translated.push_str(" STRICT");
    }
    translated
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// A word, or one character between words.
    Plain(&'a str),
    /// A text in quotes, with them.
    Quoted(&'a str),
    /// From `--` to the end of the line.
    Comment,
}

fn pieces(mut sql: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    while let Some(first) = sql.chars().next() {
        let comment = sql.starts_with("--");
        let quoted = first == '\'' || first == '"';
        let length = if comment {
            sql.find('\n').unwrap_or(sql.len())
        } else if quoted {
            // A doubled quote reads as two texts side by side, which is the same here.
            sql.char_indices().skip(1).find(|(_, c)| *c == first).map_or(sql.len(), |(end, _)| end + 1)
        } else if is_word(first) {
            sql.find(|c| !is_word(c)).unwrap_or(sql.len())
        } else {
            first.len_utf8()
        };
        let (piece, rest) = sql.split_at(length);
        found.push(match (comment, quoted) {
            (true, _) => Piece::Comment,
            (_, true) => Piece::Quoted(piece),
            _ => Piece::Plain(piece),
        });
        sql = rest;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_cut_at_semicolons_outside_quotes_and_comments() {
        let script = "CREATE TABLE a (x TEXT); -- one; two\nINSERT INTO a VALUES ('it''s; BIGINT');\n";
        assert_eq!(statements(script), ["CREATE TABLE a (x TEXT)", "INSERT INTO a VALUES ('it''s; BIGINT')"]);
    }

    #[test]
    fn types_are_translated_and_texts_are_not() {
        let translated = for_sqlite("CREATE TABLE a (id BIGINT NOT NULL, BIGINTS BYTEA DEFAULT 'BYTEA')");
        assert_eq!(translated, "CREATE TABLE a (id INTEGER NOT NULL, BIGINTS BLOB DEFAULT 'BYTEA') STRICT");
    }

    #[test]
    fn an_unclosed_quote_ends_with_the_script() {
        assert_eq!(pieces("'a"), [Piece::Quoted("'a")]);
        assert_eq!(pieces("'"), [Piece::Quoted("'")]);
    }
}
