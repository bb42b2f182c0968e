//! XML files of other systems: through the one door, and each problem with its line and the path of its element.

use std::borrow::Cow;

use encoding_rs::SHIFT_JIS;
use jiff::civil::Date;
use xml::{Document, Node, Ns, Refused};

use crate::cells::{Cell, Row};
use crate::report::{Code, Problem, Report};
use crate::{my_number, parse_date};

/// Elements nested in one another; the deepest format read here needs 14.
const DEPTH_MAX: usize = 40;
/// Longest path that a report names, in characters.
const PATH_MAX: usize = 120;

/// Reads a document: UTF-8 or Shift_JIS by its declaration and its bytes, bounded, without DOCTYPE, and without an
/// Individual Number anywhere. `read` gets the root; `None` says that the report tells why not.
pub(crate) fn document<T>(
    bytes: &[u8],
    bytes_max: usize,
    report: &mut Report,
    read: impl FnOnce(Place, &mut Report) -> Option<T>,
) -> Option<T> {
    if bytes.len() > bytes_max {
        report.push(Problem::at_line(Code::TooLarge, 1));
        return None;
    }
    let Some(text) = decoded(bytes) else {
        report.push(Problem::at_line(Code::BrokenText, 1));
        return None;
    };
    let limits =
        xml::Limits { bytes: text.len().max(bytes_max), depth: DEPTH_MAX, comments: true, ..xml::Limits::default() };
    let document = match xml::scan(text.as_bytes(), &limits).and_then(Document::parse) {
        Ok(document) => document,
        Err(refused) => {
            report.push(Problem::at_line(Code::NotXml, line_told(&refused)).found(refused.code()));
            return None;
        }
    };
    let lines = Lines::of(&text);
    let root = Place { node: document.root(), lines: &lines };
    if my_number_within(root, report) {
        return None;
    }
    read(root, report)
}

/// An element, and how to find its line.
#[derive(Clone, Copy)]
pub(crate) struct Place<'d, 'i> {
    pub(crate) node: Node<'d, 'i>,
    lines: &'d Lines,
}

impl<'d, 'i> Place<'d, 'i> {
    pub(crate) fn at(self, node: Node<'d, 'i>) -> Self {
        Self { node, ..self }
    }

    pub(crate) fn line(self) -> u64 {
        self.lines.line_of(self.node.range().start)
    }

    /// The names from the root to this element, without the root itself.
    pub(crate) fn path(self) -> String {
        let mut names: Vec<&str> =
            self.node.ancestors().filter(Node::is_element).map(|node| node.tag_name().name()).collect();
        names.pop();
        names.reverse();
        names.join("/").chars().take(PATH_MAX).collect()
    }

    pub(crate) fn problem(self, code: Code) -> Problem {
        Problem::at_line(code, self.line()).in_column(&self.path())
    }

    /// The child elements named so.
    pub(crate) fn children<'n>(self, ns: Ns, name: &'n str) -> impl Iterator<Item = Self> + 'n
    where
        'd: 'n,
        'i: 'n,
    {
        xml::children(self.node, ns, name).map(move |node| self.at(node))
    }

    /// The only child named so; a second one is a problem.
    pub(crate) fn child(self, ns: Ns, name: &str, report: &mut Report) -> Option<Self> {
        let mut named = self.children(ns, name);
        let first = named.next();
        if let Some(second) = named.next() {
            report.push(second.problem(Code::ElementTwice));
        }
        first
    }

    /// The only child named so; none is a problem, too.
    pub(crate) fn needed(self, ns: Ns, name: &str, report: &mut Report) -> Option<Self> {
        let child = self.child(ns, name, report);
        if child.is_none() {
            report.push(self.missing(name));
        }
        child
    }

    pub(crate) fn missing(self, name: &str) -> Problem {
        let path = [self.path(), name.to_owned()].join("/");
        Problem::at_line(Code::ElementMissing, self.line()).in_column(path.trim_start_matches('/'))
    }
}

/// Reads the leaves of one element by name, and knows which it was not asked for.
pub(crate) struct Leaves<'d, 'i, 'r> {
    place: Place<'d, 'i>,
    path: String,
    asked: Vec<&'static str>,
    row: Row<'r>,
}

impl<'d, 'i, 'r> Leaves<'d, 'i, 'r> {
    pub(crate) fn new(place: Place<'d, 'i>, report: &'r mut Report) -> Self {
        Self { place, path: place.path(), asked: Vec::new(), row: Row::new(1, report) }
    }

