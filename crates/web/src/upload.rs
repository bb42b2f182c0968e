//! A file that a form brings along (`multipart/form-data`, RFC 7578), as browsers write it.

/// The content of the first file or field of this name.
pub fn content<'b>(media_type: &str, body: &'b [u8], name: &str) -> Option<&'b [u8]> {
    let (kind, parameters) = media_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?.trim_matches('"');
    if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES_MAX {
        return None;
    }
    let delimiter = format!("\r\n--{boundary}").into_bytes();
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

/// What is before and after the first `mark`.
fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(mark.len()).position(|part| part == mark)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    Some((before, rest.get(mark.len()..)?))
}

/// RFC 2046 §5.1.1.
const BOUNDARY_BYTES_MAX: usize = 70;
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
    fn what_is_cut_off_is_no_file() {
        for end in 0..BODY.len() - 10 {
            assert_eq!(content(TYPE, BODY.get(..end).unwrap(), "metadata"), None, "{end}");
        }
    }
}
