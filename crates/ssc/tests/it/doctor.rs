//! `ssc doctor` beside a running demonstration: what is well, and what it says of a node that has stopped.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::{
    demo,
    region::{Folder, SSC, said},
};

const NUMBER: &str = "370015";
const NAME: &str = "Takamatsu City National Health Insurance";

#[test]
fn a_region_that_works_is_well_and_a_node_that_has_stopped_is_named_with_what_to_do() {
    let folder = Folder::new("doctor");
    let ready = folder.path("ready.json");
    let mut demo = Running(demo::started_with(&folder, &["--in-process", "--json-ready", ready.to_str().unwrap()]));
    let ready: Value = serde_json::from_slice(&fs::read(&ready).unwrap()).unwrap();
    let control = ready["control"].as_str().unwrap();
    let platform = folder.path("region/platform/platform.toml");
    let node = folder.path(&format!("region/insurers/{NUMBER}/insurer.toml"));

    for place in [&platform, &node] {
        let (healthy, text) = examine(place, &["--lang", "en"]);
        assert!(healthy && !text.contains("FAIL") && !text.contains("DOC-"), "{text}");
    }
    let (_, text) = examine(&platform, &["--lang", "en"]);
    assert!(text.contains(&format!("  ok  {NAME} · signed question and answer")), "{text}");

    order(control, &format!("insurers/{NUMBER}/stop"));
    let (healthy, text) = examine(&platform, &["--lang", "en"]);
    assert!(!healthy && text.contains(&format!("FAIL  {NAME} · connection and TLS · DOC-02")), "{text}");
    assert!(text.contains("Nobody listens at that port."), "{text}");
    assert!(text.contains("Ask its operator whether it runs"), "{text}");
    let (healthy, text) = examine(&node, &["--lang", "ja"]);
    assert!(!healthy && text.contains("DOC-02") && text.contains("何も動いていません"), "{text}");

    let (healthy, text) = examine(&platform, &["--json", "--lang", "en"]);
    // What the command ends with is said after the list.
    let list = text.split_inclusive("\n]").next().unwrap();
    let findings: Vec<Value> = serde_json::from_str(list).unwrap();
    let failed: Vec<_> = findings.iter().filter(|finding| finding["state"] == "fail").collect();
    assert!(!healthy && failed.iter().any(|finding| finding["code"] == "DOC-02"), "{text}");
    assert!(failed.iter().all(|finding| finding["about"] == NAME), "the others are well: {text}");

    order(control, &format!("insurers/{NUMBER}/start"));
    let (healthy, text) = examine(&platform, &["--lang", "en"]);
    assert!(healthy, "{text}");
    demo::signal(&demo.0, Signal::SIGINT);
    assert!(demo.0.wait().unwrap().success());
}

/// Runs the doctor on the place of a configuration; whether everything works, and all that it says.
fn examine(config: &Path, more: &[&str]) -> (bool, String) {
    let config: PathBuf = config.into();
    let done = Command::new(SSC).args(["doctor", "--config"]).arg(config).args(more).output().unwrap();
    (done.status.success(), said(&done))
}

/// Has the demonstration stop or start something.
fn order(control: &str, path: &str) {
    let origin = control.trim_end_matches('/');
    let host = origin.strip_prefix("http://").unwrap();
    let mut line = TcpStream::connect(host).unwrap();
    let head = "Content-Length: 0\r\nConnection: close";
    write!(line, "POST /{path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n{head}\r\n\r\n").unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    assert!(["HTTP/1.1 2", "HTTP/1.1 3"].iter().any(|good| answer.starts_with(good)), "{answer}");
}

/// A demonstration that ends with its test, however that goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _waited = self.0.wait();
    }
}
