//! A session with one Lite-S card: from connecting to the first reset.

use super::profile::{SW_OK, SW_SILENT};
use super::{ReadError, ReaderProfile};
use crate::Idm;
use crate::lite_s::{Block, PMM_IC_TYPE_LITE_S, block};

/// The way to a card: an exclusive hold on a reader. Dropping it resets the card and frees the reader.
pub trait Link: Send {
    /// Sends one APDU and gives the whole answer, status word included.
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, ReadError>;
}

/// An exclusive session with a FeliCa Lite-S card.
///
/// The card's challenge and authentication live as long as this does. Dropping it resets the card.
pub struct CardSession {
    link: Box<dyn Link>,
    profile: ReaderProfile,
    idm: Idm,
}

impl CardSession {
    /// Finds out whether the card behind `link` is a Lite-S, by reading only.
    pub fn begin(mut link: Box<dyn Link>, profile: ReaderProfile) -> Result<Self, ReadError> {
        let idm = profile.idm(link.as_mut()).map_err(another_kind)?;
        profile.select_service(link.as_mut()).map_err(another_kind)?;
        // PMm lies in the second half of D_ID; a card without the Lite system refuses the read or stays silent.
        let device = profile.read(link.as_mut(), idm, &[block::D_ID]).map_err(another_kind)?;
        match device.as_slice() {
            [[_, _, _, _, _, _, _, _, _, PMM_IC_TYPE_LITE_S, ..]] => Ok(Self { link, profile, idm }),
            _ => Err(ReadError::OtherCard),
        }
    }

    /// What the card answers to in the field. An identifier, never a proof.
    pub fn idm(&self) -> Idm {
        self.idm
    }

    /// Reads up to four blocks in one command.
    pub fn read<const N: usize>(&mut self, blocks: [u8; N]) -> Result<[Block; N], ReadError> {
        let data = self.profile.read(self.link.as_mut(), self.idm, &blocks).map_err(silent)?;
        data.try_into().map_err(|_| ReadError::Failed { sw: SW_OK, flags: None })
    }

    /// Writes one block, or one block with its MAC_A as the second.
    pub fn write_blocks(&mut self, blocks: &[(u8, Block)]) -> Result<(), ReadError> {
        self.profile.write(self.link.as_mut(), self.idm, blocks).map_err(silent)
    }
}

/// Before a card has shown that it is a Lite-S, its refusals only say that it is not.
fn another_kind(error: ReadError) -> ReadError {
    if matches!(error, ReadError::Failed { .. }) { ReadError::OtherCard } else { error }
}

/// A Lite-S answers everything we send; silence means that it left the field.
fn silent(error: ReadError) -> ReadError {
    if matches!(error, ReadError::Failed { sw: SW_SILENT, .. }) { ReadError::CardGone } else { error }
}
