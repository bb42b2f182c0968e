//! Canonical forms for a comparison with libxml2: `tests/c14n-compare.py` drives this.
//!
//! Standard input: documents, each ended by NUL, after a line of inclusive prefixes (may be empty). Standard output: for each
//! document the exclusive canonical form of every element in document order, each ended by U+0001, then NUL; or `ERR …`, NUL.

use std::io::{Read, Write};

use xml::{Document, Limits, exclusive_c14n, scan};

fn main() -> std::io::Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let mut out = std::io::stdout().lock();
    for entry in input.split_terminator('\0') {
        let (prefixes, text) = entry.split_once('\n').unwrap_or_default();
        let prefixes: Vec<&str> = prefixes.split_ascii_whitespace().collect();
        match scan(text.as_bytes(), &Limits::default()).and_then(Document::parse) {
            Err(refused) => write!(out, "ERR {refused}")?,
            Ok(doc) => {
                for element in doc.root().descendants().filter(|n| n.is_element()) {
                    write!(out, "{}\u{1}", exclusive_c14n(element, &prefixes, None))?;
                }
            }
        }
        out.write_all(b"\0")?;
    }
    out.flush()
}
