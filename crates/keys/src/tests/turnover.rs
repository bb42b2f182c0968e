//! Keys that change: of two kinds, with an end, coming and going while others are in use.

use super::*;

const SIGN_P256: Kind<'_> = Kind::SignP256 { subject: "https://portal.example.jp/idp" };

#[test]
fn a_p256_key_signs_in_the_form_of_xml_signatures_and_is_kept() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("sign", SIGN, now()).unwrap();
    keys.ensure("sign-p256", SIGN_P256, now()).unwrap();
    keys.save().unwrap();

    let again = folder.open().unwrap();
    let signature = again.sign("sign-p256", b"message").unwrap();

    assert_eq!(signature.len(), 64);
    let key = xml::VerifyingKey::from_certificate_der(&keys.certificate("sign-p256").unwrap()).unwrap();
    assert_eq!(again.algorithm("sign-p256").unwrap(), key.algorithm());
    assert!(key.verifies(SignatureAlgorithm::EcdsaP256Sha256, b"message", &signature));
    assert!(!key.verifies(SignatureAlgorithm::EcdsaP256Sha256, b"another", &signature));
    assert_eq!(again.algorithm("sign").unwrap(), SignatureAlgorithm::RsaSha256);
    assert!(matches!(again.ensure("sign-p256", SIGN, now()), Err(Error::Kind { .. })));
    assert!(matches!(again.ensure("sign", SIGN_P256, now()), Err(Error::Kind { .. })));
    again.ensure("sign-p256", SIGN_P256, now()).unwrap();
}

#[test]
fn a_certificate_ends_when_it_was_made_to() {
    let folder = Folder::new();
    let keys = folder.create();
    let weeks = SignedDuration::from_hours(24 * 7 * 10);
    keys.ensure_for("short", SIGN_P256, weeks, now()).unwrap();
    keys.ensure("long", SIGN_P256, now()).unwrap();
    keys.ensure("digest", Kind::Secret256, now()).unwrap();

    assert_eq!(keys.certificate_ends("short").unwrap(), now() + weeks);
    assert_eq!(keys.certificate_ends("long").unwrap(), now() + CERTIFICATE_VALID_FOR);
    assert!(matches!(keys.certificate_ends("digest"), Err(Error::Kind { .. })));
    for wrong in [SignedDuration::ZERO, SignedDuration::MIN, SignedDuration::MAX] {
        assert!(matches!(keys.ensure_for("wrong", SIGN_P256, wrong, now()), Err(Error::Failed { .. })), "{wrong}");
    }
}

#[test]
fn keys_come_and_go_while_others_sign() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("sign", SIGN_P256, now()).unwrap();

    std::thread::scope(|scope| {
        for thread in 0..4 {
            let keys = &keys;
            scope.spawn(move || {
                for turn in 0..25 {
                    let name = format!("next-{thread}-{turn}");
                    keys.ensure(&name, SIGN_P256, now()).unwrap();
                    keys.save().unwrap();
                    keys.sign("sign", b"message").unwrap();
                    assert!(keys.remove(&name));
                }
                keys.ensure(&format!("last-{thread}"), SIGN_P256, now()).unwrap();
                keys.ensure("shared", SIGN_P256, now()).unwrap();
                keys.save().unwrap();
            });
        }
    });

    let again = folder.open().unwrap();
    for name in ["last-0", "last-1", "last-2", "last-3", "shared", "sign"] {
        assert_eq!(again.certificate(name).unwrap(), keys.certificate(name).unwrap(), "{name}");
    }
    assert!(!keys.remove("next-0-0"));
    keys.remove("sign");
    keys.save().unwrap();
    assert!(matches!(folder.open().unwrap().sign("sign", b"m"), Err(Error::NoKey { .. })));
}

#[test]
fn a_key_that_another_process_has_made_is_never_lost() {
    let folder = Folder::new();
    let ours = folder.create();
    let theirs = folder.open().unwrap();
    theirs.ensure("theirs", SIGN_P256, now()).unwrap();
    theirs.save().unwrap();
    theirs.save().unwrap();

    ours.ensure("ours", SIGN_P256, now()).unwrap();
    assert!(matches!(ours.save(), Err(Error::Changed { .. })));

    let again = folder.open().unwrap();
    again.ensure("ours", SIGN_P256, now()).unwrap();
    again.save().unwrap();
    let all = folder.open().unwrap();
    assert_eq!(all.certificate("theirs").unwrap(), theirs.certificate("theirs").unwrap());
    assert_eq!(all.certificate("ours").unwrap(), again.certificate("ours").unwrap());
    fs::remove_file(folder.store()).unwrap();
    assert!(matches!(all.save(), Err(Error::Changed { .. })), "nor is a file put where one was taken away");
}

#[test]
fn who_is_stuck_with_the_lock_does_not_stop_others_for_ever() {
    let folder = Folder::new();
    let keys = folder.create();
    let stuck = fs::File::open(folder.store().parent().unwrap()).unwrap();
    stuck.lock().unwrap();
    let Err(Error::Io { source, .. }) = keys.save() else { panic!("saved under another's lock") };
    assert_eq!(source.kind(), std::io::ErrorKind::WouldBlock);
    drop(stuck);
    keys.save().unwrap();
}

#[test]
fn of_many_who_change_a_store_at_once_each_succeeds_in_turn() {
    let folder = Folder::new();
    folder.create();
    std::thread::scope(|scope| {
        for process in 0..4 {
            let folder = &folder;
            scope.spawn(move || {
                let name = format!("of-{process}");
                // Each round, somebody gets through, so that nobody needs more rounds than there are others.
                let done = (0..4).any(|_| {
                    let keys = folder.open().unwrap();
                    keys.ensure(&name, Kind::Secret256, now()).unwrap();
                    match keys.save() {
                        Ok(()) => true,
                        Err(Error::Changed { .. }) => false,
                        Err(error) => panic!("{error}"),
                    }
                });
                assert!(done);
            });
        }
    });
    let keys = folder.open().unwrap();
    for process in 0..4 {
        keys.hmac256(&format!("of-{process}"), "label", &[]).unwrap();
    }
}
