use std::{borrow::Cow, ops::Range};

use crate::{Node, canonical};

/// One element in exclusive canonical form that stands alone: it declares every namespace it visibly uses.
#[derive(Clone, PartialEq, Eq)]
pub struct Fragment {
    pub(crate) canonical: String,
    /// In order of position: the declarations that nothing above them in the fragment had bound before. Only these can be
    /// left out when the fragment is put into a larger element that already has them.
    pub(crate) outermost: Vec<Declared>,
}

/// One namespace declaration as it was written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    /// Where ` xmlns:p="…"`, with the space before it, stands.
    pub(crate) at: Range<usize>,
    pub(crate) prefix: Cow<'static, str>,
    pub(crate) uri: Cow<'static, str>,
}

impl Fragment {
    /// A received element, in exclusive canonical form: how a token is passed on without touching what its issuer signed
    /// (ID-WSF 2.0: tokens are opaque to the client).
    #[must_use]
    pub fn of(node: Node) -> Self {
        canonical::fragment(node)
    }

    /// The canonical bytes, also good as a document on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.canonical
    }

    /// The canonical text, by value.
    #[must_use]
    pub fn into_string(self) -> String {
        self.canonical
    }

    /// Appends this fragment to `out`, inside an element where `bound` tells what a prefix means, and notes in `outermost`
    /// the declarations that stay such.
    pub(crate) fn embed<'s>(
        &self,
        bound: impl Fn(&str) -> Option<&'s str>,
        out: &mut String,
        outermost: &mut Vec<Declared>,
    ) {
        let mut from = 0;
        for declared in &self.outermost {
            match bound(&declared.prefix) {
                Some(uri) if uri == declared.uri => {
                    out.push_str(self.slice(from..declared.at.start));
                    from = declared.at.end;
                }
                Some(_) => {}
                None => {
                    let start = out.len() + declared.at.start - from;
                    outermost.push(Declared { at: start..start + declared.at.len(), ..declared.clone() });
                }
            }
        }
        out.push_str(self.slice(from..self.canonical.len()));
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> &str {
        self.canonical.get(range).unwrap_or_default()
    }
}
