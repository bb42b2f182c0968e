//! Identifiers: one type each, never shown to a person.

use std::fmt;

use uuid::Uuid;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier of a new row.
            pub fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The identifier as a database column holds it.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The sixteen bytes of the column.
            pub fn bytes(&self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

identifier!(
    /// A resident, inside the platform only: no institution ever sees it.
    ResidentId
);
identifier!(
    /// A member of an institution's staff.
    StaffId
);
identifier!(
    /// One consent of one resident.
    ConsentId
);
