//! The sentences of the clinic portal.

/// The clinic portal.
pub struct Clinic {
    /// Heading of the login.
    pub login: &'static str,
    /// What the login is.
    pub login_lead: &'static str,
    /// Field.
    pub login_name: &'static str,
    /// Button.
    pub passkey: &'static str,
    /// Button that only a demonstration has.
    pub demo: &'static str,
    /// Hint at it.
    pub demo_hint: &'static str,
    /// Error.
    pub unknown_name: &'static str,
    /// Live text.
    pub passkey_failed: &'static str,
    /// Heading of the reception.
    pub reception: &'static str,
    /// What to do.
    pub reception_lead: &'static str,
    /// Button.
    pub check: &'static str,
    /// Link to the passkeys.
    pub passkeys: &'static str,
    /// Heading.
    pub passkeys_title: &'static str,
    /// What passkeys are.
    pub passkeys_lead: &'static str,
    /// How many there are; `{}` is the number.
    pub passkeys_count: &'static str,
    /// Button.
    pub passkey_add: &'static str,
    /// Heading of the invitation page.
    pub invitation: &'static str,
    /// The invitation does not hold.
    pub invitation_gone: &'static str,
    /// That the check starts by itself, and that no mouse is needed.
    pub keys: &'static str,
}

/// The eligibility screen.
pub struct Eligibility {
    /// Heading.
    pub title: &'static str,
    /// Word of the banner.
    pub valid: &'static str,
    /// Word of the banner.
    pub not_valid: &'static str,
    /// Word of the banner.
    pub several: &'static str,
    /// Word of the banner.
    pub unknown: &'static str,
    /// Word of the banner when a source is missing.
    pub down: &'static str,
    /// What a missing source means.
    pub down_text: &'static str,
    /// Before the date.
    pub on_date: &'static str,
    /// Button.
    pub next: &'static str,
    /// The resident has not consented.
    pub no_consent: &'static str,
    /// Title of it.
    pub no_consent_title: &'static str,
    /// Title where a card was not let in.
    pub refused: &'static str,
    /// Before the code.
    pub code: &'static str,
}
