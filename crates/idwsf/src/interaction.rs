//! Asking the person while a question is answered (Liberty SOAP Binding 2.0, user interaction; Interaction Service 2.0).
//!
//! A data service that needs the person's yes does not answer, but names a page of its own. The client sends the browser
//! there, the service has the person log in, checks that it is the very person the question is about, asks, and sends the
//! browser back; then the client asks again.
//!
//! ```text
//! service                                            client
//! ask → Way::Redirect; Pending, RedirectUrl  ──────▶  RedirectUrl::accept → with_return
//! ReturnList::check, Pending::claim, Claimed::by                 │ browser
//! Asking::agreed | refused → resend URL      ──────▶  Resend::read → the question again, `resent_after` the fault
//! ```

mod header;
mod inquiry;
mod pending;
mod redirect;

pub use header::{Interact, Need, UserInteraction, Way, ask};
pub use inquiry::{
    Confirm, Inquiry, InquiryAnswer, InquiryReceiver, Opened, answer_inquiry, open_inquiry, open_inquiry_answer,
    seal_inquiry,
};
pub use pending::{Asking, Claimed, NotClaimed, Pending, Scope, State, WrongPerson};
pub use redirect::{BadUrl, RedirectUrl, Resend, ReturnList, ReturnUrl};
