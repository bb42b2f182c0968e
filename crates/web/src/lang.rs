//! The language of the reader.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

/// Name of the cookie that remembers a chosen language; it holds `ja` or `en` and identifies nobody.
pub const COOKIE: &str = "lang";

/// The languages of the pages. Japanese is the default: it is what the region speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// 日本語
    #[default]
    Ja,
    /// English
    En,
}

impl Lang {
    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language of a tag, if we have it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next() {
            Some("ja") => Some(Self::Ja),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }

    /// The language a request asks for: the cookie of an earlier choice, then the first known tag of
    /// `Accept-Language`, then Japanese.
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, COOKIE).and_then(Self::from_tag);
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let wanted = accepted
            .into_iter()
            .flat_map(|list| list.split(','))
            .filter_map(|item| Self::from_tag(item.split(';').next().unwrap_or_default().trim()));
        chosen.or_else(|| wanted.into_iter().next()).unwrap_or_default()
    }
}

/// The value of the cookie `name` in a request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(Some(Self::of(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: Option<&str>, accept: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        cookie.map(|value| headers.insert(header::COOKIE, value.parse().unwrap()));
        accept.map(|value| headers.insert(header::ACCEPT_LANGUAGE, value.parse().unwrap()));
        headers
    }

    #[test]
    fn a_chosen_language_beats_the_browser_and_japanese_is_the_default() {
        assert_eq!(Lang::of(&headers(None, None)), Lang::Ja);
        assert_eq!(Lang::of(&headers(None, Some("fr, en-GB;q=0.8, ja;q=0.5"))), Lang::En);
        assert_eq!(Lang::of(&headers(Some("a=b; lang=ja"), Some("en"))), Lang::Ja);
        assert_eq!(Lang::of(&headers(Some("lang=xx"), Some("en"))), Lang::En);
    }
}
