//! XML as a receiver may trust it: bounded parse, canonical writer, signature, encryption.
