//! What is bound to a statement: whole numbers, text and bytes, each of them possibly NULL.

use jiff::Timestamp;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Postgres, SqlStr};

/// A parameter of a statement. Its `Debug` shows the kind and never the content.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A `BIGINT`.
    Int(Option<i64>),
    /// A `TEXT`.
    Text(Option<String>),
    /// A `BYTEA`.
    Bytes(Option<Vec<u8>>),
}

/// The parameters of a statement: `params![id, name, now]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::Value::from($value)),*] };
}

impl std::fmt::Debug for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Value::Int(_) => "Int",
            Value::Text(_) => "Text",
            Value::Bytes(_) => "Bytes",
        })
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(Some(value))
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Value {
        Value::Int(Some(value.into()))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Value {
        Value::Int(Some(value.into()))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(Some(value.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Value {
        Value::Text(Some(value.clone()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(Some(value))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Bytes(Some(value))
    }
}

impl From<&Vec<u8>> for Value {
    fn from(value: &Vec<u8>) -> Value {
        Value::Bytes(Some(value.clone()))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Value {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Value {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(value: &[u8; N]) -> Value {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl From<Timestamp> for Value {
    /// Microseconds since 1970, which both engines order and compare as they are.
    fn from(value: Timestamp) -> Value {
        Value::Int(Some(value.as_microsecond()))
    }
}

/// Rust cannot derive the NULL of a type from its value, so that each type that may be NULL is named.
macro_rules! nullable {
    ($($kind:ty => $variant:ident),* $(,)?) => { $(
        impl From<Option<$kind>> for Value {
            fn from(value: Option<$kind>) -> Value {
                value.map_or(Value::$variant(None), Value::from)
            }
        }
    )* };
}

nullable!(i64 => Int, i32 => Int, u32 => Int, Timestamp => Int, &str => Text, String => Text, &String => Text);
nullable!(Vec<u8> => Bytes, &Vec<u8> => Bytes, &[u8] => Bytes);

impl<const N: usize> From<Option<[u8; N]>> for Value {
    fn from(value: Option<[u8; N]>) -> Value {
        value.map_or(Value::Bytes(None), Value::from)
    }
}

/// The statement with its parameters for PostgreSQL, prepared once per connection.
pub(crate) fn bind(sql: SqlStr, params: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    params.into_iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}
