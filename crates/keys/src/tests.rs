use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use card::CardId;

use super::*;

mod agreement;
mod turnover;

/// A folder with a credential, which goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("ssc_keys_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Folder(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        fs::write(folder.0.join("credential"), [7; 32]).unwrap();
        folder
    }

    fn store(&self) -> PathBuf {
        self.0.join("keys")
    }

    fn seal(&self) -> Seal {
        Seal::credential(&self.0.join("credential"))
    }

    fn create(&self) -> Keys {
        Keys::create(&self.store(), &self.seal()).unwrap()
    }

    fn open(&self) -> Result<Keys, Error> {
        Keys::open(&self.store(), &self.seal())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The public half of an RSA key, as its certificate has it.
fn public_key(keys: &Keys, name: &str) -> Vec<u8> {
    let der = keys.certificate(name).unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    certificate.public_key().raw.to_vec()
}

fn now() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

const SIGN: Kind<'_> = Kind::Sign { subject: "https://portal.example.jp/idp" };
const DECRYPT: Kind<'_> = Kind::Decrypt { subject: "https://insurer.example.jp/dst" };

#[test]
fn a_signature_verifies_with_the_public_key_and_the_certificate_names_the_entity() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("portal-sign", SIGN, now()).unwrap();

    let signature = keys.sign("portal-sign", b"message").unwrap();

    let der = keys.certificate("portal-sign").unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert_eq!(certificate.subject().to_string(), "CN=https://portal.example.jp/idp");
    assert_eq!(
        certificate.validity().not_before.timestamp(),
        "2026-11-22T00:00:00Z".parse::<Timestamp>().unwrap().as_second()
    );
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, certificate.public_key().subject_public_key.as_ref());
    key.verify(b"message", &signature).unwrap();
    key.verify(b"another", &signature).unwrap_err();
}

#[test]
fn what_was_wrapped_for_a_key_is_unwrapped_by_it_alone() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("a-decrypt", DECRYPT, now()).unwrap();
    keys.ensure("b-decrypt", DECRYPT, now()).unwrap();

    let public = PublicEncryptingKey::from_der(&public_key(&keys, "a-decrypt")).unwrap();
    let oaep = OaepPublicEncryptingKey::new(public).unwrap();
    let mut wrapped = vec![0; oaep.ciphertext_size()];
    let wrapped = oaep.encrypt(&OAEP_SHA1_MGF1SHA1, b"content key", &mut wrapped, None).unwrap();

    assert_eq!(keys.unwrap("a-decrypt", wrapped).unwrap().as_slice(), b"content key");
    assert!(matches!(keys.unwrap("b-decrypt", wrapped), Err(Error::Failed { name }) if name == "b-decrypt"));
    assert!(matches!(keys.unwrap("a-decrypt", b"short"), Err(Error::Failed { .. })));
}

#[test]
fn a_store_that_is_opened_again_has_the_same_keys() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("sign", SIGN, now()).unwrap();
    keys.ensure("decrypt", DECRYPT, now()).unwrap();
    keys.ensure("digest", Kind::Secret256, now()).unwrap();
    keys.ensure("seed", Kind::Secret512, now()).unwrap();
    keys.save().unwrap();
    let sealed = keys.seal("digest", b"here", b"plain").unwrap();

    let again = folder.open().unwrap();

    assert_eq!(again.sign("sign", b"m").unwrap(), keys.sign("sign", b"m").unwrap());
    assert_eq!(again.certificate("decrypt").unwrap(), keys.certificate("decrypt").unwrap());
    assert_eq!(again.hmac256("digest", "l", &[b"p"]).unwrap(), keys.hmac256("digest", "l", &[b"p"]).unwrap());
    assert_eq!(again.hmac512("seed", &[b"p"]).unwrap(), keys.hmac512("seed", &[b"p"]).unwrap());
    assert_eq!(again.open_sealed("digest", b"here", &sealed).unwrap().as_slice(), b"plain");
}

#[test]
fn a_key_that_is_there_is_kept_and_one_of_another_kind_is_refused() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("sign", SIGN, now()).unwrap();
    let before = keys.certificate("sign").unwrap();

    keys.ensure("sign", SIGN, now()).unwrap();

    assert_eq!(keys.certificate("sign").unwrap(), before);
    assert!(matches!(keys.ensure("sign", Kind::Secret256, now()), Err(Error::Kind { .. })));
    assert!(matches!(keys.ensure("Sign!", Kind::Secret256, now()), Err(Error::Name)));
}

