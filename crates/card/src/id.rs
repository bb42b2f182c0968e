//! The names of a card.

use crate::hex_bytes::hex_bytes;

hex_bytes! {
    /// The ID block (82) of a Lite-S card: IDm (8), DFC (2), free number (6). It names a card within SSC.
    ///
    /// Public, and proves nothing by itself: only [`crate::protocol::server::verify`] says that the card is there.
    CardId, 16, "a card id"
}

hex_bytes! {
    /// The number a card answers to in the radio field.
    ///
    /// An identifier, never a proof: any reader in target mode can present any IDm.
    Idm, 8, "an IDm"
}

impl CardId {
    /// The id of the card that answers to `idm`, with Sony's format code and the issuer's number.
    pub fn new(idm: Idm, dfc: [u8; 2], number: [u8; 6]) -> Self {
        let mut bytes = [0; 16];
        let parts = idm.as_bytes().iter().chain(&dfc).chain(&number);
        for (byte, part) in bytes.iter_mut().zip(parts) {
            *byte = *part;
        }
        Self::from_bytes(bytes)
    }

    /// Bytes 0–7: the IDm under which the card was made.
    pub fn idm(&self) -> Idm {
        let [a, b, c, d, e, f, g, h, ..] = *self.as_bytes();
        Idm::from_bytes([a, b, c, d, e, f, g, h])
    }

    /// Bytes 8–9: the data format code, assigned by Sony to an issuer.
    pub fn dfc(&self) -> [u8; 2] {
        let [_, _, _, _, _, _, _, _, a, b, ..] = *self.as_bytes();
        [a, b]
    }

    /// Bytes 10–15: the number the issuer gave.
    pub fn number(&self) -> [u8; 6] {
        let [.., a, b, c, d, e, f] = *self.as_bytes();
        [a, b, c, d, e, f]
    }
}
