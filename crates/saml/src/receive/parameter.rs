use crate::{
    Refused, Unacceptable,
    wire::{Direction, RelayState},
};

/// The parameters of a query or form that the bindings define, each at most once, as they stood (Bindings §3.4, §3.5).
#[derive(Default)]
pub(super) struct Parameters<'a> {
    values: [Option<&'a str>; NAMES.len()],
}

/// The names. Others are none of our business: a location may have a query of its own.
const NAMES: [&str; 6] = ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"];

impl<'a> Parameters<'a> {
    /// Splits `name=value&…`. A name of ours that is spelled with escapes would be seen by one reader and not by another,
    /// so it is refused.
    pub(super) fn split(raw: &'a str) -> Result<Self, Refused> {
        let mut found = Self::default();
        for pair in raw.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = unescape(name, "name of a parameter")?;
            let known = NAMES.iter().zip(&mut found.values).find(|(known, _)| **known == decoded);
            let Some((known, place)) = known else { continue };
            if name != *known {
                return Err(Refused::Escaped(known));
            }
            if place.replace(value).is_some() {
                return Err(Refused::ParameterTwice(known));
            }
        }
        Ok(found)
    }

    /// The one message: its parameter and its value, still escaped.
    pub(super) fn message(&self) -> Result<(Direction, &'a str), Refused> {
        match (self.raw("SAMLRequest"), self.raw("SAMLResponse")) {
            (Some(_), Some(_)) => Err(Refused::TwoMessages),
            (Some(value), None) => Ok((Direction::Request, value)),
            (None, Some(value)) => Ok((Direction::Response, value)),
            (None, None) => Err(Refused::NoMessage),
        }
    }

    /// One that cannot be given back is kept as such. An empty parameter is a relay state that is empty: who has none leaves
    /// the parameter out (Bindings §3.4.4.1), and who sends one gets the exact data back (§3.4.3, §3.5.3).
    pub(super) fn relay_state(&self) -> Result<Option<Result<RelayState, Unacceptable>>, Refused> {
        let Some(raw) = self.raw("RelayState") else { return Ok(None) };
        Ok(Some(RelayState::parse(&unescape(raw, "RelayState")?)))
    }

    /// The value of one of [`NAMES`], still escaped.
    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        NAMES.iter().zip(&self.values).find(|(known, _)| **known == name).and_then(|(_, value)| *value)
    }
}

/// Undoes `application/x-www-form-urlencoded`: `+` is a space, `%` takes two hexadecimal digits, all else is ASCII.
pub(super) fn unescape(raw: &str, what: &'static str) -> Result<String, Refused> {
    let mut plain = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => escaped(&mut rest).ok_or(Refused::Escaped(what))?,
            0x21..=0x7e => byte,
            _ => return Err(Refused::Escaped(what)),
        });
    }
    String::from_utf8(plain).map_err(|_| Refused::Escaped(what))
}

fn escaped(rest: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit()? << 4 | digit()?)
}