#[test]
fn a_key_is_not_used_for_what_it_is_not_for() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("sign", SIGN, now()).unwrap();
    keys.ensure("digest", Kind::Secret256, now()).unwrap();

    assert!(matches!(keys.sign("digest", b"m"), Err(Error::Kind { .. })));
    assert!(matches!(keys.unwrap("sign", b"m"), Err(Error::Kind { .. })));
    assert!(matches!(keys.hmac256("sign", "l", &[]), Err(Error::Kind { .. })));
    assert!(matches!(keys.certificate("digest"), Err(Error::Kind { .. })));
    assert!(matches!(keys.certificate("digest"), Err(Error::Kind { .. })));
    assert!(matches!(keys.sign("nothing", b"m"), Err(Error::NoKey { name }) if name == "nothing"));
}

#[test]
fn a_digest_tells_labels_and_the_borders_of_parts_apart() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("digest", Kind::Secret256, now()).unwrap();
    let digest = |label: &str, parts: &[&[u8]]| keys.hmac256("digest", label, parts).unwrap();

    let one = digest("member", &[b"ab", b"c"]);

    assert_eq!(one, digest("member", &[b"ab", b"c"]));
    assert_ne!(one, digest("member", &[b"a", b"bc"]));
    assert_ne!(one, digest("membera", &[b"b", b"c"]));
    assert_ne!(one, digest("link", &[b"ab", b"c"]));
}

#[test]
fn a_sealed_field_opens_only_unchanged_and_in_its_place() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("data", Kind::Secret256, now()).unwrap();
    let (key, wrapped) = keys.new_data_key("data", b"member 5").unwrap();
    let sealed = key.seal(b"coverage,1,name", "𠮷田".as_bytes()).unwrap();

    let again = keys.data_key("data", b"member 5", &wrapped).unwrap();

    assert_eq!(again.open(b"coverage,1,name", &sealed).unwrap().as_slice(), "𠮷田".as_bytes());
    assert!(again.open(b"coverage,2,name", &sealed).is_none());
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert!(again.open(b"coverage,1,name", &changed).is_none(), "byte {index}");
    }
    assert!(again.open(b"coverage,1,name", b"").is_none());
    assert!(matches!(keys.data_key("data", b"member 6", &wrapped), Err(Error::Failed { .. })));
    assert_ne!(key.seal(b"", b"x").unwrap(), key.seal(b"", b"x").unwrap());
}

#[test]
fn another_credential_does_not_open_the_store() {
    let folder = Folder::new();
    folder.create();
    let other = folder.0.join("other");
    fs::write(&other, [8; 32]).unwrap();

    assert!(matches!(Keys::open(&folder.store(), &Seal::credential(&other)), Err(Error::Sealed { .. })));
    fs::write(&other, [7; 31]).unwrap();
    assert!(matches!(Keys::open(&folder.store(), &Seal::credential(&other)), Err(Error::Credential { .. })));
}

#[test]
fn another_passphrase_does_not_open_the_store() {
    let folder = Folder::new();
    let keys = Keys::create(&folder.store(), &Seal::passphrase("讃岐うどん 5 玉")).unwrap();
    keys.ensure("digest", Kind::Secret256, now()).unwrap();
    keys.save().unwrap();

    let again = Keys::open(&folder.store(), &Seal::passphrase("讃岐うどん 5 玉")).unwrap();

    again.hmac256("digest", "label", &[]).unwrap();
    let wrong = Keys::open(&folder.store(), &Seal::passphrase("讃岐うどん 6 玉"));
    assert!(matches!(wrong, Err(Error::Sealed { .. })));
    assert!(matches!(folder.open(), Err(Error::Sealed { .. })));
}

