//! A resident and an insurer find each other: what the resident says of themselves, and what became of it.
//!
//! Both are one element `Link` in the namespace of the insurer's service. The request is the new data of a DST `Modify`, the
//! state is the answer to a `Query`. Codes and dates are written as in [`crate::coverage_xml`].
//!
//! ```xml
//! <nhi:Link handle="q83vEjRWeJASNFZ4kKvN7w">
//!   <nhi:Symbol>架空12</nhi:Symbol> <nhi:Number>0012345</nhi:Number> <nhi:Branch>01</nhi:Branch>
//!   <nhi:Name>𠮷田 一郎</nhi:Name> <nhi:Kana>ヨシダ イチロウ</nhi:Kana>
//!   <nhi:Birth>1970-05-06</nhi:Birth> <nhi:Sex>1</nhi:Sex> <nhi:Address>香川県高松市番町架空1-2</nhi:Address>
//! </nhi:Link>
//!
//! <nhi:Link state="review" number="***345"/>
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};
use xml::{Attr, Fragment, Node, Ns, Refused, Writer};

pub use crate::wire::Unreadable;
use crate::wire::{Record, day};
use crate::{Enrolment, InsurerNumber, Person, Sex, folded, my_number};

/// Local name of both elements, and the last step of the path of a link.
pub const LINK: &str = "Link";

/// The four basic items (基本4情報), the kana and the numbers on the certificate, as the resident has them.
///
/// `Debug` shows nothing of the content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// 記号, where the certificate has one.
    pub symbol: Option<String>,
    /// 番号.
    pub number: String,
    /// 枝番, where the certificate has one.
    pub branch: Option<String>,
    /// 氏名, 生年月日, 性別, 住所, and フリガナ, which is empty where it is not known. The address is there.
    pub person: Person,
}

impl LinkRequest {
    /// The numbers at this insurer, in the form in which they can be compared.
    pub fn enrolment(&self, insurer: InsurerNumber) -> Enrolment {
        Enrolment {
            insurer,
            symbol: self.symbol.as_deref().map(folded).unwrap_or_default(),
            number: folded(&self.number),
            branch: self.branch.as_deref().map(folded).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for LinkRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkRequest(…)")
    }
}

/// By what the insurer can speak to the platform of the person whom a request is about, once they are linked: sealed by the platform, it
/// says nothing to anybody else.
///
/// `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Handle(String);

impl Handle {
    /// One to 256 letters, digits, `-` and `_`; else nothing.
    pub fn parse(text: &str) -> Option<Handle> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let fits = (1..=HANDLE_BYTES_MAX).contains(&text.len());
        (plain && fits).then(|| Handle(text.to_owned()))
    }

    /// As it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle(…)")
    }
}

/// The request as `<ns:Link>`, with the platform's handle for whom it is about, if there is one.
pub fn write(request: &LinkRequest, handle: Option<&Handle>, ns: Ns) -> Fragment {
    let person = &request.person;
    let birth = person.birth.to_string();
    let leaves = [
        (SYMBOL, request.symbol.as_deref()),
        (NUMBER, Some(request.number.as_str())),
        (BRANCH, request.branch.as_deref()),
        (NAME, Some(person.name.as_str())),
        (KANA, Some(person.kana.as_str()).filter(|kana| !kana.is_empty())),
        (BIRTH, Some(birth.as_str())),
        (SEX, Some(person.sex.code())),
        (ADDRESS, person.address.as_deref()),
    ];
    let mut writer = Writer::new();
    let handle = handle.map(|handle| Attr::plain(HANDLE, handle.as_str()));
    writer.start(ns, LINK, handle.as_slice());
    for (name, text) in leaves {
        if let Some(text) = text {
            writer.leaf(ns, name, &[], text);
        }
    }
    writer.end();
    writer.finish()
}

