//! What a query found.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::{Error, Value};

/// One row of an answer.
pub struct Row(Columns);

enum Columns {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column: `row.get::<i64>("seq")?`, or `Option<_>` where it may be NULL.
    ///
    /// # Errors
    /// [`Error::Column`] when there is no such column, or when its value is NULL or of another type.
    pub fn get<T: FromColumn>(&self, column: &str) -> Result<T, Error> {
        let wrong = || Error::Column { column: column.to_owned(), wanted: std::any::type_name::<T>() };
        let value = match T::KIND {
            Value::Int(_) => Value::Int(self.read(column).map_err(|_| wrong())?),
            Value::Text(_) => Value::Text(self.read(column).map_err(|_| wrong())?),
            Value::Bytes(_) => Value::Bytes(self.read(column).map_err(|_| wrong())?),
        };
        T::from_value(value).ok_or_else(wrong)
    }

    fn read<T>(&self, column: &str) -> Result<Option<T>, sqlx::Error>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        match &self.0 {
            Columns::Sqlite(row) => row.try_get(column),
            Columns::Postgres(row) => row.try_get(column),
        }
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Row {
        Row(Columns::Sqlite(row))
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Row {
        Row(Columns::Postgres(row))
    }
}

/// A Rust type that a column can be read as.
pub trait FromColumn: Sized {
    /// The kind of column, with NULL in it.
    const KIND: Value;
    /// The value, or nothing when it does not fit the type.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromColumn for i64 {
    const KIND: Value = Value::Int(None);
    fn from_value(value: Value) -> Option<i64> {
        if let Value::Int(value) = value { value } else { None }
    }
}

impl FromColumn for String {
    const KIND: Value = Value::Text(None);
    fn from_value(value: Value) -> Option<String> {
        if let Value::Text(value) = value { value } else { None }
    }
}

impl FromColumn for Vec<u8> {
    const KIND: Value = Value::Bytes(None);
    fn from_value(value: Value) -> Option<Vec<u8>> {
        if let Value::Bytes(value) = value { value } else { None }
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    const KIND: Value = Value::Bytes(None);
    fn from_value(value: Value) -> Option<[u8; N]> {
        Vec::from_value(value)?.try_into().ok()
    }
}

impl FromColumn for Timestamp {
    const KIND: Value = Value::Int(None);
    fn from_value(value: Value) -> Option<Timestamp> {
        Timestamp::from_microsecond(i64::from_value(value)?).ok()
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    const KIND: Value = T::KIND;
    fn from_value(value: Value) -> Option<Option<T>> {
        match value {
            Value::Int(None) | Value::Text(None) | Value::Bytes(None) => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}
