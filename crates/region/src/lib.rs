//! A synthetic region from real statistics: residents, their families, coverage, and the insurers' files.
//!
//! Nobody in it exists. How many people of which age and sex live in which town of Takamatsu, and how many of them the
//! city insures, comes from public statistics (`data/ORIGIN.md`); names, families, addresses and numbers are drawn by a
//! seeded generator, so the same [`Config`] gives the same region to the byte. House numbers lie above all real ones and
//! every 記号 says 架空.
//!
//! [`lookalikes`] makes, from the same names and towns, the cases in which people are easily mistaken for one another.
//!
//! A region is not held in memory: [`Region::residents`] makes it anew, block by block, whenever it is asked.

mod age;
mod chance;
mod enrolment;
mod families;
mod institutions;
mod lookalikes;
mod named;
mod names;
mod records;
mod region;
mod towns;

pub use age::copayment_on;
pub use enrolment::{
    COMPANY, COMPANY_NAME_EN, COMPANY_NAME_JA, LATE_ELDERLY, LATE_ELDERLY_NAME_EN, LATE_ELDERLY_NAME_JA, NATIONAL,
    NATIONAL_NAME_EN, NATIONAL_NAME_JA, TRANSIT, TRANSIT_NAME_EN, TRANSIT_NAME_JA,
};
pub use families::Role;
pub use institutions::{Institution, institutions};
pub use lookalikes::{Case, Insured, Truth, Twist, lookalikes};
pub use named::Named;
pub use records::RecordFiles;
pub use region::{Config, Files, Region, Resident};
