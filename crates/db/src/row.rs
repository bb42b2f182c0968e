//! What a query found.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::{Error, Value};

/// One row of an answer.
pub struct Row(Columns);

enum Columns {
    Sqlite(Found),
    Postgres(PgRow),
}

/// A row that SQLite found: names of the columns, which all rows of an answer share, and what is in them.
pub(crate) struct Found {
    pub(crate) columns: Arc<[Box<str>]>,
    pub(crate) values: Vec<rusqlite::types::Value>,
}

impl Row {
    /// The value of a column: `row.get::<i64>("seq")?`, or `Option<_>` where it may be NULL.
    ///
    /// # Errors
    /// [`Error::Column`] when there is no such column, or when its value is NULL or of another type.
    pub fn get<T: FromColumn>(&self, column: &str) -> Result<T, Error> {
        let value = match &self.0 {
            Columns::Sqlite(found) => found.read(column, T::KIND),
            Columns::Postgres(row) => read(row, column, T::KIND),
        };
        let wrong = || Error::Column { column: column.to_owned(), wanted: std::any::type_name::<T>() };
        value.and_then(T::from_value).ok_or_else(wrong)
    }
}

impl Found {
    fn read(&self, column: &str, kind: Value) -> Option<Value> {
        use rusqlite::types::Value as Held;
        let place = self.columns.iter().position(|name| **name == *column)?;
        match (kind, self.values.get(place)?) {
            (kind, Held::Null) => Some(kind),
            (Value::Int(_), Held::Integer(value)) => Some(Value::Int(Some(*value))),
            (Value::Text(_), Held::Text(value)) => Some(Value::Text(Some(value.clone()))),
            (Value::Bytes(_), Held::Blob(value)) => Some(Value::Bytes(Some(value.clone()))),
            _ => None,
        }
    }
}

fn read(row: &PgRow, column: &str, kind: Value) -> Option<Value> {
    match kind {
        Value::Int(_) => row.try_get(column).ok().map(Value::Int),
        Value::Text(_) => row.try_get(column).ok().map(Value::Text),
        Value::Bytes(_) => row.try_get(column).ok().map(Value::Bytes),
    }
}

impl From<Found> for Row {
    fn from(row: Found) -> Row {
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
