//! A sentence in the two languages of the platform.

/// The same sentence in Japanese and English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Wording {
    /// Both languages at once, so that neither is forgotten.
    pub(crate) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), en: en.into() }
    }
}
