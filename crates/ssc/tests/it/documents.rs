//! What the guides show is so: their configurations start, and their commands answer as written.
//!
//! The guides' paths are moved into a folder; certificates of the same names come from a demonstration's region.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    cli,
    region::{self, Folder, SSC},
};

/// The guides that show commands.
const GUIDES: [&str; 3] = ["operator/README.md", "operator/join-a-service.md", "insurer/README.md"];

/// The guide that begins with nothing.
const INSTALL: &str = "insurer/install.md";

/// How long a server may take from its first line until it listens.
const LISTENS_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn the_commands_of_the_guides_answer_as_written() {
    let folder = machines("guides");
    // The operator sets up what the others use.
    for page in GUIDES {
        cli::run(&[moved(&folder, page)]);
    }
}

#[test]
fn a_node_is_made_from_nothing_as_written() {
    cli::run(&[moved(&Folder::new("install"), INSTALL)]);
}

#[test]
fn no_guide_shows_a_command_that_is_not_tried() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for folder in fs::read_dir(docs).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for page in fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()) {
            let shows = page.extension().is_some_and(|end| end == "md")
                && fs::read_to_string(&page).unwrap().contains("```console");
            let tried = GUIDES.iter().chain([&INSTALL]).any(|guide| page.ends_with(guide));
            assert!(tried || !shows, "{} shows commands, but no test runs them", page.display());
        }
    }
}

#[test]
fn the_configurations_of_the_guide_start() {
    let folder = machines("configurations");
    let platform = folder.path("etc/platform/platform.toml");
    let insurer = folder.path("etc/insurer/insurer.toml");
    let (platform, insurer) = (platform.to_str().unwrap(), insurer.to_str().unwrap());
    let made = folder.path("made");
    let made = made.to_str().unwrap();
    for set_up in [["admin", "--config", platform], ["insurer", "--config", insurer]] {
        let done = Command::new(SSC).args(set_up).args(["set-up", "--certificates", made]).output().unwrap();
        assert!(done.status.success(), "{}", region::said(&done));
    }
    serves(&["serve", "--config", platform], listen(platform));
    serves(&["insurer", "--config", insurer, "serve"], listen(insurer));
}

/// A folder with what a data centre and an insurer have when they follow the guide, up to its first command.
fn machines(name: &str) -> Folder {
    let folder = Folder::new(name);
    let (region, port) = (folder.path("region"), region::ports());
    region::make(&region, port);
    let guide = fs::read_to_string(guide("operator/README.md")).unwrap();
    let files = blocks(&guide, "toml");
    let [platform, insurer] = files.as_slice() else { panic!("two configurations in the operator's guide") };
    let places = [("platform", "platform", platform, port), ("insurer", "insurers/370015", insurer, port + 1)];
    for (place, from, text, port) in places {
        let etc = folder.path("etc").join(place);
        fs::create_dir_all(&etc).unwrap();
        fs::create_dir_all(folder.path("var").join(place)).unwrap();
        for file in fs::read_dir(region.join(from)).unwrap().flatten() {
            let name = file.file_name();
            let wanted = [".pem", ".key", "passphrase"].iter().any(|end| name.to_str().unwrap().ends_with(end));
            if wanted {
                fs::copy(file.path(), etc.join(&name)).unwrap();
            }
        }
        let text = text.replace("0.0.0.0:443", &format!("127.0.0.1:{port}"));
        let text = text.replace("0.0.0.0:8443", &format!("127.0.0.1:{port}"));
        fs::write(etc.join(format!("{place}.toml")), here(&folder, &text)).unwrap();
    }
    for (from, to) in [("exchange.pem", "portal.pem"), ("exchange.key", "portal.key")] {
        fs::copy(folder.path("etc/platform").join(from), folder.path("etc/platform").join(to)).unwrap();
    }
    folder
}

fn guide(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page)
}

/// The text with the paths of a real machine moved into the folder.
fn here(folder: &Folder, text: &str) -> String {
    let inside = |name: &str| folder.path(name).display().to_string();
    text.replace("/etc/ssc", &inside("etc")).replace("/var/lib/ssc", &inside("var"))
}

/// A guide whose commands run in the folder, beside the example files.
fn moved(folder: &Folder, page: &str) -> PathBuf {
    let name = page.replace(['/', '.'], "-");
    let page = guide(page);
    let place = folder.path(&format!("{name}.in"));
    fs::create_dir(&place).unwrap();
    for file in fs::read_dir(page.parent().unwrap()).unwrap().flatten() {
        fs::copy(file.path(), place.join(file.file_name())).unwrap();
    }
    let moved = place.with_extension("md");
    // In a list a block is indented, which the reader of blocks does not expect.
    let text = fs::read_to_string(page).unwrap().replace("\n   ", "\n");
    fs::write(&moved, here(folder, &text)).unwrap();
    moved
}

/// The blocks of a language in a page, without the indentation of the list they may be in.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    let after = page.split(&start).skip(1);
    after.map(|rest| rest.split("```").next().unwrap_or_default().replace("\n   ", "\n")).collect()
}

/// Where a configuration listens.
fn listen(config: &str) -> String {
    let text = fs::read_to_string(config).unwrap();
    text.parse::<toml::Table>().unwrap()["listen"].as_str().unwrap().to_owned()
}

/// Starts a server, reaches it, and ends it by the end of its input.
fn serves(arguments: &[&str], address: String) {
    let mut command = Command::new(SSC);
    command.args(arguments).env("SSC_STOP_AT_EOF", "1").stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let begun = Instant::now();
    while TcpStream::connect(&address).is_err() {
        assert!(server.try_wait().unwrap().is_none(), "{arguments:?} ended: {first}");
        assert!(begun.elapsed() < LISTENS_WITHIN, "{arguments:?} does not listen: {first}");
        std::thread::yield_now();
    }
    drop(server.stdin.take());
    assert!(server.wait().unwrap().success(), "{arguments:?} ended badly: {first}");
}
