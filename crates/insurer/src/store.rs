//! Every SQL statement of the node, in the file named after its table.

pub(crate) mod access_log;
pub(crate) mod checkup;
pub(crate) mod clerk;
pub(crate) mod closed_pseudonym;
pub(crate) mod contact;
pub(crate) mod coverage;
pub(crate) mod expense;
pub(crate) mod grant_end;
pub(crate) mod import;
pub(crate) mod ledger;
pub(crate) mod link;
pub(crate) mod link_case;
pub(crate) mod link_handle;
pub(crate) mod link_request;
pub(crate) mod member;
pub(crate) mod passkey;
pub(crate) mod pending_member;
pub(crate) mod pending_record;
pub(crate) mod pension;
pub(crate) mod seen_message;
pub(crate) mod session;
pub(crate) mod untold_end;
