//! Byte strings of a fixed length that are written in hexadecimal.

/// A text or byte string that does not have the form its type demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not {expected}")]
pub struct Malformed {
    /// What was being parsed.
    pub what: &'static str,
    /// The form it should have had.
    pub expected: &'static str,
}

/// Defines a byte string of exactly `$len` bytes: hexadecimal in text and in JSON, refused at any other length.
macro_rules! hex_bytes {
    ($(#[$attribute:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The length in bytes; the text has twice as many characters.
            pub const LENGTH_BYTES: usize = $len;

            /// Takes the bytes as they are.
            pub fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = $crate::Malformed;

            fn try_from(bytes: &[u8]) -> Result<Self, $crate::Malformed> {
                let refused = $crate::Malformed { what: $what, expected: concat!(stringify!($len), " bytes") };
                bytes.try_into().map(Self).map_err(|_| refused)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Malformed;

            fn from_str(text: &str) -> Result<Self, $crate::Malformed> {
                let refused = $crate::Malformed { what: $what, expected: concat!(stringify!($len), " bytes in hexadecimal") };
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| refused)?;
                Ok(Self(bytes))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use hex_bytes;
