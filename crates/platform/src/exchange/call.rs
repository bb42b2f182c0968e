//! One signed question or change to one institution, and its verified answer: sign, post, verify, within the deadline.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use idwsf::{
    MessageId, Pseudonym, SignFailed,
    dst::{Modify, ModifyReply, Query, Reply},
    message::{
        self, Answer, Body, Consent, Expect, Headers, PeerDemand, PeerFault, ProcessingContext, Purpose,
        ResponseRefused,
    },
    token::{self, Authn, AuthnClass, Mint, MintFailed},
};
use jiff::{SignedDuration, Timestamp};

use super::{Reason, insurers::Insurer};
use crate::{
    app::{App, key},
    purpose::Category,
    store::service_session::minute,
};

/// Largest answer that is read. A family's whole history is a few kilobytes.
const ANSWER_BYTES_MAX: usize = 128 * 1024;

/// How long a token lives: one question and its answer, with room for a slow clock.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// A whole call takes so many deadlines at most. One is the institution's, from the sent question on; the other is for what we take
/// ourselves, to sign above all: it is not the institution's fault.
const DEADLINES: u32 = 2;

/// How often an institution may send a question on to its new address.
const MOVES_MAX: u32 = 1;

/// Whom a message goes to, whom it is about, and why.
#[derive(Clone)]
pub struct Call {
    /// Who is asked.
    pub insurer: Arc<Insurer>,
    /// Whom it is about, by the name that this institution knows: [`super::fetch::pseudonym`].
    pub pseudonym: Pseudonym,
    /// How that person has shown themselves. Its instant leaves the house to the minute only.
    pub authn: Authn,
    /// What the answer is for.
    pub purpose: Purpose,
    /// What the person has agreed to.
    pub consent: Option<Consent>,
}

/// What came of a call.
pub struct Called<T> {
    /// The message that was answered, or the last one that was not: the access log names it.
    pub message: MessageId,
    /// Whether the institution may have read any of it. It has certainly not where there was no connection, or none in time.
    pub sent: bool,
    /// The verified answer, whatever its status, or why there is none. That is in the log already.
    pub outcome: Result<T, Reason>,
}

impl Call {
    /// Asks, and lets `read` look at the verified answer. A question whose connection was closed under us is asked once more.
    pub async fn query<T>(
        self,
        app: &Arc<App>,
        query: Query,
        read: impl Fn(&Reply<'_, '_>) -> T + Send + Sync,
    ) -> Called<T> {
        let open = |bytes: &[u8], expect: &Expect<'_>, now| message::open_response(bytes, expect, now, &read);
        within(app, self, Asked::Query(query), open).await
    }

    /// Asks for a change, once: nobody knows whether one that was not answered was made.
    pub async fn modify(self, app: &Arc<App>, modify: Modify) -> Called<ModifyReply> {
        within(app, self, Asked::Modify(modify), message::open_modify_response).await
    }

    /// Tells what the institution has to know, as [`Call::modify`], even while it is left alone: such as the end of a link.
    pub async fn tell(self, app: &Arc<App>, modify: Modify) -> Called<ModifyReply> {
        within(app, self, Asked::Told(modify), message::open_modify_response).await
    }
}

/// What an examination of an institution has seen.
pub(crate) struct Examined {
    /// When the answer says that it was written.
    pub(crate) written_at: Option<Timestamp>,
    /// Whether it is an answer.
    pub(crate) answer: Result<Answer<()>, ResponseRefused>,
}

/// Asks about nobody, as a simulation: all that a real question needs is signed, encrypted and verified, and whatever an
/// honest institution answers, it is nothing about a person. It asks even where the institution is left alone.
///
/// # Errors
/// [`Reason`] where nothing came back.
pub(crate) async fn examine(app: &Arc<App>, insurer: &Arc<Insurer>) -> Result<Examined, Reason> {
    let nobody = Pseudonym::parse(&hex::encode(app.random.bytes::<32>())).map_err(|_| Reason::Untrusted)?;
    let call = Call {
        insurer: Arc::clone(insurer),
        pseudonym: nobody,
        authn: Authn { instant: app.clock.now(), class: AuthnClass::SmartcardPki },
        purpose: Purpose::EligibilityCheck,
        consent: None,
    };
    let query = Query::one(insurer.service, &Category::Eligibility.select(insurer.service));
    let context = Some(ProcessingContext::Simulate);
    let asking = Arc::new(Asking { context, ..Asking::new(app, call, Asked::Query(query)) });
    let message = MessageId::from_random(app.random.bytes());
    let posted = tokio::time::timeout(app.insurers.deadline, asking.post(&app.insurers.http_anew, &message)).await;
    let bytes = posted.map_err(|_| Reason::Slow)??;
    let expect =
        Expect { in_reply_to: &message, from: &insurer.entity, keys: &insurer.signing, service: insurer.service };
    let answer = message::open_response(&bytes, &expect, app.clock.now(), |_| ());
    Ok(Examined { written_at: message::stated_time(&bytes), answer })
}

