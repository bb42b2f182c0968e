//! FeliCa Lite-S cards, the SSC-CARD/1 protocol, and the readers that reach them.
