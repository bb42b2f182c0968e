//! Instants on the wire: `xs:dateTime` in UTC, as SAML 2.0 Core §1.3.3 asks for (and WS-Security §10).

use jiff::Timestamp;

/// Writes whole seconds; whoever compares allows for more difference than that.
#[must_use]
pub fn write(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// Reads an instant in UTC, marked with `Z`. Of a fraction, what is finer than nanoseconds is left out.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    // The form is checked first: other ways that ISO 8601 has to write an instant are none of `xs:dateTime`.
    let (second, rest) = text.split_at_checked(SECOND.len())?;
    let fits = |(byte, form): (u8, u8)| if form == b'd' { byte.is_ascii_digit() } else { byte == form };
    let digits = match rest.strip_suffix('Z')? {
        "" => "0",
        fraction => fraction.strip_prefix('.')?,
    };
    let right = (1..=FRACTION_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if !right || !second.bytes().zip(SECOND.bytes()).all(fits) {
        return None;
    }
    let digits = digits.get(..NANOSECOND_DIGITS).unwrap_or(digits);
    format!("{second}.{digits}Z").parse().ok()
}

const SECOND: &str = "dddd-dd-ddTdd:dd:dd";
/// As many as some peers write: picoseconds.
const FRACTION_DIGITS_MAX: usize = 12;
const NANOSECOND_DIGITS: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_one_form() {
        let at: Timestamp = "2009-03-02T01:00:00.123456789Z".parse().unwrap();
        assert_eq!(read("2009-03-02T01:00:00.123456789012Z"), Some(at));
        assert_eq!(read("2009-03-02T01:00:00.1Z"), Some("2009-03-02T01:00:00.1Z".parse().unwrap()));
        for bad in [
            "20090302T010000Z",
            "2009-03-02T01Z",
            "2009-03-02T01:00Z",
            "2009-03-02T01:00:00.Z",
            "2009-03-02T01:00:000Z",
            "2009-03-02T01:00:00,5Z",
            "2009-03-02T01:00:00.1234567890123Z",
            "2009-03-02T01:00:00ZZ",
            "2009-03-02 01:00:00Z",
            "2009-03-02t01:00:00z",
            "-2009-03-02T01:00:00Z",
            "2009-061T01:00:00Z",
            "２009-03-02T01:00Z",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

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