/// What is asked.
enum Asked {
    Query(Query),
    Modify(Modify),
    /// A change that does not wait until the institution is asked again.
    Told(Modify),
}

impl Asked {
    fn body(&self) -> Body<'_> {
        match self {
            Self::Query(query) => Body::Query(query),
            Self::Modify(modify) | Self::Told(modify) => Body::Modify(modify),
        }
    }
}

/// A call under way. Shared with the thread that signs.
struct Asking {
    app: Arc<App>,
    call: Call,
    asked: Asked,
    context: Option<ProcessingContext>,
    /// As [`Called::sent`].
    sent: AtomicBool,
}

async fn within<T>(
    app: &Arc<App>,
    call: Call,
    asked: Asked,
    open: impl Fn(&[u8], &Expect<'_>, Timestamp) -> Result<Answer<T>, ResponseRefused> + Send + Sync,
) -> Called<T> {
    let insurer = Arc::clone(&call.insurer);
    let mut message = MessageId::from_random(app.random.bytes());
    let now = app.clock.now();
    let passage = match &asked {
        Asked::Told(_) => Some(insurer.breaker.admit_always(now)),
        Asked::Query(_) | Asked::Modify(_) => insurer.breaker.admit(now),
    };
    let Some(passage) = passage else { return Called { message, sent: false, outcome: Err(Reason::Resting) } };
    let asking = Arc::new(Asking::new(app, call, asked));
    let exchange = tokio::time::timeout(app.insurers.deadline * DEADLINES, asking.exchange(&mut message, &open)).await;
    // No single post has come to the institution's deadline then. It may have taken long over two of them, after a move or a connection
    // that was closed: it is not blamed for the sum.
    let ours = exchange.is_err();
    let outcome = exchange.unwrap_or(Err(Reason::Slow));
    if let Err(reason) = &outcome {
        tracing::warn!(code = reason.code(), source = %insurer.entity, message.id = %message, ours, "no usable answer");
        if !ours && matches!(reason, Reason::Down | Reason::Slow) {
            passage.failed(app.clock.now());
        }
    }
    Called { message, sent: asking.sent.load(Ordering::Relaxed), outcome }
}

impl Asking {
    fn new(app: &Arc<App>, call: Call, asked: Asked) -> Self {
        Self { app: Arc::clone(app), call, asked, context: None, sent: AtomicBool::new(false) }
    }

    async fn exchange<T>(
        self: &Arc<Self>,
        message: &mut MessageId,
        open: &(impl Fn(&[u8], &Expect<'_>, Timestamp) -> Result<Answer<T>, ResponseRefused> + Send + Sync),
    ) -> Result<T, Reason> {
        let insurer = &self.call.insurer;
        for moves in 0..=MOVES_MAX {
            let answer = self.answer(message).await?;
            let expect = Expect {
                in_reply_to: message,
                from: &insurer.entity,
                keys: &insurer.signing,
                service: insurer.service,
            };
            match open(&answer, &expect, self.app.clock.now()) {
                Ok(Answer::Reply(reply)) => return Ok(reply),
                Ok(Answer::Fault(fault)) => {
                    if moves == MOVES_MAX || !followed(insurer, &fault) {
                        tracing::warn!(source = %insurer.entity, fault = fault.code, status = fault.status, "the question met a fault");
                        return Err(Reason::Refused);
                    }
                    *message = self.another_name();
                }
                Err(refused) => {
                    tracing::error!(code = refused.code(), source = %insurer.entity, %refused, "the answer does not verify");
                    return Err(Reason::Untrusted);
                }
            }
        }
        Err(Reason::Refused)
    }

    /// Posts the message, and a question once more where a connection that was kept alive ended before any byte of the answer.
    async fn answer(self: &Arc<Self>, message: &mut MessageId) -> Result<Vec<u8>, Reason> {
        let insurers = &self.app.insurers;
        if !matches!(self.asked, Asked::Query(_)) {
            // Nobody sends a change twice: it goes on a connection that nobody has kept, and closed meanwhile.
            return self.post(&insurers.http_anew, message).await.map_err(Reason::from);
        }
        match self.post(&insurers.http, message).await {
            Err(Unanswered::Closed) => {
                tracing::info!(source = %self.call.insurer.entity, message.id = %message, "asked again on a new connection");
                *message = self.another_name();
                self.post(&insurers.http_anew, message).await.map_err(Reason::from)
            }
            posted => posted.map_err(Reason::from),
        }
    }

    fn another_name(&self) -> MessageId {
        MessageId::from_random(self.app.random.bytes())
    }

    /// Signs and posts. Only from then on does the institution's deadline run.
    async fn post(self: &Arc<Self>, http: &reqwest::Client, message: &MessageId) -> Result<Vec<u8>, Unanswered> {
        let address = self.call.insurer.address_now();
        let sealing = {
            let (asking, address, message) = (Arc::clone(self), address.clone(), message.clone());
            move || asking.seal(&address, &message)
        };
        let sealed = if self.app.insurers.seals_quickly {
            Some(sealing())
        } else {
            // Two signatures: a millisecond of pure computing, kept off the threads that serve everybody else.
            self.app.processors.run(sealing).await
        };
        let request = sealed.and_then(Result::ok).ok_or_else(|| {
            tracing::error!(code = "EXCHANGE-05", "a question could not be signed");
            Unanswered::Reason(Reason::Untrusted)
        })?;
        let action = format!("\"{}\"", self.asked.body().action());
        let post = http.post(&address).header("content-type", idwsf::CONTENT_TYPE).header("soapaction", action);
        let carried = tokio::time::timeout(self.app.insurers.deadline, self.carry(post.body(request))).await;
        carried.map_err(|_| Unanswered::Reason(Reason::Slow))?
    }

    /// Sends, and reads the answer, no more of it than is allowed.
    async fn carry(&self, post: reqwest::RequestBuilder) -> Result<Vec<u8>, Unanswered> {
        let before = self.sent.swap(true, Ordering::Relaxed);
        let mut response = post.send().await.map_err(|error| {
            tracing::debug!(source = %self.call.insurer.entity, %error, "no connection");
            if error.is_connect() {
                self.sent.store(before, Ordering::Relaxed);
            }
            match (error.is_timeout(), error.is_connect()) {
                // Nobody was ready to listen in time.
                (true, _) => Unanswered::Reason(Reason::Slow),
                (false, false) if error.is_request() => Unanswered::Closed,
                _ => Unanswered::Reason(Reason::Down),
            }
        })?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Unanswered::Reason(Reason::Down))? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Unanswered::Reason(Reason::Untrusted));
            }
            body.extend_from_slice(&chunk);
        }
        self.call.insurer.breaker.reached(self.app.clock.now());
        Ok(body)
    }

    /// Mints the token and seals the message.
    fn seal(&self, address: &str, message_id: &MessageId) -> Result<Vec<u8>, Unsealed> {
        let (app, call) = (&self.app, &self.call);
        let now = app.clock.now();
        let token = app.insurers.as_sender(&app.keys, key::TOKEN, |issuer| {
            let mint = Mint {
                issuer: *issuer,
                audience: &call.insurer.entity,
                recipient: &call.insurer.encryption,
                pseudonym: &call.pseudonym,
                // No closer than this: two institutions would find an instant of one session in each other's records.
                authn: Authn { instant: minute(call.authn.instant), ..call.authn },
                lifetime: TOKEN_LIFETIME,
            };
            token::mint(&mint, &mut |bytes| app.random.fill(bytes), now)
        })??;
        let (consent, purpose, context) = (call.consent, Some(call.purpose), self.context);
        let headers = Headers { consent, purpose, context, ..Headers::default() };
        let sealed = app.insurers.as_sender(&app.keys, key::SIGN, |sender| {
            let (to, body) = (address, self.asked.body());
            let sealed = message::Call { sender: *sender, to, token: &token, headers: &headers, body, message_id };
            message::seal_call(&sealed, now)
        })??;
        Ok(sealed)
    }
}

/// Whether a fault says that the institution has moved, and where to is an address that may be believed.
fn followed(insurer: &Insurer, fault: &PeerFault) -> bool {
    let Some(PeerDemand::Moved(moved)) = fault.demand.as_deref() else { return false };
    let Some(address) = moved.within(&insurer.domain, &insurer.address) else {
        tracing::error!(code = "EXCHANGE-09", source = %insurer.entity, "a new address outside the registered domain is ignored");
        return false;
    };
    tracing::warn!(code = "EXCHANGE-08", source = %insurer.entity, "the institution has moved: the configuration has its old address");
    insurer.move_to(address);
    true
}

/// A message could not be made: the key store failed.
#[derive(Debug, thiserror::Error)]
enum Unsealed {
    #[error(transparent)]
    Keys(#[from] keys::Error),
    #[error(transparent)]
    Sign(#[from] SignFailed),
    #[error(transparent)]
    Mint(#[from] MintFailed),
}

/// Why nothing came back.
enum Unanswered {
    /// The connection ended before any byte of the answer.
    Closed,
    Reason(Reason),
}

impl From<Unanswered> for Reason {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Closed => Self::Down,
            Unanswered::Reason(reason) => reason,
        }
    }
}