/// Reads a request. Whoever sends more than is asked for is refused: nothing is kept that nobody needs.
///
/// # Errors
/// [`Unreadable`] names the element.
pub fn read(node: Node, ns: Ns) -> Result<LinkRequest, Unreadable> {
    let record = element(node, ns)?;
    for child in node.children().filter(Node::is_element) {
        if !ELEMENTS.iter().any(|known| xml::is(child, ns, known)) {
            return Err(Unreadable::Value(LINK));
        }
    }
    Ok(LinkRequest {
        symbol: record.optional_text(SYMBOL)?,
        number: record.text(NUMBER)?,
        branch: record.optional_text(BRANCH)?,
        person: Person {
            name: record.text(NAME)?,
            kana: record.optional_text(KANA)?.unwrap_or_default(),
            birth: record.required(BIRTH, day)?,
            sex: record.required(SEX, sex)?,
            address: Some(record.text(ADDRESS)?),
        },
    })
}

/// Reads the handle that comes with a request; without one, nothing.
///
/// # Errors
/// [`Unreadable`] for what is none.
pub fn read_handle(node: Node, ns: Ns) -> Result<Option<Handle>, Unreadable> {
    element(node, ns)?;
    let handle = |text| Handle::parse(text).ok_or(Unreadable::Value(HANDLE));
    xml::unqualified(node, HANDLE).map(handle).transpose()
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkState {
    /// Whether the two have found each other.
    pub standing: Standing,
    /// The number with all but its end hidden, as [`masked`] writes it: enough to know one's own certificate by.
    pub number: String,
}

/// Whether the two have found each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They have.
    Linked,
    /// A clerk of the insurer has to look.
    Review,
}

impl Standing {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Review => "review",
        }
    }
}

/// The state as `<ns:Link state number>`.
pub fn write_state(state: &LinkState, ns: Ns) -> Fragment {
    let mut writer = Writer::new();
    let attrs = [Attr::plain("state", state.standing.as_str()), Attr::plain("number", &state.number)];
    writer.empty(ns, LINK, &attrs);
    writer.finish()
}

/// Reads a state.
///
/// # Errors
/// [`Unreadable`] names the attribute.
pub fn read_state(node: Node, ns: Ns) -> Result<LinkState, Unreadable> {
    element(node, ns)?;
    let word = xml::unqualified(node, "state").ok_or(Unreadable::Value("state"))?;
    let standing = [Standing::Linked, Standing::Review].into_iter().find(|known| known.as_str() == word);
    let number = xml::unqualified(node, "number").ok_or(Unreadable::Value("number"))?;
    if number.chars().count() > MASKED_CHARACTERS_MAX || number.chars().any(char::is_control) {
        return Err(Unreadable::Value("number"));
    }
    if my_number::present(number) {
        return Err(Unreadable::MyNumber("number"));
    }
    Ok(LinkState { standing: standing.ok_or(Unreadable::Value("state"))?, number: number.to_owned() })
}

/// Hides a number but for its last four characters, and never less than half of it: `***345`.
pub fn masked(number: &str) -> String {
    let number: Vec<char> = folded(number).chars().collect();
    let shown = (number.len() / 2).min(SHOWN_MAX);
    number.iter().skip(number.len() - shown).fold("***".to_owned(), |mut text, character| {
        text.push(*character);
        text
    })
}

fn element<'a, 'i>(node: Node<'a, 'i>, ns: Ns) -> Result<Record<'a, 'i>, Unreadable> {
    if xml::is(node, ns, LINK) { Ok(Record::new(node, ns)) } else { Err(Refused::Missing(LINK.to_owned()).into()) }
}

/// The resident register knows two.
fn sex(code: &str) -> Option<Sex> {
    [Sex::Male, Sex::Female].into_iter().find(|sex| sex.code() == code)
}

const SYMBOL: &str = "Symbol";
const NUMBER: &str = "Number";
const BRANCH: &str = "Branch";
const NAME: &str = "Name";
const KANA: &str = "Kana";
const BIRTH: &str = "Birth";
const SEX: &str = "Sex";
const ADDRESS: &str = "Address";
const ELEMENTS: [&str; 8] = [SYMBOL, NUMBER, BRANCH, NAME, KANA, BIRTH, SEX, ADDRESS];
const HANDLE: &str = "handle";
const HANDLE_BYTES_MAX: usize = 256;
const SHOWN_MAX: usize = 4;
const MASKED_CHARACTERS_MAX: usize = 16;

#[cfg(test)]
mod tests;
