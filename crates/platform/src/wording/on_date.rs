//! The sentences about the date of an eligibility check. In a text, `{old}` and `{new}` are insurers, `{day}` and `{until}` days.

use super::{Claims, claims};

/// The date of an eligibility check.
pub struct OnDate {
    /// Label of the field.
    pub label: &'static str,
    /// What dates there are.
    pub hint: &'static str,
    /// Button.
    pub choose: &'static str,
    /// Link back to today.
    pub today: &'static str,
    /// That another date than today's is set; `{}` is it.
    pub set: &'static str,
    /// Title where the date may not be asked about.
    pub wrong: &'static str,
    /// Title of the list of insurers, and its headings.
    pub sources: (&'static str, [&'static str; 4]),
    /// Covered on the date.
    pub covered: &'static str,
    /// Not covered on it.
    pub not_covered: &'static str,
    /// The insurer holds no record for that date.
    pub nothing: &'static str,
    /// Two insurers claim the date: title and text.
    pub overlap: (&'static str, &'static str),
    /// Nobody claims the date between two periods: title and text.
    pub gap: (&'static str, &'static str),
    /// In the list of looks at one's own data: a check of another day, which is `{}`.
    pub look: &'static str,
    /// Checks by a clinic's own software.
    pub claims: Claims,
}

pub(super) const JA: OnDate = OnDate {
    label: "確認する日",
    hint: "今日のほか、2年前の同じ日から今月末までの日を選べます。月遅れの請求や返戻のときに使います。",
    choose: "この日で確認する",
    today: "今日に戻す",
    set: "{} の資格を確認します。患者さんのカードを置いてください。",
    wrong: "確認できる日ではありません",
    sources: ("保険者ごとの回答", ["保険者", "この日の資格", "期間", "記録の時点"]),
    covered: "あり",
    not_covered: "なし",
    nothing: "記録なし",
    overlap: (
        "資格が重なっています",
        "{old}と{new}の両方が、この日の資格を認めています。請求の前に、両方の保険者に確認してください。",
    ),
    gap: (
        "資格のない日です",
        "{old}の資格は{day}の前日まで、{new}の資格は{until}の翌日からです。この日の資格を認める保険者はありません。ご本人に確認してください。",
    ),
    look: "{} の資格の有無と負担割合",
    claims: claims::JA,
};

pub(super) const EN: OnDate = OnDate {
    label: "Date of the check",
    hint: "Today, or any day from two years ago to the end of this month: for claims that are late or were sent back.",
    choose: "Check for this date",
    today: "Back to today",
    set: "The check is for {}. Put the patient's card on the reader.",
    wrong: "This date cannot be checked",
    sources: ("What each insurer answered", ["Insurer", "Covered on the date", "Period", "Records as of"]),
    covered: "Yes",
    not_covered: "No",
    nothing: "No record",
    overlap: (
        "Two coverages at once",
        "Both {old} and {new} say that the person is covered on this date. Ask both insurers before you claim.",
    ),
    gap: (
        "A day without coverage",
        "The coverage of {old} ends on the day before {day}, and that of {new} begins on the day after {until}. No insurer covers this date: ask the person.",
    ),
    look: "Eligibility and co-payment on {}",
    claims: claims::EN,
};
