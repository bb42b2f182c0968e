//! 特定健診 as it is handed in: a zip of one folder with an index (`ix08_V08.xml`), a summary (`su08_V08.xml`) and one document for
//! each person in `DATA/` (`h….xml`). Of `CLAIMS/` and other XML files nothing is read, but they are searched for Individual Numbers:
//! whoever keeps the archive keeps them as well. `XSD/` is passed over.
//!
//! Nothing is unpacked to a disk, and one document at a time is in memory. An archive is refused whole if a name leads out of its folder,
//! or if it holds more, or packs tighter, than any check-ups do.

use std::io::{Read, Seek, SeekFrom};

use xml::Node;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{Checkup, document};
use crate::element;
use crate::my_number;
use crate::report::{At, Code, Problem, Report};
use crate::table::Seen;

/// Most files in an archive. More would need the ZIP64 form, which is refused.
const FILES_MAX: usize = 65_000;
/// Most bytes of all documents together, unpacked.
const UNPACKED_MAX: u64 = 4 << 30;
/// Most bytes unpacked from one packed. DEFLATE cannot exceed 1032; check-up documents pack to about a tenth.
const RATIO_MAX: u64 = 200;
/// Largest index or summary in bytes; real ones have less than one KiB.
const INDEX_BYTES_MAX: usize = 64 << 10;
/// Problems that a report keeps.
const PROBLEMS_MAX: usize = 100;
/// What a report calls the archive itself.
const KIND: &str = "check-up archive";

/// The check-ups of an archive, one at a time: those that are sound. What is wrong with the others gathers in the report, which
/// [`Archive::finish`] hands out; nothing may be kept of an archive before it has.
#[must_use = "finish() tells whether the archive may be taken"]
pub struct Archive<R> {
    zip: ZipArchive<R>,
    /// Places of the documents in the archive.
    documents: std::vec::IntoIter<usize>,
    /// Places of files that are only searched for Individual Numbers.
    others: std::vec::IntoIter<usize>,
    unpacked_left: u64,
    seen: Seen,
    at: At,
    report: Report,
}

impl<R: Read + Seek> Archive<R> {
    /// Looks at the list of files.
    ///
    /// # Errors
    /// [`Report`] says why nothing of the archive can be read.
    pub fn open(mut source: R) -> Result<Self, Report> {
        let refused = |code| Report::of(KIND, Problem::of_file(code));
        match needs_zip64(&mut source) {
            Ok(false) => {}
            Ok(true) => return Err(refused(Code::ArchiveTooLarge)),
            Err(_) => return Err(refused(Code::NotArchive)),
        }
        let zip = ZipArchive::new(source).map_err(|_| refused(Code::NotArchive))?;
        if zip.len() > FILES_MAX {
            return Err(refused(Code::ArchiveTooLarge));
        }
        let mut archive = Self {
            zip,
            documents: Vec::new().into_iter(),
            others: Vec::new().into_iter(),
            unpacked_left: UNPACKED_MAX,
            seen: Seen::default(),
            at: At::default(),
            report: Report::new(KIND, PROBLEMS_MAX),
        };
        archive.look();
        if archive.report.is_empty() { Ok(archive) } else { Err(archive.report) }
    }

    /// Refuses the file because of the record that was read last: `found` is quoted.
    pub fn refuse(&mut self, code: Code, found: &str) {
        self.report.refuse(&self.at, code, found);
    }

    /// Reads what is left, and tells whether the archive may be taken: with these warnings.
    ///
    /// # Errors
    /// [`Report`] names each problem with its file, line and element.
    pub fn finish(mut self) -> Result<Vec<Problem>, Report> {
        self.by_ref().for_each(drop);
        self.report.finish()
    }

    /// Finds the documents, and the index and summary that belong to them.
    fn look(&mut self) {
        let (mut documents, mut others, mut index, mut summary) = (Vec::new(), Vec::new(), None, None);
        for place in 0..self.zip.len() {
            let name = self.zip.name_for_index(place).and_then(Result::ok).unwrap_or_default().into_owned();
            let Some(parts) = parts(&name) else {
                self.report.push(Problem::of_file(Code::ArchivePath).in_file(&name));
                continue;
            };
            if my_number::present(&name) {
                self.report.push(Problem::of_file(Code::MyNumber));
            }
            let (folder, file) = match parts.as_slice() {
                [.., folder, file] => (*folder, *file),
                _ => ("", name.as_str()),
            };
            let is_folder = |name: &str| folder.eq_ignore_ascii_case(name);
            if file.is_empty() || is_folder("xsd") {
                continue;
            }
            if is_folder("data") && is_xml(file, "h") {
                documents.push(place);
                continue;
            }
            others.push(place);
            if is_folder("data") || !is_xml(file, "") {
                self.report.warn(Problem::of_file(Code::ArchiveOther).in_file(&name));
            } else if !is_folder("claims") && is_xml(file, "ix") {
                index = Some(place);
            } else if !is_folder("claims") && is_xml(file, "su") {
                summary = Some(place);
            }
        }
        for (what, missing) in
            [("ix08_V08.xml", index.is_none()), ("su08_V08.xml", summary.is_none()), ("DATA/", documents.is_empty())]
        {
            if missing {
                self.report.push(Problem::of_file(Code::ArchiveIncomplete).in_file(what));
            }
        }
        if let Some(index) = index.filter(|_| self.report.is_empty()) {
            self.compare_count(index, documents.len());
        }
        self.documents = documents.into_iter();
        self.others = others.into_iter();
    }

