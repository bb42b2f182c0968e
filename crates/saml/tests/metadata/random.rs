//! Whatever comes in: no panic, and what comes out keeps its promises.

use proptest::prelude::*;
use saml::Binding;
use saml::metadata;
use url::Url;

use crate::world::{good, now};

/// What is put in the place of a random piece.
fn pieces() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[<>\"'&=/ a-z:#@0-9-]{0,12}",
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just("</md:SPSSODescriptor>".to_owned()),
        Just(" isDefault=\"true\"".to_owned()),
        any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #[test]
    fn spoilt_metadata_is_refused_or_keeps_its_promises(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, pieces()), 0..4),
    ) {
        let mut text: Vec<char> = good().chars().collect();
        for (at, length, piece) in cuts {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        match metadata::read(text.as_bytes(), None, now()) {
            Err(report) => prop_assert!(report.is_fatal()),
            Ok((provider, report)) => {
                prop_assert!(!report.is_fatal());
                let defaults = provider.consumers.iter().filter(|consumer| consumer.is_default);
                prop_assert_eq!(defaults.filter(|consumer| consumer.binding != Binding::Paos).count(), 1);
                let default = provider.default_consumer().unwrap();
                prop_assert!(default.is_default && default.binding != Binding::Paos);
                for consumer in &provider.consumers {
                    let url = Url::parse(&consumer.location).unwrap();
                    prop_assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
                    prop_assert!(url.fragment().is_none() && url.username().is_empty() && url.password().is_none());
                    prop_assert!(consumer.location.is_ascii() && !consumer.location.contains(['"', '<', '>', '\\', ' ']));
                }
                prop_assert!(provider.signs_requests <= !provider.signing.is_empty());
            }
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(metadata::read(&bytes, None, now()).is_err());
    }
}
