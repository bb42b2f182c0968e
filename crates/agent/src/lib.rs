//! The reader agent on a PC: a card reader on one side, the browser on the other.
