use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compress, Compression, FlushCompress, Status};
use xml::Fragment;

use super::{Direction, RelayState};
use crate::{SignFailed, Signer};

/// The URL that carries `message` by HTTP-Redirect (Bindings §3.4): deflated, base64, in the query of `location` (which may
/// have a query of its own), with the detached signature of `signer`. A signature inside the message must not be there.
///
/// # Errors
/// When the key store fails.
pub fn redirect_url(
    location: &str,
    direction: Direction,
    message: &Fragment,
    relay_state: Option<&RelayState>,
    signer: Option<&Signer<'_>>,
) -> Result<String, SignFailed> {
    let mut query = String::new();
    parameter(&mut query, direction.parameter(), &STANDARD.encode(deflate(message.as_str().as_bytes())));
    if let Some(state) = relay_state {
        parameter(&mut query, "RelayState", state.as_str());
    }
    if let Some(signer) = signer {
        parameter(&mut query, "SigAlg", signer.algorithm.uri());
        let signature = (signer.sign)(query.as_bytes())?;
        parameter(&mut query, "Signature", &STANDARD.encode(signature));
    }
    let joint = match location.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    Ok([location, joint, &query].concat())
}

/// Appends `name=value`, the value so that no reader of queries can see another: a space is `%20`, never `+`.
fn parameter(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push('%');
            query.extend(
                [byte >> 4, byte & 0xf]
                    .iter()
                    .filter_map(|nibble| char::from_digit(u32::from(*nibble), 16))
                    .map(|c| c.to_ascii_uppercase()),
            );
        }
    }
}

/// RFC 1951, without a header: the whole stream.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    // The worst case is stored blocks, five bytes for each 16 KiB. Were that too little, there would be another round with more
    // room; nothing else can keep a stream from its end.
    let mut deflated = Vec::with_capacity(bytes.len() + ROUND_BYTES);
    let mut stream = Compress::new(Compression::default(), false);
    loop {
        let taken = usize::try_from(stream.total_in()).unwrap_or(bytes.len());
        let rest = bytes.get(taken..).unwrap_or_default();
        match stream.compress_vec(rest, &mut deflated, FlushCompress::Finish) {
            Ok(Status::Ok | Status::BufError) => deflated.reserve(ROUND_BYTES),
            Ok(Status::StreamEnd) | Err(_) => return deflated,
        }
    }
}

const ROUND_BYTES: usize = 1024;
