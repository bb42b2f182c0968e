//! A long answer in parts (DST 2.1, pagination: `count`, `offset`, `setID`, `setReq`, `remaining`, `nextOffset`).

use xml::{Attr, Fragment, Node};

use super::Code;

/// Which part of an answer is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// At most so many elements; all that are left if not said.
    pub count: Option<u32>,
    /// So many elements are passed over.
    pub offset: u32,
    /// `setID`: the state of the data that the part before was of.
    pub set: Option<String>,
    /// `setReq`: what is to become of the state.
    pub request: Option<SetRequest>,
}

/// `setReq` of a query item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetRequest {
    /// `Static`: all parts are to be of one state of the data.
    Static,
    /// `DeleteSet`: no further part will be asked for.
    Delete,
}

impl SetRequest {
    fn as_str(self) -> &'static str {
        match self {
            Self::Static => "Static",
            Self::Delete => "DeleteSet",
        }
    }
}

/// What a service has for an item.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// All elements; paging cuts the part out.
    pub content: Vec<Fragment>,
    /// The name of the state they are of, such as the number of an import. It changes whenever they do. Without one,
    /// nobody can be promised that two parts fit together.
    pub set: Option<String>,
    /// Something to say beside them, such as [`Code::ALL_RETURNED`] where `changedSince` could not be honoured.
    pub note: Option<Code>,
}

impl From<Vec<Fragment>> for Found {
    fn from(content: Vec<Fragment>) -> Self {
        Self { content, set: None, note: None }
    }
}

/// What is left after a part: attributes of `Data`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rest {
    /// Elements after this part.
    pub remaining: Option<u32>,
    /// Where the next part begins; none after the last.
    pub next_offset: Option<u32>,
    /// The state that the part is of.
    pub set: Option<String>,
}

impl Page {
    /// Cuts the part out.
    ///
    /// # Errors
    /// [`Code::INVALID_SET_ID`] if the data have changed since the part before, [`Code::STATIC_NOT_SUPPORTED`] if nobody can
    /// tell, [`Code::NO_MORE_ELEMENTS`] if the part begins after the end.
    pub(super) fn cut(&self, found: Found) -> Result<(Vec<Fragment>, Rest), Code> {
        if self.set.is_some() && self.set != found.set {
            return Err(Code::INVALID_SET_ID);
        }
        match self.request {
            Some(SetRequest::Static) if found.set.is_none() => return Err(Code::STATIC_NOT_SUPPORTED),
            // Nothing was kept for the set, so nothing is to be deleted.
            Some(SetRequest::Delete) => return Ok((Vec::new(), Rest::default())),
            Some(SetRequest::Static) | None => {}
        }
        let total = u32::try_from(found.content.len()).map_err(|_| Code::DATA_TOO_LONG)?;
        if self.offset > 0 && self.offset >= total {
            return Err(Code::NO_MORE_ELEMENTS);
        }
        let left = total - self.offset;
        let taken = self.count.map_or(left, |count| count.min(left));
        let remaining = left - taken;
        let part = found.content.into_iter().skip(self.offset as usize).take(taken as usize).collect();
        let next_offset = (remaining > 0).then_some(self.offset + taken);
        Ok((part, Rest { remaining: Some(remaining), next_offset, set: found.set }))
    }

    /// The attributes of an item; none if all is asked for at once.
    ///
    /// # Errors
    /// [`Code::INVALID_DATA`] for a number that is none, [`Code::INVALID_SET_REQ`] for an unknown wish, and
    /// [`Code::INVALID_SET_ID`] for a name that nobody gave.
    pub(super) fn read(item: Node) -> Result<Option<Self>, Code> {
        let [count, offset, set, request] =
            ["count", "offset", "setID", "setReq"].map(|name| xml::unqualified(item, name));
        if [count, offset, set, request].iter().all(Option::is_none) {
            return Ok(None);
        }
        let request = match request {
            None => None,
            Some("Static") => Some(SetRequest::Static),
            Some("DeleteSet") => Some(SetRequest::Delete),
            Some(_) => return Err(Code::INVALID_SET_REQ),
        };
        if set.is_some_and(|set| set.is_empty() || set.len() > SET_BYTES_MAX) {
            return Err(Code::INVALID_SET_ID);
        }
        let count = count.map(|text| number(text).ok_or(Code::INVALID_DATA)).transpose()?;
        let offset = offset.map_or(Some(0), number).ok_or(Code::INVALID_DATA)?;
        Ok(Some(Self { count, offset, set: set.map(str::to_owned), request }))
    }

    /// The attributes as text, for [`attributes`].
    pub(super) fn texts(&self) -> [(&'static str, Option<String>); 4] {
        [
            ("count", self.count.map(|count| count.to_string())),
            ("offset", (self.offset > 0).then(|| self.offset.to_string())),
            ("setID", self.set.clone()),
            ("setReq", self.request.map(|request| request.as_str().to_owned())),
        ]
    }
}

impl Rest {
    /// The attributes of a `Data`; `None` if they are not what they should be.
    pub(super) fn read(data: Node) -> Option<Self> {
        let counted = |name| xml::unqualified(data, name).map_or(Some(None), |text| number(text).map(Some));
        let set = xml::unqualified(data, "setID");
        let sound = set.is_none_or(|set| (1..=SET_BYTES_MAX).contains(&set.len()));
        sound.then_some(())?;
        Some(Self {
            remaining: counted("remaining")?,
            next_offset: counted("nextOffset")?,
            set: set.map(str::to_owned),
        })
    }

    pub(super) fn texts(&self) -> [(&'static str, Option<String>); 3] {
        [
            ("remaining", self.remaining.map(|count| count.to_string())),
            ("nextOffset", self.next_offset.map(|offset| offset.to_string())),
            ("setID", self.set.clone()),
        ]
    }
}

/// Attributes for those texts that there are.
pub(super) fn attributes<'a>(texts: &'a [(&'static str, Option<String>)]) -> impl Iterator<Item = Attr<'a>> {
    texts.iter().filter_map(|(name, text)| text.as_deref().map(|text| Attr::plain(name, text)))
}

/// `xs:nonNegativeInteger`, as far as anybody counts here.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

const SET_BYTES_MAX: usize = 64;