    /// Searches the files that are not read.
    fn search_others(&mut self) {
        while let Some(place) = self.others.next() {
            let Some((name, bytes)) = self.unpacked(place, document::BYTES_MAX) else { continue };
            let mut part = Report::new(KIND, PROBLEMS_MAX);
            let searched = element::document(&bytes, document::BYTES_MAX, &mut part, |_, _| Some(()));
            let is_known = part.problems().iter().any(|problem| problem.code == Code::MyNumber);
            // What is no XML is searched as it stands.
            if is_known || (searched.is_none() && my_number::present(&String::from_utf8_lossy(&bytes))) {
                self.report.push(Problem::of_file(Code::MyNumber).in_file(&name));
            }
        }
    }

    /// Whether the index announces as many documents as there are. Senders count differently, so a difference is a warning.
    fn compare_count(&mut self, index: usize, count: usize) {
        let Some((name, bytes)) = self.unpacked(index, INDEX_BYTES_MAX) else { return };
        let mut part = Report::new(KIND, PROBLEMS_MAX);
        let announced = element::document(&bytes, INDEX_BYTES_MAX, &mut part, |root, _| {
            // The namespace of this file has changed with every edition.
            let count = root.node.children().find(|child| child.tag_name().name() == "totalRecordCount")?;
            let line = root.at(count).line();
            Some((line, attribute(count, "value").trim().parse::<usize>().ok()))
        });
        if let Some((line, found)) = announced.filter(|(_, found)| *found != Some(count)) {
            let found = format!("{}/{count}", found.map_or_else(String::new, |found| found.to_string()));
            part.warn(Problem::at_line(Code::ArchiveCount, line).in_column("totalRecordCount").found(&found));
        }
        self.report.include(part, &name);
    }

    /// A file's name and bytes, or a problem in the report.
    fn unpacked(&mut self, place: usize, bytes_max: usize) -> Option<(String, Vec<u8>)> {
        let name = self.zip.name_for_index(place).and_then(Result::ok).unwrap_or_default().into_owned();
        let bytes_max = usize::try_from(self.unpacked_left).map_or(bytes_max, |left| left.min(bytes_max));
        let mut bytes = Vec::new();
        if let Err(code) = unpack(&mut self.zip, place, bytes_max, &mut bytes) {
            self.report.push(Problem::of_file(code).in_file(&name));
            return None;
        }
        self.unpacked_left = self.unpacked_left.saturating_sub(bytes.len() as u64);
        Some((name, bytes))
    }
}

impl<R: Read + Seek> Iterator for Archive<R> {
    type Item = Checkup;

    fn next(&mut self) -> Option<Checkup> {
        loop {
            let Some(place) = self.documents.next() else {
                self.search_others();
                return None;
            };
            let Some((name, bytes)) = self.unpacked(place, document::BYTES_MAX) else { continue };
            match document::read(&bytes) {
                Ok((checkup, warnings)) => {
                    for warning in warnings {
                        self.report.warn(warning.in_file(&name));
                    }
                    if self.seen.before(&checkup.key(), place as u64 + 1).is_none() {
                        self.at = At { file: Some(name), line: 0 };
                        return Some(checkup);
                    }
                    self.report.push(Problem::of_file(Code::CheckupTwice).in_file(&name));
                }
                Err(part) => self.report.include(part, &name),
            }
        }
    }
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    xml::unqualified(node, name).unwrap_or_default()
}

/// The folders and the file of a name, if it stays within the archive.
fn parts(name: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = name.split(['/', '\\']).collect();
    let leads_out = |part: &&str| *part == ".." || *part == "." || part.contains([':', '\0']);
    let is_absolute = parts.first().is_some_and(|first| first.is_empty());
    (!is_absolute && !parts.iter().any(leads_out)).then_some(parts)
}

fn is_xml(file: &str, start: &str) -> bool {
    let file = file.to_ascii_lowercase();
    file.starts_with(start) && file.ends_with(".xml")
}

fn unpack<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    place: usize,
    bytes_max: usize,
    bytes: &mut Vec<u8>,
) -> Result<(), Code> {
    let file = zip.by_index(place).map_err(|error| match error {
        ZipError::Io(_) | ZipError::InvalidArchive(_) => Code::ArchiveDamaged,
        _ => Code::ArchiveSealed,
    })?;
    if file.is_symlink() || file.is_dir() {
        return Err(Code::ArchivePath);
    }
    let packed = file.compressed_size();
    // What a file claims of its size is not believed: reading stops one byte beyond.
    file.take(bytes_max as u64 + 1).read_to_end(bytes).map_err(|_| Code::ArchiveDamaged)?;
    let length = bytes.len() as u64;
    let too_tight = length / RATIO_MAX > packed.max(1);
    if bytes.len() > bytes_max || too_tight { Err(Code::ArchiveTooLarge) } else { Ok(()) }
}

/// Whether the list of files says that it is in the form for more files or bytes than the plain one can count. In that form a short file can
/// claim any number of files, and memory would be set aside for them.
fn needs_zip64(source: &mut (impl Read + Seek)) -> std::io::Result<bool> {
    /// The end of the list, its longest comment, and the locator before it.
    const TAIL: u64 = 22 + (64 << 10) + 64;
    const LOCATOR: &[u8] = b"PK\x06\x07";
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    source.take(TAIL).read_to_end(&mut tail)?;
    source.seek(SeekFrom::Start(0))?;
    Ok(tail.windows(LOCATOR.len()).any(|part| part == LOCATOR))
}

#[cfg(test)]
mod tests;
