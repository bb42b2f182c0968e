//! What can go wrong between a site, a person, a reader and a card, each with the words that tell the person what to do.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use web::Lang;

use crate::wire;

/// A failure that a site or a person can act on. Codes are stable: sites and the operator's guide rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No reader is connected.
    #[error("no card reader is connected")]
    NoReader,
    /// The reader is empty.
    #[error("no card is on the reader")]
    NoCard,
    /// A card lies on the reader, but none of ours.
    #[error("the card is of another kind")]
    OtherCard,
    /// The card left the reader while it was needed, or another one took its place.
    #[error("the card was taken away")]
    CardGone,
    /// Another program, or another site, uses the reader.
    #[error("the reader is in use")]
    ReaderBusy,
    /// Reader and card are there, and still the exchange failed.
    #[error("the card could not be read")]
    ReaderFailed,
    /// The card does not believe the server's proof (SSC-CARD/1 message 3).
    #[error("the card refused the site's proof")]
    CardRefused,
    /// The site may not read cards without a PIN on this machine.
    #[error("the site is not paired")]
    NotPaired,
    /// The site is not on this machine's list.
    #[error("the origin is not allowed")]
    OriginRefused,
    /// The request came by another name than the agent's own address (DNS rebinding).
    #[error("the host name is not the agent's")]
    HostRefused,
    /// The ticket is unknown, used up or too old.
    #[error("the ticket has expired")]
    Expired,
    /// The person said no, or closed the window.
    #[error("the person cancelled")]
    Cancelled,
    /// The site sent something that this protocol does not contain, or a step out of turn.
    #[error("the request is malformed or out of turn")]
    BadRequest,
    /// The agent itself failed, for instance because its state file cannot be written.
    #[error("the agent failed")]
    AgentFailed,
}

impl Problem {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoReader => "no-reader",
            Self::NoCard => "no-card",
            Self::OtherCard => "other-card",
            Self::CardGone => "card-gone",
            Self::ReaderBusy => "reader-busy",
            Self::ReaderFailed => "reader-failed",
            Self::CardRefused => "card-refused",
            Self::NotPaired => "not-paired",
            Self::OriginRefused => "origin-refused",
            Self::HostRefused => "host-refused",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::BadRequest => "bad-request",
            Self::AgentFailed => "agent-failed",
        }
    }

    /// What the person reads: what happened, and what to do about it.
    pub fn text(self, lang: Lang) -> &'static str {
        let (ja, en) = self.texts();
        match lang {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::NoReader => (
                "カードリーダーが見つかりません。リーダーをパソコンにつないでください。",
                "No card reader was found. Connect a reader to this computer.",
            ),
            Self::NoCard => (
                "カードがありません。社会保障カードをカードリーダーに置いてください。",
                "There is no card. Put your social security card on the reader.",
            ),
            Self::OtherCard => (
                "別の種類のカードです。社会保障カードに置き換えてください。",
                "This is a card of another kind. Put your social security card there instead.",
            ),
            Self::CardGone => (
                "途中でカードがリーダーから離れました。カードを置いたままにして、はじめからやり直してください。",
                "The card left the reader too early. Leave it there and start again.",
            ),
            Self::ReaderBusy => (
                "カードリーダーがほかで使われています。ほかのアプリやタブを閉じて、もう一度お試しください。",
                "The reader is in use. Close the other program or tab and try again.",
            ),
            Self::ReaderFailed => (
                "カードを読み取れませんでした。カードを置き直して、もう一度お試しください。",
                "The card could not be read. Put it down again and retry.",
            ),
            Self::CardRefused => (
                "カードがこのサイトを確認できませんでした。暗証番号は使われていません。サイトのアドレスを確かめてください。",
                "The card could not confirm this site. Your PIN was not used. Check the site's address.",
            ),
            Self::NotPaired => (
                "このサイトは、このパソコンで暗証番号なしにカードを読むことを許可されていません。許可の手続きをしてください。",
                "This site may not read cards without a PIN on this computer. Give it permission first.",
            ),
            Self::OriginRefused => (
                "このサイトは、このパソコンのカードリーダーを使えません。サイトのアドレスを確かめてください。",
                "This site may not use the card reader of this computer. Check the site's address.",
            ),
            Self::HostRefused => (
                "このアドレスではカードリーダーを使えません。127.0.0.1 で開いてください。",
                "The card reader cannot be used under this address. Use 127.0.0.1.",
            ),
            Self::Expired => (
                "時間切れです。もとの画面から、はじめからやり直してください。",
                "Time is up. Start again from the site's page.",
            ),
            Self::Cancelled => ("取り消しました。暗証番号は使われていません。", "Cancelled. Your PIN was not used."),
            Self::BadRequest => (
                "サイトからの依頼が正しくありません。はじめからやり直してください。続くときはサイトの窓口に知らせてください。",
                "The site sent an incorrect request. Start again, and tell the site's help desk if it happens again.",
            ),
            Self::AgentFailed => (
                "カードリーダーのアプリに問題があります。アプリを起動し直してください。",
                "The card reader program has a problem. Start it again.",
            ),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NoReader | Self::NoCard | Self::OtherCard | Self::CardGone | Self::ReaderBusy => StatusCode::CONFLICT,
            Self::ReaderFailed | Self::CardRefused | Self::Cancelled => StatusCode::CONFLICT,
            Self::NotPaired => StatusCode::UNAUTHORIZED,
            Self::OriginRefused => StatusCode::FORBIDDEN,
            Self::HostRefused => StatusCode::MISDIRECTED_REQUEST,
            Self::Expired => StatusCode::GONE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::AgentFailed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Problem> for wire::FailureText {
    fn from(problem: Problem) -> Self {
        let (ja, en) = problem.texts();
        Self { code: problem.code().into(), ja: ja.into(), en: en.into() }
    }
}

impl From<Problem> for wire::Failure {
    fn from(problem: Problem) -> Self {
        Self { error: problem.into() }
    }
}

/// `{"error": {"code", "ja", "en"}}`, with a status for those who look at nothing else.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status(), Json(wire::Failure::from(self))).into_response()
    }
}
