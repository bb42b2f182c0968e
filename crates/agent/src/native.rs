//! Chromium's native messaging: the same calls as over HTTP, through standard input and output.
//!
//! A message is its length in bytes, four bytes little-endian, then JSON
//! (<https://developer.chrome.com/docs/extensions/develop/concepts/native-messaging>). The extension adds the origin of the
//! page that speaks, which it has from the browser; the agent still checks it against its own list. Only listed
//! extensions may start the agent this way. The person's window is served over HTTP as ever.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tower::ServiceExt;

use crate::{Agent, Config, Port, Problem, StartError, body::BODY_BYTES_MAX, routes, wire};

/// Most calls at a time; further ones wait.
const CALLS_MAX: usize = 16;

/// Largest answer that Chromium takes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Serves one browser until `input` ends. `caller` is the first argument that Chromium gives: the extension's address.
///
/// # Errors
/// [`NativeError`]. A call that makes no sense is no error here: it gets its answer.
pub async fn native(
    mut input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin,
    caller: &str,
    config: Config,
) -> Result<(), NativeError> {
    let extension = caller.strip_prefix("chrome-extension://").and_then(|rest| rest.strip_suffix('/'));
    if !extension.is_some_and(|id| config.extensions.iter().any(|listed| listed == id)) {
        return Err(NativeError::Caller(caller.to_owned()));
    }
    let agent = Agent::start(Config { port: Port::Exactly(0), ..config }).await?;
    let calls = routes::site(Arc::clone(&agent.app));
    let windows = agent.serve_windows();
    let (answers, outgoing) = mpsc::channel(CALLS_MAX);
    let read = async {
        let mut running = JoinSet::new();
        let places = Arc::new(Semaphore::new(CALLS_MAX));
        while let Some(message) = read_message(&mut input).await? {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let (calls, answers) = (calls.clone(), answers.clone());
            running.spawn(async move {
                let answer = call(calls, &message).await;
                // the browser is gone: then nobody needs the answer
                let _gone = answers.send(answer).await;
                drop(place);
            });
            while running.try_join_next().is_some() {}
        }
        Ok(())
    };
    tokio::select! {
        ended = read => ended,
        failed = write_answers(outgoing, output) => failed,
        failed = windows => failed.map_err(NativeError::from),
    }
}

/// Why a conversation with a browser ended.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// An extension that is not listed, or something else, started the agent.
    #[error("{0:?} is not a listed extension")]
    Caller(String),
    /// The agent could not start.
    #[error("the agent did not start")]
    Start(#[from] StartError),
    /// A message is longer than 64 KiB.
    #[error("a message of {0} bytes is too long")]
    Oversized(usize),
    /// The input ended inside a message.
    #[error("the input ended inside a message")]
    Truncated,
    /// Reading or writing failed.
    #[error("speaking with the browser failed")]
    Broken(#[source] std::io::Error),
}

/// A call, as the extension writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// Chosen by the extension; the answer repeats it.
    id: u64,
    /// The call's address below `/v1/`, such as `login` or `login/<ticket>/prove`.
    op: String,
    /// The origin of the page, from the browser.
    origin: String,
    /// The pairing token, if the page has one.
    #[serde(default)]
    pair: Option<String>,
    /// The call's body.
    #[serde(default)]
    body: Option<Value>,
}

/// An answer, as the extension reads it.
#[derive(Serialize)]
struct Answer {
    id: Option<u64>,
    status: u16,
    body: Value,
}

/// The next message; `None` where the input ends between two.
async fn read_message(input: &mut (impl AsyncRead + Unpin)) -> Result<Option<Vec<u8>>, NativeError> {
    let mut length = [0; 4];
    let got = input.read(&mut length).await.map_err(NativeError::Broken)?;
    if got == 0 {
        return Ok(None);
    }
    let rest = length.get_mut(got..).unwrap_or_default();
    input.read_exact(rest).await.map_err(broken_off)?;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > BODY_BYTES_MAX {
        return Err(NativeError::Oversized(length));
    }
    let mut message = vec![0; length];
    input.read_exact(&mut message).await.map_err(broken_off)?;
    Ok(Some(message))
}

fn broken_off(error: std::io::Error) -> NativeError {
    if error.kind() == std::io::ErrorKind::UnexpectedEof { NativeError::Truncated } else { NativeError::Broken(error) }
}

async fn write_answers(
    mut answers: mpsc::Receiver<Answer>,
    mut output: impl AsyncWrite + Unpin,
) -> Result<(), NativeError> {
    while let Some(answer) = answers.recv().await {
        let text = serde_json::to_vec(&answer).map_err(|error| NativeError::Broken(error.into()))?;
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes();
        let message = [length.as_slice(), &text].concat();
        output.write_all(&message).await.map_err(NativeError::Broken)?;
        output.flush().await.map_err(NativeError::Broken)?;
    }
    Ok(())
}

/// Makes one call through the same guards and routes as HTTP.
async fn call(calls: Router, message: &[u8]) -> Answer {
    let Ok(call) = serde_json::from_slice::<Call>(message) else { return refusal(None) };
    let Some(request) = request(&call) else { return refusal(Some(call.id)) };
    let Ok(response) = calls.oneshot(request).await;
    let status = response.status().as_u16();
    let Ok(body) = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await else { return refusal(Some(call.id)) };
    // an answer without content is an empty object: pages need no second case
    Answer { id: Some(call.id), status, body: serde_json::from_slice(&body).unwrap_or_else(|_| json!({})) }
}

fn request(call: &Call) -> Option<Request<Body>> {
    let clean = call.op.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'/');
    let method = if call.op == "hello" { Method::GET } else { Method::POST };
    let mut builder = Request::builder()
        .method(method)
        .uri(format!("/v1/{}", call.op))
        .header(header::ORIGIN, &call.origin)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(pair) = &call.pair {
        builder = builder.header(wire::PAIR_HEADER, pair);
    }
    let body = call.body.clone().unwrap_or_else(|| json!({})).to_string();
    builder.body(Body::from(body)).ok().filter(|_| clean)
}

fn refusal(id: Option<u64>) -> Answer {
    let failure = wire::Failure::from(Problem::BadRequest);
    Answer { id, status: 400, body: serde_json::to_value(failure).unwrap_or_default() }
}