#[test]
fn a_passphrase_is_a_line_in_a_file_that_its_owner_alone_reads() {
    let folder = Folder::new();
    let path = folder.0.join("passphrase");
    let put = |content: &[u8], mode| {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Seal::passphrase_file(&path)
    };
    assert!(matches!(Seal::passphrase_file(&folder.0.join("none")), Err(Error::Io { .. })));
    assert!(matches!(put("さぬきうどん、かけで五玉、ねぎ\n".as_bytes(), 0o600), Err(Error::Passphrase { .. })));
    assert!(matches!(put(b"fifteen letters\r\n\n", 0o600), Err(Error::Passphrase { .. })));
    assert!(matches!(put(b"sixteen letters, not text \xff", 0o600), Err(Error::Passphrase { .. })));
    assert!(matches!(put(b"sixteen letters!", 0o640), Err(Error::Readable { .. })));
    let Ok(seal) = put(b"sixteen letters!\r\n", 0o600) else { panic!("a passphrase") };
    Keys::create(&folder.0.join("another"), &seal).map(drop).unwrap();
    Keys::open(&folder.0.join("another"), &Seal::passphrase("sixteen letters!")).map(drop).unwrap();
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = Folder::new();
    folder.create();
    assert_eq!(fs::metadata(folder.store()).unwrap().permissions().mode() & 0o777, 0o600);

    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(folder.store(), fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(folder.open(), Err(Error::Readable { .. })), "{mode:o}");
    }
}

#[test]
fn a_changed_file_is_refused() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("digest", Kind::Secret256, now()).unwrap();
    keys.save().unwrap();
    let content = fs::read(folder.store()).unwrap();

    for index in 0..content.len() {
        let mut changed = content.clone();
        changed[index] ^= 1;
        fs::write(folder.store(), &changed).unwrap();
        // A change between the fields of the file may mean nothing; a change of the keys never does.
        match folder.open() {
            Err(Error::Sealed { .. } | Error::Malformed { .. }) => {}
            Err(error) => panic!("byte {index}: {error}"),
            Ok(opened) => assert_eq!(
                opened.hmac256("digest", "", &[]).unwrap(),
                keys.hmac256("digest", "", &[]).unwrap(),
                "byte {index}"
            ),
        }
    }
}

#[test]
fn a_file_that_asks_for_too_much_memory_is_refused() {
    let folder = Folder::new();
    Keys::create(&folder.store(), &Seal::passphrase("p")).unwrap();
    let content = fs::read_to_string(folder.store()).unwrap();
    let greedy = content.replace("\"memory_kib\": 65536", "\"memory_kib\": 4000000000");
    assert_ne!(greedy, content);
    fs::write(folder.store(), greedy).unwrap();

    assert!(matches!(Keys::open(&folder.store(), &Seal::passphrase("p")), Err(Error::Malformed { .. })));
}

#[test]
fn a_store_is_not_overwritten_and_a_missing_one_is_not_made_up() {
    let folder = Folder::new();
    assert!(matches!(folder.open(), Err(Error::Missing { .. })));

    folder.create();

    assert!(matches!(Keys::create(&folder.store(), &folder.seal()), Err(Error::Exists { .. })));
}

#[test]
fn what_a_crash_left_does_not_stop_the_next_save() {
    let folder = Folder::new();
    let keys = folder.create();
    fs::write(folder.store().with_extension("new"), b"half").unwrap();
    keys.ensure("digest", Kind::Secret256, now()).unwrap();

    keys.save().unwrap();

    assert!(!folder.store().with_extension("new").exists());
    assert!(folder.open().is_ok());
}

#[test]
fn no_key_is_in_the_file_in_clear() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("portal-sign", SIGN, now()).unwrap();
    keys.save().unwrap();

    let content = fs::read_to_string(folder.store()).unwrap();

    assert!(!content.contains("portal-sign") && !content.contains("MII"));
}

#[test]
fn a_session_key_is_the_one_the_card_computes_and_differs_by_card_version_and_challenge() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("card-master", Kind::Secret256, now()).unwrap();
    keys.ensure("seed", Kind::Secret512, now()).unwrap();
    let (id, other, rc) = (CardId::from_bytes([1; 16]), CardId::from_bytes([2; 16]), [9; 16]);
    let session = |id, ckv, rc| *keys.card_session_key("card-master", id, ckv, rc).unwrap().as_bytes();

    let in_the_card = keys.issuing_room().card_key("card-master", &id, 1).unwrap();

    assert_eq!(session(&id, 1, &rc), *card::lite_s::session_key(&in_the_card, &rc).as_bytes());
    assert_ne!(session(&id, 1, &rc), session(&other, 1, &rc));
    assert_ne!(session(&id, 1, &rc), session(&id, 2, &rc));
    assert_ne!(session(&id, 1, &rc), session(&id, 1, &[8; 16]));
    assert!(matches!(keys.card_session_key("seed", &id, 1, &rc), Err(Error::Kind { .. })));
}
