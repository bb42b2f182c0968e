//! The files that every page needs, part of the binary.

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::compression::CompressionLayer;

/// A file that the browser may fetch: its path, its media type, its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Path below the origin, such as `/assets/style.css`.
    pub path: &'static str,
    /// Media type with its character set.
    pub media_type: &'static str,
    /// Content.
    pub bytes: &'static [u8],
}

/// The style sheet of every page.
pub const STYLE: Asset = Asset {
    path: "/assets/style.css",
    media_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../assets/style.css"),
};

/// The icons that pages refer to.
pub const ICONS: Asset =
    Asset { path: "/assets/icons.svg", media_type: "image/svg+xml", bytes: include_bytes!("../assets/icons.svg") };

/// The sign in the browser's tab.
pub const ICON: Asset =
    Asset { path: "/assets/icon.svg", media_type: "image/svg+xml", bytes: include_bytes!("../assets/icon.svg") };

/// Lets staff log in by passkey.
pub const PASSKEY_SCRIPT: Asset = Asset {
    path: "/assets/passkey.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../assets/passkey.js"),
};

/// A router that serves `assets`. They may be kept for an hour: long enough for a visit, short after an upgrade.
/// They are compressed; pages are not, because the length of a compressed page tells about what is in it.
pub fn router<S: Clone + Send + Sync + 'static>(assets: &[Asset]) -> Router<S> {
    let served = assets.iter().copied().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(move || async move { asset.into_response() }))
    });
    served.layer(CompressionLayer::new())
}

impl IntoResponse for Asset {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, self.media_type), (header::CACHE_CONTROL, "max-age=3600")], self.bytes).into_response()
    }
}
