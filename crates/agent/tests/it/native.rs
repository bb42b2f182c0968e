//! Native messaging: framing, and the same calls.

use agent::{Config, NativeError, ReaderChoice, native};
use card::reader::InProcess;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use crate::world::{PIN, PORTAL, READER, Site, World, code};

const CALLER: &str = "chrome-extension://abcdefghijklmnopabcdefghijklmnop/";

fn framed(message: &Value) -> Vec<u8> {
    let text = message.to_string().into_bytes();
    [u32::try_from(text.len()).unwrap().to_le_bytes().as_slice(), &text].concat()
}

async fn read(output: &mut DuplexStream) -> Value {
    let length = output.read_u32_le().await.unwrap();
    let mut text = vec![0; usize::try_from(length).unwrap()];
    output.read_exact(&mut text).await.unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// What becomes of an agent that gets these bytes and then the end.
async fn fed(bytes: &[u8], caller: &str) -> Result<(), NativeError> {
    let world = World::new().await;
    native(bytes, tokio::io::sink(), caller, world.config.clone()).await
}

#[tokio::test]
async fn a_page_logs_in_through_the_extension() {
    let (site, card) = Site::issue(PORTAL);
    let mut world = World::new().await;
    let readers = InProcess::new(&[READER]);
    readers.insert(READER, card);
    let (mut input, their_input) = duplex(4096);
    let (their_output, mut output) = duplex(4096);
    let config = Config { reader: ReaderChoice::InProcess(readers), ..world.config.clone() };
    let agent = tokio::spawn(native(their_input, their_output, CALLER, config));

    let start = site.start(world.clock.now());
    let call = json!({ "id": 1, "op": "login", "origin": PORTAL, "body": { "start": start } });
    input.write_all(&framed(&call)).await.unwrap();
    let opened = read(&mut output).await;
    assert_eq!((&opened["id"], &opened["status"]), (&json!(1), &json!(200)));
    let ticket = opened["body"]["ticket"].as_str().unwrap();
    let window = opened["body"]["window"].as_str().unwrap();

    // the window is served by this agent, at an address of its own; a waiting call does not hold up the others
    world.base = window.split("/window/").next().unwrap().to_owned();
    let prove = json!({ "id": 2, "op": format!("login/{ticket}/prove"), "origin": PORTAL });
    input.write_all(&framed(&prove)).await.unwrap();
    input.write_all(&framed(&json!({ "id": 3, "op": "hello", "origin": PORTAL }))).await.unwrap();
    assert_eq!(read(&mut output).await["id"], 3);
    world.enter(ticket, PIN).await;
    let proved = read(&mut output).await;
    assert_eq!(proved["id"], 2);
    site.check(&start, &proved["body"]["proof"]);

    drop(input);
    assert!(agent.await.unwrap().is_ok());
}

#[tokio::test]
async fn the_origin_is_checked_here_too() {
    let world = World::new().await;
    let (mut input, their_input) = duplex(4096);
    let (their_output, mut output) = duplex(4096);
    let agent = tokio::spawn(native(their_input, their_output, CALLER, world.config.clone()));
    let call = json!({ "id": 1, "op": "hello", "origin": "https://evil.example" });
    input.write_all(&framed(&call)).await.unwrap();
    let answer = read(&mut output).await;
    assert_eq!((&answer["status"], code(&answer["body"])), (&json!(403), "origin-refused"));
    drop(input);
    assert!(agent.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_message_that_makes_no_sense_gets_its_answer() {
    let world = World::new().await;
    for message in [json!({}), json!({ "id": 1, "op": "../window.js", "origin": PORTAL }), json!([])] {
        let (mut input, their_input) = duplex(4096);
        let (their_output, mut output) = duplex(4096);
        let agent = tokio::spawn(native(their_input, their_output, CALLER, world.config.clone()));
        input.write_all(&framed(&message)).await.unwrap();
        assert_eq!(code(&read(&mut output).await["body"]), "bad-request");
        drop(input);
        assert!(agent.await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn an_oversized_or_broken_message_ends_the_conversation() {
    let oversized = (64_u32 * 1024 + 1).to_le_bytes();
    assert!(matches!(fed(&oversized, CALLER).await, Err(NativeError::Oversized(65_537))));
    assert!(matches!(fed(&[4, 0], CALLER).await, Err(NativeError::Truncated)));
    assert!(matches!(fed(&[4, 0, 0, 0, b'{'], CALLER).await, Err(NativeError::Truncated)));
    assert!(fed(&[], CALLER).await.is_ok(), "the browser may leave at any time");
}

#[tokio::test]
async fn only_a_listed_extension_starts_the_agent() {
    for caller in ["", "chrome-extension://other/", "abcdefghijklmnopabcdefghijklmnop"] {
        assert!(matches!(fed(&[], caller).await, Err(NativeError::Caller(_))));
    }
}
