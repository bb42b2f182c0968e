//! A file that a form brings along (`multipart/form-data`, RFC 7578), as browsers write it.

/// The content of the first file or field of this name.
pub fn content<'b>(media_type: &str, body: &'b [u8], name: &str) -> Option<&'b [u8]> {
    let delimiter = delimiter(media_type)?;
    let named = format!("name=\"{name}\"").into_bytes();
    // The first delimiter has no line before it.
    let (_, mut rest) = split(body, delimiter.get(2..)?)?;
    for _ in 0..PARTS_MAX {
        let (head, after) = split(rest, b"\r\n\r\n")?;
        let (content, next) = split(after, &delimiter)?;
        if head.windows(named.len()).any(|part| part.eq_ignore_ascii_case(&named)) {
            return Some(content);
        }
        rest = next;
    }
    None
}

/// The same while the body comes, so that a file need not fit into memory.
pub struct Arriving {
    delimiter: Vec<u8>,
    named: Vec<u8>,
    held: Vec<u8>,
    at: At,
    parts: usize,
}

/// How far a body was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Preamble,
    Head,
    Content { wanted: bool },
    Ended { found: bool },
}

impl Arriving {
    /// Begins to look for the first file or field of this name; nothing where the media type is another.
    pub fn new(media_type: &str, name: &str) -> Option<Arriving> {
        let delimiter = delimiter(media_type)?;
        let named = format!("name=\"{name}\"").into_bytes();
        Some(Arriving { delimiter, named, held: Vec::new(), at: At::Preamble, parts: 0 })
    }

    /// Takes the next bytes of the body, and gives those of the content that are certain.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        self.held.extend_from_slice(chunk);
        while self.step(&mut content) {}
        content
    }

    /// Whether the content was there to its end.
    pub fn found(&self) -> bool {
        self.at == At::Ended { found: true }
    }

    /// Goes on to the next part of the body, if it is there.
    fn step(&mut self, content: &mut Vec<u8>) -> bool {
        match self.at {
            // The first delimiter has no line before it.
            At::Preamble => match split(&self.held, self.delimiter.get(2..).unwrap_or_default()) {
                Some((_, rest)) => self.go(rest.to_vec(), At::Head),
                None => self.keep_at_most(BOUNDARY_BYTES_MAX + 4),
            },
            At::Head if self.parts == PARTS_MAX => self.go(Vec::new(), At::Ended { found: false }),
            At::Head => match split(&self.held, b"\r\n\r\n") {
                Some((head, rest)) => {
                    let wanted = head.windows(self.named.len()).any(|part| part.eq_ignore_ascii_case(&self.named));
                    let rest = rest.to_vec();
                    self.parts += 1;
                    self.go(rest, At::Content { wanted })
                }
                None if self.held.len() > HEAD_BYTES_MAX => self.go(Vec::new(), At::Ended { found: false }),
                None => false,
            },
            At::Content { wanted } => match split(&self.held, &self.delimiter) {
                Some((before, rest)) => {
                    if wanted {
                        content.extend_from_slice(before);
                    }
                    let rest = rest.to_vec();
                    self.go(rest, if wanted { At::Ended { found: true } } else { At::Head })
                }
                None => {
                    let certain = self.held.len().saturating_sub(self.delimiter.len());
                    if wanted {
                        content.extend(self.held.iter().take(certain));
                    }
                    self.keep_at_most(self.delimiter.len())
                }
            },
            At::Ended { .. } => self.keep_at_most(0),
        }
    }

    fn go(&mut self, rest: Vec<u8>, at: At) -> bool {
        (self.held, self.at) = (rest, at);
        true
    }

    /// The end of what was read may be the beginning of a delimiter.
    fn keep_at_most(&mut self, count: usize) -> bool {
        let surplus = self.held.len().saturating_sub(count);
        self.held.drain(..surplus);
        false
    }
}

/// What stands between the parts of a form, with the line end before it.
fn delimiter(media_type: &str) -> Option<Vec<u8>> {
    let (kind, parameters) = media_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?.trim_matches('"');
    let usable = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len());
    usable.then(|| format!("\r\n--{boundary}").into_bytes())
}

/// What is before and after the first `mark`.
fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(mark.len()).position(|part| part == mark)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    Some((before, rest.get(mark.len()..)?))
}

/// RFC 2046 §5.1.1.
const BOUNDARY_BYTES_MAX: usize = 70;
/// Longest head of a part.
const HEAD_BYTES_MAX: usize = 8 << 10;
/// More than our forms have.
const PARTS_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----x1";
    const BODY: &[u8] = b"------x1\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n1\r\n------x1\r\n\
        Content-Disposition: form-data; name=\"metadata\"; filename=\"a.xml\"\r\nContent-Type: text/xml\r\n\r\n\
        <a>\r\n--</a>\r\n------x1--\r\n";

    #[test]
    fn a_file_is_found_by_its_name_and_comes_as_it_is() {
        assert_eq!(content(TYPE, BODY, "metadata"), Some(&b"<a>\r\n--</a>"[..]));
        assert_eq!(content(TYPE, BODY, "other"), Some(&b"1"[..]));
        assert_eq!(content(TYPE, BODY, "absent"), None);
        assert_eq!(content("text/plain; boundary=----x1", BODY, "metadata"), None);
        assert_eq!(content("multipart/form-data", BODY, "metadata"), None);
    }

    #[test]
    fn a_body_that_arrives_in_any_pieces_holds_the_same_file() {
        for size in 1..BODY.len() {
            for name in ["metadata", "other", "absent"] {
                let mut arriving = Arriving::new(TYPE, name).unwrap();
                let found: Vec<u8> = BODY.chunks(size).flat_map(|chunk| arriving.push(chunk)).collect();
                assert_eq!(arriving.found().then_some(found.as_slice()), content(TYPE, BODY, name), "{size} {name}");
            }
        }
        let mut cut = Arriving::new(TYPE, "metadata").unwrap();
        cut.push(BODY.get(..BODY.len() - 10).unwrap());
        assert!(!cut.found() && Arriving::new("text/plain", "metadata").is_none());
    }

    #[test]
    fn what_is_cut_off_is_no_file() {
        for end in 0..BODY.len() - 10 {
            assert_eq!(content(TYPE, BODY.get(..end).unwrap(), "metadata"), None, "{end}");
        }
    }
}
