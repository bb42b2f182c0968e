//! The sentences of the resident's pages that came first: the login, the menu, coverage, who looked, and consents.

/// The portal's first page.
pub struct Top {
    /// Heading.
    pub title: &'static str,
    /// What this is.
    pub lead: &'static str,
    /// Heading of the login.
    pub login: &'static str,
    /// Step.
    pub step_card: &'static str,
    /// Step.
    pub step_pin: &'static str,
    /// Step.
    pub step_back: &'static str,
    /// Button.
    pub button: &'static str,
    /// Notice after a session ended.
    pub ended: &'static str,
    /// Heading: what one can see.
    pub what: &'static str,
    /// What one can see.
    pub what_text: &'static str,
    /// Heading: how it is protected.
    pub safe: &'static str,
    /// How it is protected.
    pub safe_text: &'static str,
}

/// The main menu.
pub struct Menu {
    /// Heading.
    pub title: &'static str,
    /// Tile and what it is about.
    pub coverage: (&'static str, &'static str),
    /// Tile and what it is about.
    pub expenses: (&'static str, &'static str),
    /// Tile and what it is about.
    pub checkups: (&'static str, &'static str),
    /// Tile and what it is about.
    pub pension: (&'static str, &'static str),
    /// Tile and what it is about.
    pub looks: (&'static str, &'static str),
    /// Tile and what it is about.
    pub consents: (&'static str, &'static str),
}

/// Health insurance coverage.
pub struct Coverage {
    /// Heading.
    pub title: &'static str,
    /// What the page shows.
    pub lead: &'static str,
    /// Fact names.
    pub insurer_number: &'static str,
    /// 記号・番号
    pub symbol_number: &'static str,
    /// 枝番
    pub branch: &'static str,
    /// 氏名
    pub name: &'static str,
    /// フリガナ
    pub kana: &'static str,
    /// 生年月日
    pub birth: &'static str,
    /// 本人・家族
    pub relationship: &'static str,
    /// Values of it.
    pub insured: &'static str,
    /// Value of it.
    pub dependent: &'static str,
    /// 世帯主 (国保)
    pub householder: &'static str,
    /// 被保険者 (健保)
    pub employee: &'static str,
    /// 負担割合
    pub copayment: &'static str,
    /// Unit after the ratio, such as 割.
    pub tenths: &'static str,
    /// 資格取得日
    pub from: &'static str,
    /// 有効期限
    pub until: &'static str,
    /// 住所
    pub address: &'static str,
    /// No end.
    pub open_end: &'static str,
    /// Heading of the history.
    pub history: &'static str,
    /// A source that answered and holds nothing.
    pub nothing: &'static str,
    /// No institution is linked.
    pub nobody: &'static str,
    /// Notice where consent is missing.
    pub no_consent: &'static str,
    /// Link to the consents.
    pub to_consents: &'static str,
    /// Two valid at once.
    pub several: &'static str,
}

/// Who looked at my data.
pub struct Looks {
    /// Heading.
    pub title: &'static str,
    /// What the page shows.
    pub lead: &'static str,
    /// The resident.
    pub yourself: &'static str,
    /// An institution that is no longer known by name.
    pub institution: &'static str,
    /// Fact names.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
    /// Whose data.
    pub from: &'static str,
    /// Number of the entry.
    pub number: &'static str,
    /// Result.
    pub result: &'static str,
    /// Results.
    pub shown: &'static str,
    /// Result.
    pub not_shown: &'static str,
    /// Result.
    pub nothing_linked: &'static str,
    /// Category.
    pub coverage: &'static str,
    /// Category.
    pub eligibility: &'static str,
    /// Purpose.
    pub self_view: &'static str,
    /// Purpose.
    pub eligibility_check: &'static str,
    /// Nothing yet.
    pub empty: &'static str,
    /// Link to older entries.
    pub older: &'static str,
}

/// Consents.
pub struct Consents {
    /// Heading.
    pub title: &'static str,
    /// What the page is for.
    pub lead: &'static str,
    /// Title and text of the consent to one's own view.
    pub self_view: (&'static str, &'static str),
    /// Title and text of the consent to eligibility checks.
    pub eligibility_check: (&'static str, &'static str),
    /// State word.
    pub given: &'static str,
    /// State word.
    pub not_given: &'static str,
    /// Before the date it was given.
    pub since: &'static str,
    /// Before the version of the text.
    pub version: &'static str,
    /// Button.
    pub give: &'static str,
    /// Button.
    pub withdraw: &'static str,
}
