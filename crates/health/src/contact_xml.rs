//! What a resident may change at an insurer: where they are reached, and how they want to be told.
//!
//! Three elements in the namespace of the insurer's service, each at a path of its own. As the new data of a DST `Modify` they
//! hold the value alone; as the answer to a `Query` they say when it was changed, which the next change has to name.
//!
//! ```xml
//! <nhi:Phone changedAt="2026-11-22T03:00:01Z">0878390000</nhi:Phone>
//! <nhi:Email>hanako@mail.example.jp</nhi:Email>
//! <nhi:NoticeWish>portal</nhi:NoticeWish>
//! ```

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xml::{Attr, Fragment, Node, Ns, Writer};

use crate::wire::Record;
pub use crate::wire::Unreadable;
use crate::{folded, my_number};

/// One of the things that a resident may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// A telephone number.
    Phone,
    /// An address for electronic mail.
    Email,
    /// How notices are to come.
    NoticeWish,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Phone, Self::Email, Self::NoticeWish];

    /// The steps of its path, the last of which is its element: `/nhi:Insured/nhi:Contact/nhi:Phone`.
    pub const fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Phone => &["Insured", "Contact", PHONE],
            Self::Email => &["Insured", "Contact", EMAIL],
            Self::NoticeWish => &["Insured", NOTICE_WISH],
        }
    }

    /// Its path, in the prefix of the service.
    pub fn select(self, ns: Ns) -> String {
        self.steps().iter().fold(String::new(), |path, step| format!("{path}/{}:{step}", ns.prefix))
    }

    /// The one with this path.
    pub fn of(select: &str, ns: Ns) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.select(ns) == select)
    }

    /// The local name of its element.
    pub fn element(self) -> &'static str {
        match self {
            Self::Phone => PHONE,
            Self::Email => EMAIL,
            Self::NoticeWish => NOTICE_WISH,
        }
    }

    /// Reads what somebody has typed for it.
    ///
    /// # Errors
    /// [`Unreadable::MyNumber`] for what holds an Individual Number, [`Unreadable::Value`] for what is not of its kind.
    pub fn parse(self, text: &str) -> Result<Value, Unreadable> {
        let folded = folded(text);
        // With its country's code a number of twelve digits is one of another country, and fits the check digit one time in eleven.
        let abroad = self == Self::Phone && folded.starts_with('+');
        if !abroad && (my_number::present(text) || my_number::present(&folded)) {
            return Err(Unreadable::MyNumber(self.element()));
        }
        let value = match self {
            Self::Phone => phone(&folded),
            Self::Email => Some(folded).filter(|text| is_email(text)),
            Self::NoticeWish => Some(folded).filter(|text| [POST, PORTAL].contains(&text.as_str())),
        };
        let text = value.ok_or(Unreadable::Value(self.element()))?;
        Ok(Value { field: self, text })
    }
}

/// What a resident wants to stand there, checked and in the one form that is kept. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    field: Field,
    text: String,
}

impl Value {
    /// What it is.
    pub fn field(&self) -> Field {
        self.field
    }

    /// A number's digits, with `+` before that of another country; an address; [`POST`] or [`PORTAL`].
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({:?}, …)", self.field)
    }
}

/// The value as `<ns:Phone changedAt>`; without an instant in a wish for a change.
pub fn write(value: &Value, changed_at: Option<Timestamp>, ns: Ns) -> Fragment {
    let at = changed_at.map(|at| at.to_string());
    let attrs: Vec<Attr> = at.as_deref().map(|at| Attr::plain(CHANGED_AT, at)).into_iter().collect();
    let mut writer = Writer::new();
    writer.leaf(ns, value.field.element(), &attrs, value.as_str());
    writer.finish()
}

/// Reads a value of this kind, and when it was changed last, where it says so. Only the form that is kept is taken.
///
/// # Errors
/// [`Unreadable`] names the element or attribute.
pub fn read(field: Field, node: Node, ns: Ns) -> Result<(Value, Option<Timestamp>), Unreadable> {
    let record = Record::named(node, ns, field.element())?;
    // What it may hold differs from field to field: no other check comes before.
    let text = xml::text(node)?;
    let value = field.parse(&text)?;
    if value.text != text {
        return Err(Unreadable::Value(field.element()));
    }
    Ok((value, record.attribute(CHANGED_AT, |text| text.parse().ok())?))
}

/// The digits of a telephone number: ten or eleven that begin with a zero, or `+` and those of another country's.
fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|character| !matches!(character, '-' | '(' | ')' | 'ー')).collect();
    let (abroad, number) = digits.strip_prefix('+').map_or((false, digits.as_str()), |number| (true, number));
    let plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let zero = number.starts_with('0');
    let fits =
        if abroad { (8..=15).contains(&number.len()) && !zero } else { (10..=11).contains(&number.len()) && zero };
    (plain && fits).then_some(digits)
}

