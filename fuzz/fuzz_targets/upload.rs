//! The body of a form with a file, as it comes piece by piece: however it is cut, the same file is found, and the same as in the whole.
#![no_main]

// The file itself: its crate brings a web server along.
#[path = "../../crates/web/src/upload.rs"]
mod upload;

use libfuzzer_sys::fuzz_target;
use upload::{Arriving, content};

const TYPE: &str = "multipart/form-data; boundary=x1";

fuzz_target!(|bytes: &[u8]| {
    let Some((length, body)) = bytes.split_first() else { return };
    let pieces = arrived(body, usize::from(*length) + 1);
    assert_eq!(pieces, arrived(body, body.len().max(1)));
    if let Some(file) = pieces {
        assert_eq!(content(TYPE, body, "file"), Some(&*file));
    }
    if let Ok(media_type) = std::str::from_utf8(body) {
        let _ = Arriving::new(media_type, "file").map(|mut arriving| arriving.push(body));
    }
});

fn arrived(body: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut arriving = Arriving::new(TYPE, "file").expect("a form");
    let file = body.chunks(length).flat_map(|piece| arriving.push(piece)).collect();
    arriving.found().then_some(file)
}
