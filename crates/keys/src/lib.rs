//! Sign, decrypt and derive by key name: nothing secret leaves the store.