    /// The path of a child and its text, empty if there is none.
    fn leaf(&mut self, name: &'static str) -> (String, String) {
        self.asked.push(name);
        let path = format!("{}/{name}", self.path).trim_start_matches('/').to_owned();
        let Some(child) = self.place.child(xml::ns::NONE, name, self.row.report) else {
            self.row.line = self.place.line();
            return (path, String::new());
        };
        self.row.line = child.line();
        match xml::text(child.node) {
            Ok(text) => (path, text.trim().to_owned()),
            Err(_) => {
                self.row.problem(child.problem(Code::ElementValue));
                (path, String::new())
            }
        }
    }

    pub(crate) fn text(&mut self, name: &'static str, characters_max: usize) -> Option<String> {
        let (path, text) = self.leaf(name);
        self.row.text(Cell { name: &path, text: &text }, characters_max)
    }

    pub(crate) fn optional<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (path, text) = self.leaf(name);
        self.row.optional(Cell { name: &path, text: &text }, Code::ElementValue, read)
    }

    pub(crate) fn required<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (path, text) = self.leaf(name);
        let cell = Cell { name: &path, text: &text };
        if text.is_empty() {
            self.row.refuse(Code::ElementMissing, cell);
        }
        self.row.optional(cell, Code::ElementValue, read)
    }

    pub(crate) fn date(&mut self, name: &'static str) -> Option<Date> {
        self.optional(name, parse_date)
    }

    /// A date that may be left open.
    pub(crate) fn end(&mut self, name: &'static str) -> Option<Date> {
        let (path, text) = self.leaf(name);
        self.row.end(Cell { name: &path, text: &text })
    }

    /// A value that is kept as text although it should be more than that: a warning.
    pub(crate) fn unusual(&mut self, code: Code, name: &'static str, found: &str) {
        let path = format!("{}/{name}", self.path);
        self.row.warn(code, Cell { name: path.trim_start_matches('/'), text: found });
    }

    /// The texts of the elements below that were not asked for and are not `known`, at most `count_max`, by path.
    pub(crate) fn others(&self, known: &[&str], count_max: usize, characters_max: usize) -> Vec<(String, String)> {
        let own = self.path.split('/').count();
        let leaves = self.place.node.children().filter(|child| {
            let name = child.tag_name().name();
            child.is_element() && !self.asked.iter().chain(known).any(|asked| name == *asked)
        });
        let texts = leaves.flat_map(|child| child.descendants()).filter(Node::is_element).filter_map(|leaf| {
            let text = xml::text(leaf).ok()?;
            let text: String = text.trim().chars().filter(|c| !c.is_control()).take(characters_max).collect();
            let path = self.place.at(leaf).path();
            let path = path.split('/').skip(own).collect::<Vec<_>>().join("/");
            (!text.is_empty()).then_some((path, text))
        });
        texts.take(count_max).collect()
    }
}

/// Byte places of line ends.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(place, _)| place).collect())
    }

    fn line_of(&self, byte: usize) -> u64 {
        self.0.partition_point(|end| *end < byte) as u64 + 1
    }
}

/// Text of a document without its declaration, which may name an encoding the text no longer has. The line ends behind the
/// declaration stay, so that lines keep their numbers.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let end = bytes.windows(2).take(DECLARATION_MAX).position(|pair| pair == b"?>");
    let (declaration, body) = match end.filter(|_| bytes.starts_with(b"<?xml ")) {
        Some(end) => bytes.split_at_checked(end + 2)?,
        None => (&[][..], bytes),
    };
    let says = |name: &[u8]| declaration.to_ascii_lowercase().windows(name.len()).any(|part| part == name);
    let utf8 = || std::str::from_utf8(body).ok().map(Cow::Borrowed);
    let cp932 = || SHIFT_JIS.decode_without_bom_handling_and_without_replacement(body);
    if says(b"shift_jis") || says(b"windows-31j") || says(b"cp932") {
        cp932().or_else(utf8)
    } else {
        utf8().or_else(cp932)
    }
}

/// Longest XML declaration that is looked for, in bytes.
const DECLARATION_MAX: usize = 200;

/// The line that a parser's message ends with ("… at 3:17").
fn line_told(refused: &Refused) -> u64 {
    let text = refused.to_string();
    let place = text.rsplit(" at ").next().unwrap_or_default();
    place.split(':').next().and_then(|line| line.parse().ok()).unwrap_or(1)
}

/// Looks at every text and every attribute, those of unknown elements too.
fn my_number_within(root: Place, report: &mut Report) -> bool {
    let mut found = false;
    for node in root.node.descendants() {
        let text = node.is_text() && node.text().is_some_and(my_number::present);
        if text || node.attributes().any(|attribute| my_number::present(attribute.value())) {
            found = true;
            let element = if node.is_element() { Some(node) } else { node.parent_element() };
            report.push(root.at(element.unwrap_or(node)).problem(Code::MyNumber));
        }
    }
    found
}
