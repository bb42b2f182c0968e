//! `ssc card`: virtual cards in the virtual readers of vpcd, moved by hand from another terminal.
//!
//! The process that plays the cards listens on a Unix socket. A line is a command, and its answer a line:
//! `insert READER FILE`, `remove READER`, `state`.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use card::{
    virtual_card::Tag,
    vpcd::{SlotState, Slots},
};
use clap::{Parser, Subcommand};

/// Longest line of the socket: a command and two names.
const LINE_BYTES_MAX: u64 = 4096;

/// Virtual cards.
#[derive(Parser)]
pub(crate) struct Args {
    /// The socket of the process that plays the cards.
    #[arg(long, global = true, default_value = ".demo/pcsc/cards.sock")]
    socket: PathBuf,
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Play cards in vpcd's readers until killed.
    Run {
        /// A reader and where its vpcd listens, such as home=127.0.0.1:35963. May be given more than once.
        #[arg(long = "reader", required = true)]
        readers: Vec<String>,
    },
    /// Put a card on a reader; what lay there is taken off.
    Insert {
        /// The reader's name.
        reader: String,
        /// The card's file.
        file: PathBuf,
    },
    /// Take the card off a reader.
    Remove {
        /// The reader's name.
        reader: String,
    },
    /// Say what lies where.
    State,
}

/// Plays cards, or moves one.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let line = match args.act {
        Act::Run { readers } => return play(&args.socket, &readers),
        Act::Insert { reader, file } => {
            let file = file.canonicalize().with_context(|| format!("card {}", file.display()))?;
            format!("insert {reader} {}", file.display())
        }
        Act::Remove { reader } => format!("remove {reader}"),
        Act::State => "state".to_owned(),
    };
    println!("{}", ask(&args.socket, &line)?);
    Ok(())
}

/// Sends a command to the process that plays the cards, and gives its answer.
///
/// # Errors
/// When there is no such process, or it refuses; its words are the error.
pub(crate) fn ask(socket: &Path, line: &str) -> anyhow::Result<String> {
    let stream = UnixStream::connect(socket).with_context(|| format!("no cards are played at {}", socket.display()))?;
    writeln!(&stream, "{line}")?;
    let mut answer = String::new();
    BufReader::new(std::io::Read::take(&stream, LINE_BYTES_MAX)).read_line(&mut answer)?;
    match answer.trim_end().split_once(' ') {
        Some(("ok", text)) => Ok(text.to_owned()),
        Some((_, text)) => bail!("{text}"),
        None => bail!("no answer"),
    }
}

fn play(socket: &Path, readers: &[String]) -> anyhow::Result<()> {
    let parse = |reader: &String| -> anyhow::Result<(String, SocketAddr)> {
        let (name, address) = reader.split_once('=').context("a reader is NAME=ADDRESS:PORT")?;
        Ok((name.to_owned(), address.parse().with_context(|| format!("the address of reader {name}"))?))
    };
    let readers = readers.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let (names, addresses): (Vec<_>, Vec<_>) = readers.into_iter().unzip();
    let slots = Slots::new(&addresses);
    if socket.exists() {
        std::fs::remove_file(socket)?;
    }
    if std::env::var_os(crate::serve::STOP_AT_EOF).is_some() {
        std::thread::spawn(|| {
            // An error means that there is no standard input any more, which is what is waited for.
            let _end = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0)
        });
    }
    let listener = UnixListener::bind(socket).with_context(|| format!("listening at {}", socket.display()))?;
    for stream in listener.incoming().flatten() {
        let mut line = String::new();
        if BufReader::new(std::io::Read::take(&stream, LINE_BYTES_MAX)).read_line(&mut line).is_err() {
            continue;
        }
        let answer = match obey(&slots, &names, line.trim_end()) {
            Ok(text) => format!("ok {text}"),
            Err(error) => format!("no {error:#}"),
        };
        // Whoever asked may be gone; the card has moved all the same.
        let _told = writeln!(&stream, "{answer}");
    }
    Ok(())
}

fn obey(slots: &Slots, names: &[String], line: &str) -> anyhow::Result<String> {
    let mut words = line.splitn(3, ' ');
    let place = |name: Option<&str>| -> anyhow::Result<usize> {
        let name = name.unwrap_or_default();
        names.iter().position(|known| known == name).with_context(|| format!("there is no reader {name}"))
    };
    match words.next() {
        Some("insert") => {
            let slot = place(words.next())?;
            let file = Path::new(words.next().context("which card?")?);
            let tag = Tag::open(file).with_context(|| format!("card {}", file.display()))?;
            slots.remove(slot);
            slots.insert(slot, tag)?;
            Ok("the card is on the reader".to_owned())
        }
        Some("remove") => {
            let removed = slots.remove(place(words.next())?).is_some();
            Ok(if removed { "the card is off the reader" } else { "there was no card" }.to_owned())
        }
        Some("state") => {
            let states = names.iter().zip(slots.states()).map(|(name, state)| match state {
                SlotState::Empty => format!("{name}: empty"),
                SlotState::Inserted(_) => format!("{name}: card"),
                SlotState::ReaderGone => format!("{name}: reader gone"),
            });
            Ok(states.collect::<Vec<_>>().join(", "))
        }
        _ => bail!("insert READER FILE, remove READER, or state"),
    }
}
