//! The sentences about links between a resident and institutions.

/// Links with institutions. In a text, `{}` is the institution unless it says otherwise.
pub struct Links {
    /// Tile of the menu and what it is about.
    pub tile: (&'static str, &'static str),
    /// Heading.
    pub title: &'static str,
    /// What the page shows.
    pub lead: &'static str,
    /// Heading of what is in force or waits.
    pub current: &'static str,
    /// There is nothing of that kind.
    pub none: &'static str,
    /// Heading of what is over.
    pub past: &'static str,
    /// Before the day of a link.
    pub since: &'static str,
    /// Before the day of asking.
    pub asked: &'static str,
    /// Before the day of the end.
    pub ended: &'static str,
    /// State words and what each means.
    pub states: States,
    /// Buttons.
    pub buttons: Buttons,
    /// What was done a moment ago.
    pub done: Done,
    /// Title of the notice that an institution cannot say how a wish stands.
    pub unanswered: &'static str,
    /// The form.
    pub form: Form,
    /// The question whether the record is theirs.
    pub confirm: Confirm,
    /// The question whether a link is to end.
    pub sure: Sure,
    /// What stands in the list of looks.
    pub looks: Looks,
}

/// A state word, and what it means.
pub struct States {
    /// In force.
    pub in_force: (&'static str, &'static str),
    /// The resident has not said yet that the record is theirs.
    pub linked: (&'static str, &'static str),
    /// A clerk looks at it.
    pub review: (&'static str, &'static str),
    /// No answer yet.
    pub asked: (&'static str, &'static str),
    /// It was in force.
    pub ended: (&'static str, &'static str),
    /// It was in force until the institution ended it.
    pub ended_there: (&'static str, &'static str),
    /// The institution would not.
    pub refused: (&'static str, &'static str),
    /// Not theirs.
    pub denied: (&'static str, &'static str),
    /// Taken back.
    pub withdrawn: (&'static str, &'static str),
}

/// Buttons.
pub struct Buttons {
    /// To the form.
    pub add: &'static str,
    /// To the question whether the record is theirs.
    pub confirm: &'static str,
    /// To the question whether it is to end.
    pub end: &'static str,
    /// To the question whether a wish is taken back.
    pub withdraw: &'static str,
    /// To the form again, after a wish without an answer.
    pub again: &'static str,
    /// Back to the links.
    pub back: &'static str,
}

/// What was done a moment ago.
pub struct Done {
    /// A link is in force.
    pub confirmed: &'static str,
    /// A clerk looks at it.
    pub review: &'static str,
    /// Sent, and not answered.
    pub sent: &'static str,
    /// Not theirs.
    pub denied: &'static str,
    /// Ended.
    pub ended: &'static str,
    /// After either: the institution will be told.
    pub untold: &'static str,
}

/// The form.
pub struct Form {
    /// Heading.
    pub title: &'static str,
    /// What it is for.
    pub lead: &'static str,
    /// Where the numbers are found.
    pub where_found: &'static str,
    /// Label and hint of each field; an empty hint is none.
    pub insurer: (&'static str, &'static str),
    /// The first choice of the list.
    pub choose: &'static str,
    /// 記号
    pub symbol: (&'static str, &'static str),
    /// 番号
    pub number: (&'static str, &'static str),
    /// 枝番
    pub branch: (&'static str, &'static str),
    /// 氏名
    pub name: (&'static str, &'static str),
    /// フリガナ
    pub kana: (&'static str, &'static str),
    /// 生年月日
    pub birth: (&'static str, &'static str),
    /// 性別
    pub sex: (&'static str, &'static str),
    /// Its values.
    pub sexes: [&'static str; 2],
    /// 住所
    pub address: (&'static str, &'static str),
    /// Mark of a field that may be empty.
    pub optional: &'static str,
    /// Heading of the consent.
    pub consent: &'static str,
    /// What is sent, to whom, why.
    pub consent_facts: [(&'static str, &'static str); 4],
    /// The box.
    pub agree: &'static str,
    /// Button.
    pub send: &'static str,
    /// No institution is left to be linked with.
    pub nobody_left: &'static str,
    /// Title of the error summary.
    pub wrong: &'static str,
    /// What is wrong with a field.
    pub problems: Problems,
    /// Why nothing came of it.
    pub came: Came,
}

/// What is wrong with a field.
pub struct Problems {
    /// Empty.
    pub missing: &'static str,
    /// Too long, or with characters that nobody can type.
    pub unreadable: &'static str,
    /// An Individual Number.
    pub my_number: &'static str,
    /// No date.
    pub no_date: &'static str,
    /// Nothing chosen.
    pub not_chosen: &'static str,
    /// The box is not ticked.
    pub not_agreed: &'static str,
}

/// Why nothing came of it: title and text.
pub struct Came {
    /// Nobody of that kind.
    pub unmatched: (&'static str, &'static str),
    /// What to look at.
    pub check: [&'static str; 4],
    /// How often one may ask again today; `{}` is how often.
    pub left: &'static str,
    /// Not today any more.
    pub none_left: &'static str,
    /// The institution would not.
    pub refused: (&'static str, &'static str),
    /// No answer.
    pub unanswered: &'static str,
    /// What was written is still here.
    pub kept_here: &'static str,
    /// Too often.
    pub spent: (&'static str, &'static str),
    /// Just now, in another window.
    pub underway: (&'static str, &'static str),
    /// Linked or waiting.
    pub held: (&'static str, &'static str),
}

/// The question whether the record is theirs.
pub struct Confirm {
    /// Heading.
    pub title: &'static str,
    /// What is asked.
    pub lead: &'static str,
    /// Label.
    pub insurer: &'static str,
    /// Label.
    pub number: &'static str,
    /// What happens then.
    pub meaning: &'static str,
    /// Button.
    pub yes: &'static str,
    /// Button.
    pub no: &'static str,
    /// What no does.
    pub no_meaning: &'static str,
    /// Title and text where the institution has ended it meanwhile.
    pub gone: (&'static str, &'static str),
    /// Title and text where a clerk looks at it again.
    pub review: (&'static str, &'static str),
}

/// The question whether a link is to end.
pub struct Sure {
    /// Heading.
    pub title: &'static str,
    /// What it does.
    pub text: &'static str,
    /// Button.
    pub button: &'static str,
    /// Heading, for a wish.
    pub withdraw_title: &'static str,
    /// What it does.
    pub withdraw_text: &'static str,
    /// Button.
    pub withdraw_button: &'static str,
}

/// What stands in the list of looks.
pub struct Looks {
    /// What was looked at.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
    /// Before anything is sent.
    pub sent: &'static str,
    /// Outcomes.
    pub linked: &'static str,
    /// A clerk looks at it.
    pub review: &'static str,
    /// Nobody of that kind.
    pub unmatched: &'static str,
    /// The institution would not.
    pub refused: &'static str,
    /// Nothing yet.
    pub open: &'static str,
    /// The masked number was shown.
    pub shown: &'static str,
    /// Theirs.
    pub confirmed: &'static str,
    /// Not theirs.
    pub denied: &'static str,
    /// Over.
    pub ended: &'static str,
    /// The institution has ended it.
    pub ended_there: &'static str,
    /// No answer.
    pub unanswered: &'static str,
}

pub(super) mod en;
pub(super) mod ja;
