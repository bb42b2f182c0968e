use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{EntityId, Unacceptable};

/// An artifact of type 4 (Bindings §3.6.4): who holds the message, at which of its endpoints, and which one.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Endpoint index at the holder.
    pub index: u16,
    /// SHA-1 of the holder's entity ID, as the format demands.
    pub source: [u8; 20],
    /// Random.
    pub handle: [u8; 20],
}

impl Artifact {
    /// A new artifact of ours.
    #[must_use]
    pub fn new(index: u16, holder: &EntityId, random: [u8; 20]) -> Self {
        Self { index, source: source_of(holder), handle: random }
    }

    /// Reads one: base64 of 44 bytes, type 4.
    ///
    /// # Errors
    /// [`Unacceptable`].
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        let bytes = Some(text).filter(|text| text.len() == CHARS).and_then(|text| STANDARD.decode(text).ok());
        bytes
            .and_then(|bytes| Self::read(&bytes))
            .ok_or(Unacceptable::because("an artifact is 44 bytes of type 4, in base64"))
    }

    /// Whether `entity` holds it.
    #[must_use]
    pub fn is_of(&self, entity: &EntityId) -> bool {
        self.source == source_of(entity)
    }

    /// As it travels in `SAMLart`.
    #[must_use]
    pub fn encode(&self) -> String {
        STANDARD.encode([TYPE.as_slice(), &self.index.to_be_bytes(), &self.source, &self.handle].concat())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (head, bytes) = bytes.split_first_chunk::<2>()?;
        let (index, bytes) = bytes.split_first_chunk::<2>()?;
        let (source, handle) = bytes.split_first_chunk::<20>()?;
        let handle = handle.try_into().ok()?;
        (*head == TYPE).then_some(Self { index: u16::from_be_bytes(*index), source: *source, handle })
    }
}

/// `SAML_ARTIFACT_TYPE` 0x0004.
const TYPE: [u8; 2] = [0, 4];

/// Base64 of 44 bytes.
const CHARS: usize = 60;

/// An identifier, not a protection: whoever finds a second entity ID with this digest is still not registered under it.
fn source_of(holder: &EntityId) -> [u8; 20] {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, holder.as_str().as_bytes());
    let mut source = [0; 20];
    source.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    source
}
