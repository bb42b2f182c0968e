//! All SQL of the platform, and only SQL: one file for each table.

pub mod artifact;
pub mod attempt;
pub mod audit;
pub mod card;
pub mod ceremony;
pub mod consent;
pub mod discovery_ask;
pub mod discovery_service;
pub mod grant_end;
pub mod institution;
pub mod institution_key;
pub mod link;
pub mod link_end;
pub mod linking;
pub mod logout;
pub mod message_seen;
pub mod passkey;
pub mod resident;
pub mod service;
pub mod service_change;
pub mod service_consent;
pub mod service_key;
pub mod service_link;
pub mod service_release;
pub mod service_session;
pub mod session;
pub mod staff;

/// The schema, in the order of its making. A released file never changes.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { name: "0001_start", sql: include_str!("../../schema/0001_start.sql") },
    db::Migration { name: "0002_services", sql: include_str!("../../schema/0002_services.sql") },
    db::Migration { name: "0003_release_history", sql: include_str!("../../schema/0003_release_history.sql") },
    db::Migration { name: "0004_logout", sql: include_str!("../../schema/0004_logout.sql") },
    db::Migration { name: "0006_records", sql: include_str!("../../schema/0006_records.sql") },
    db::Migration { name: "0007_linking", sql: include_str!("../../schema/0007_linking.sql") },
    db::Migration { name: "0008_grants", sql: include_str!("../../schema/0008_grants.sql") },
    db::Migration { name: "0009_discovery", sql: include_str!("../../schema/0009_discovery.sql") },
    db::Migration { name: "0010_ends_of_gone", sql: include_str!("../../schema/0010_ends_of_gone.sql") },
    db::Migration { name: "0011_institution_keys", sql: include_str!("../../schema/0011_institution_keys.sql") },
    db::Migration { name: "0012_asks", sql: include_str!("../../schema/0012_asks.sql") },
    db::Migration { name: "0013_ended_by", sql: include_str!("../../schema/0013_ended_by.sql") },
    db::Migration { name: "0020_nameless_asks", sql: include_str!("../../schema/0020_nameless_asks.sql") },
];
