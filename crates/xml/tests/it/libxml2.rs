//! The judge of canonical forms: libxml2, driven by `tests/c14n-libxml2.py` on random documents.
//!
//! `C14N_DOCUMENTS` and `C14N_SEED` ask for a longer run.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use xml::{Node, exclusive_c14n, inclusive_c14n};

use crate::peer::parse;

#[test]
fn canonical_forms_are_those_of_libxml2() {
    let documents = env::var("C14N_DOCUMENTS").unwrap_or_else(|_| "2000".to_owned());
    let seed = env::var("C14N_SEED").unwrap_or_else(|_| "1".to_owned());
    let mut judge = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c14n-libxml2.py"))
        .args([&documents, &seed])
        .stdout(Stdio::piped())
        .spawn()
        .expect("`python3` asks libxml2 for canonical forms: install it (apt install python3)");
    let (mut read, mut compared) = (0, 0);
    for record in BufReader::new(judge.stdout.take().unwrap()).split(0) {
        compared += compare(&String::from_utf8(record.unwrap()).unwrap());
        read += 1;
    }
    assert!(judge.wait().unwrap().success(), "libxml2 is missing, or failed: see above");
    println!("seed {seed}: {read} documents, {compared} canonical forms, all equal");
    assert_eq!(read.to_string(), documents);
}

/// Compares one record of the script, and returns how many forms it held.
fn compare(record: &str) -> usize {
    let mut fields = record.split_terminator('\u{1}');
    let mut field = || fields.next().unwrap();
    let (text, prefixes, skip) = (field(), field(), field());
    let prefixes: Vec<&str> = prefixes.split_ascii_whitespace().collect();
    let doc = parse(text).unwrap();
    let elements: Vec<Node> = doc.root().descendants().filter(Node::is_element).collect();
    let mut forms = 0;
    let mut same = |element: Node, skip: Option<Node>| {
        forms += 2;
        assert_eq!(exclusive_c14n(element, &prefixes, skip), fields.next().unwrap(), "{prefixes:?} {text}");
        assert_eq!(inclusive_c14n(element, skip), fields.next().unwrap(), "inclusive {text}");
    };
    for element in &elements {
        same(*element, None);
    }
    if !skip.is_empty() {
        let skip = elements[skip.parse::<usize>().unwrap()];
        for element in elements.iter().filter(|e| skip.ancestors().skip(1).any(|around| around == **e)) {
            same(*element, Some(skip));
        }
    }
    assert_eq!(fields.next(), None);
    forms
}
