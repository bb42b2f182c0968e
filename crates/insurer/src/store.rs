//! Every SQL statement of the node, in the file named after its table.

pub(crate) mod access_log;
pub(crate) mod coverage;
pub(crate) mod import_file;
pub(crate) mod link;
pub(crate) mod member;
pub(crate) mod seen_message;
