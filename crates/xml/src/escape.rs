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
