//! A file of check-ups in any of its forms: the zip that is handed in, one document, or a table. Its first bytes say which.

use std::io::{Read, Seek, SeekFrom};

use super::archive::Archive;
use super::{Checkup, document, sheet};
use crate::report::{At, Code, Problem, Report};

/// The check-ups of a file, one at a time: those that are sound. What is wrong with the others gathers in the report, which
/// [`Checkups::finish`] hands out; nothing may be kept of a file before it has.
#[must_use = "finish() tells whether the file may be taken"]
pub struct Checkups<R>(Form<R>);

enum Form<R> {
    Archive(Box<Archive<R>>),
    Document { checkup: Option<Box<Checkup>>, report: Report },
    Sheet(Box<sheet::Rows<R>>),
}

impl<R: Read + Seek> Checkups<R> {
    /// Looks at the first bytes. A document is read at once, the others as they are asked for.
    ///
    /// # Errors
    /// [`Report`] says why nothing of the file can be read.
    pub fn open(mut source: R) -> Result<Self, Report> {
        let unreadable = |_| Report::of(KIND, Problem::of_file(Code::NotArchive));
        let mut start = Vec::new();
        source.by_ref().take(START).read_to_end(&mut start).map_err(unreadable)?;
        source.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        if start.starts_with(b"PK") {
            return Archive::open(source).map(|archive| Self(Form::Archive(Box::new(archive))));
        }
        let text = start.strip_prefix(BOM).unwrap_or(&start);
        if text.trim_ascii_start().starts_with(b"<") {
            let mut bytes = Vec::new();
            source.take(document::BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
            let (checkup, warnings) = document::read(&bytes)?;
            let mut report = Report::new(KIND, PROBLEMS_MAX);
            warnings.into_iter().for_each(|warning| report.warn(warning));
            return Ok(Self(Form::Document { checkup: Some(Box::new(checkup)), report }));
        }
        Ok(Self(Form::Sheet(Box::new(sheet::Rows::new(source)))))
    }

    /// Refuses the file because of the check-up that was read last: `found` is quoted.
    pub fn refuse(&mut self, code: Code, found: &str) {
        match &mut self.0 {
            Form::Archive(archive) => archive.refuse(code, found),
            Form::Document { report, .. } => report.refuse(&At::line(1), code, found),
            Form::Sheet(rows) => rows.refuse(code, found),
        }
    }

    /// Reads what is left, and tells whether the file may be taken: with these warnings.
    ///
    /// # Errors
    /// [`Report`] names each problem with its place.
    pub fn finish(self) -> Result<Vec<Problem>, Report> {
        match self.0 {
            Form::Archive(archive) => archive.finish(),
            Form::Document { report, .. } => report.finish(),
            Form::Sheet(rows) => rows.finish(),
        }
    }
}

impl<R: Read + Seek> Iterator for Checkups<R> {
    type Item = Checkup;

    fn next(&mut self) -> Option<Checkup> {
        match &mut self.0 {
            Form::Archive(archive) => archive.next(),
            Form::Document { checkup, .. } => checkup.take().map(|checkup| *checkup),
            Form::Sheet(rows) => rows.next(),
        }
    }
}

/// Bytes that are looked at: a byte order mark, white space, and the first sign.
const START: u64 = 64;
const BOM: &[u8] = b"\xef\xbb\xbf";
const KIND: &str = "check-up file";
/// Problems that a report keeps.
const PROBLEMS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const DOCUMENT: &str = include_str!("../../tests/files/checkup/document.xml");
    const TABLE: &str = include_str!("../../tests/files/checkup/table.csv");

    #[test]
    fn the_first_bytes_say_what_a_file_is() {
        for (bytes, count) in [(DOCUMENT.to_owned(), 1), (format!("\u{feff}{DOCUMENT}"), 1), (TABLE.to_owned(), 3)] {
            let mut checkups = Checkups::open(Cursor::new(bytes)).unwrap();
            assert_eq!(checkups.by_ref().count(), count);
            assert!(checkups.finish().is_ok());
        }
        let code = |bytes: &str| match Checkups::open(Cursor::new(bytes.to_owned())) {
            Ok(checkups) => checkups.finish().unwrap_err().problems()[0].code.as_str(),
            Err(report) => report.problems()[0].code.as_str(),
        };
        assert_eq!((code("PK\u{3}\u{4}"), code("<a/>"), code("")), ("ZIP-01", "XML-02", "CSV-01"));
    }

    #[test]
    fn a_record_that_cannot_be_taken_is_named_by_its_line() {
        let mut checkups = Checkups::open(Cursor::new(TABLE)).unwrap();
        while let Some(checkup) = checkups.next() {
            if checkup.person.number == "7654322" {
                checkups.refuse(Code::Stranger, "");
            }
        }
        let report = checkups.finish().unwrap_err();
        assert_eq!((report.total(), report.problems()[0].code, report.problems()[0].line), (1, Code::Stranger, 5));
    }
}
