//! Escaping as Canonical XML 1.0 §2.3 writes it.

/// Appends character data.
pub(crate) fn text(text: &str, out: &mut String) {
    write(text, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => unprintable(c),
    });
}

/// Appends an attribute value, without its quotes.
pub(crate) fn attribute(value: &str, out: &mut String) {
    write(value, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => unprintable(c),
    });
}

/// What XML 1.0 §2.2 has no way to carry, not even as a character reference. Never found in what was parsed.
fn unprintable(c: char) -> Option<&'static str> {
    match c {
        '\t' | '\n' => None,
        '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => Some("\u{FFFD}"),
        _ => None,
    }
}

fn write(text: &str, out: &mut String, escape: impl Fn(char) -> Option<&'static str>) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.reserve(text.len());
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        if let Some(escaped) = escape(c) {
            out.push_str(text.get(copied..at).unwrap_or_default());
            out.push_str(escaped);
            copied = at + c.len_utf8();
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
}

/// Whether no byte belongs to a character that either function escapes: nearly always so. All bytes are looked at, without an
/// early end, which the compiler turns into a few wide comparisons.
fn is_plain(text: &str) -> bool {
    /// How UTF-8 begins U+FFFE and U+FFFF, among others.
    const LAST_OF_THE_PLANE: u8 = 0xEF;
    let special = |b: u8| b < b' ' || matches!(b, b'&' | b'<' | b'>' | b'"' | LAST_OF_THE_PLANE);
    !text.bytes().fold(false, |found, b| found | special(b))
}
