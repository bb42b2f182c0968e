//! Instants on the wire: `xs:dateTime` in UTC, as SAML 2.0 Core §1.3.3 asks for (and WS-Security §10).

use jiff::Timestamp;

/// Writes whole seconds; whoever compares allows for more difference than that.
#[must_use]
pub fn write(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// Reads an instant in UTC, marked with `Z`.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b'T' | b'Z'));
    if plain && text.ends_with('Z') && text.len() <= CHARS_MAX { text.parse().ok() } else { None }
}

/// Nanoseconds included.
const CHARS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_utc_in_whole_seconds() {
        let at: Timestamp = "2009-03-02T10:00:00.9+09:00".parse().unwrap();
        assert_eq!(write(at), "2009-03-02T01:00:00Z");
        assert_eq!(read("2009-03-02T01:00:00.9Z"), Some(at));
        for bad in ["", "2009-03-02", "2009-03-02T01:00:00", "2009-03-02T01:00:00+09:00", "2009-03-02T25:00:00Z", "Z"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