/// An address as mail programs send to (RFC 5321 §4.1.2), without quoted parts and comments.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let local_fits = (1..=LOCAL_CHARACTERS_MAX).contains(&local.len()) && local.bytes().all(atom);
    local_fits && text.len() <= EMAIL_CHARACTERS_MAX && domain.contains('.') && domain.split('.').all(label)
}

/// Notices come by post.
pub const POST: &str = "post";
/// Notices are to be shown in the portal, and none is to come by post.
pub const PORTAL: &str = "portal";
const PHONE: &str = "Phone";
const EMAIL: &str = "Email";
const NOTICE_WISH: &str = "NoticeWish";
const CHANGED_AT: &str = "changedAt";
const EMAIL_CHARACTERS_MAX: usize = 254;
const LOCAL_CHARACTERS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use xml::{Document, Limits, scan};

    use super::*;

    const NHI: Ns = Ns::new("nhi", "urn:x-kagawa:nhi:2009-03:dst-2.1");

    fn parsed(field: Field, text: &str) -> Option<String> {
        field.parse(text).ok().map(|value| value.as_str().to_owned())
    }

    #[test]
    fn what_people_type_becomes_the_form_that_is_kept() {
        assert_eq!(parsed(Field::Phone, "087-839-0000").as_deref(), Some("0878390000"));
        assert_eq!(parsed(Field::Phone, " ０９０（１２３４）５６７８ ").as_deref(), Some("09012345678"));
        assert_eq!(parsed(Field::Phone, "+81 87 839 0000").as_deref(), Some("+81878390000"));
        assert_eq!(
            parsed(Field::Phone, "＋12 3456-7890-18").as_deref(),
            Some("+123456789018"),
            "it fits a check digit"
        );
        assert_eq!(parsed(Field::Email, "ｈａｎａｋｏ@mail.example.jp").as_deref(), Some("hanako@mail.example.jp"));
        assert_eq!(parsed(Field::NoticeWish, "post").as_deref(), Some("post"));
    }

    #[test]
    fn what_is_not_of_its_kind_is_refused() {
        for bad in ["", "087", "1234567890", "0878390000a", "+0878390000", "012345678901", "０８７８３９０００００００"]
        {
            assert_eq!(parsed(Field::Phone, bad), None, "{bad}");
        }
        let long = format!("{}@example.jp", "x".repeat(65));
        for bad in ["", "hanako", "@example.jp", "a@b", "a@-b.jp", "a@b..jp", "a@b@c.jp", "a<b@c.jp", "花@c.jp", &long]
        {
            assert_eq!(parsed(Field::Email, bad), None, "{bad}");
        }
        for bad in ["", "Post", "pigeon"] {
            assert_eq!(parsed(Field::NoticeWish, bad), None, "{bad}");
        }
        let my_number = Field::Email.parse("123456789018@example.jp");
        assert_eq!(my_number, Err(Unreadable::MyNumber(EMAIL)));
        for text in ["123456789018", "1234-5678-9018", "１２３４５６７８９０１８"] {
            assert_eq!(Field::Phone.parse(text), Err(Unreadable::MyNumber(PHONE)), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let at: Timestamp = "2026-11-22T03:00:01Z".parse().unwrap();
        for (field, text) in [
            (Field::Phone, "0878390000"),
            (Field::Phone, "+123456789018"),
            (Field::Email, "a@b.jp"),
            (Field::NoticeWish, PORTAL),
        ] {
            let value = field.parse(text).unwrap();
            assert_eq!(Field::of(&field.select(NHI), NHI), Some(field));
            assert!(!format!("{value:?}").contains(text));
            for changed_at in [None, Some(at)] {
                let written = write(&value, changed_at, NHI);
                let document = Document::parse(scan(written.as_str().as_bytes(), &Limits::default()).unwrap()).unwrap();
                assert_eq!(read(field, document.root(), NHI), Ok((value.clone(), changed_at)));
                let other = Field::ALL.into_iter().find(|other| *other != field).unwrap();
                assert!(read(other, document.root(), NHI).is_err(), "each element is of its own kind");
            }
        }
        assert_eq!(Field::of("/nhi:Insured/nhi:Phone", NHI), None);
    }

    #[test]
    fn only_the_form_that_is_kept_is_read() {
        for text in ["<nhi:Phone>087-839-0000</nhi:Phone>", "<nhi:Phone changedAt=\"today\">0878390000</nhi:Phone>"] {
            let text = text.replacen("<nhi:Phone", "<nhi:Phone xmlns:nhi=\"urn:x-kagawa:nhi:2009-03:dst-2.1\"", 1);
            let document = Document::parse(scan(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
            assert!(read(Field::Phone, document.root(), NHI).is_err(), "{text}");
        }
    }
}
