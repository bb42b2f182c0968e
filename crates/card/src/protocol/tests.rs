//! The whole protocol, between a virtual card on an in-process reader and a relying party.

use opaque_ke::ServerRegistration;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use zeroize::Zeroizing;

use super::server::{BadProof, EnrolledCard, Possession, Registration, ServerKeys, material_info};
use super::*;
use crate::diversify::card_key;
use crate::issuing::{self, Personalisation};
use crate::lite_s::{SessionKey, StatusFlags, session_key};
use crate::reader::{CardSession, InProcess, ReadError, Readers};
use crate::virtual_card::{LiteS, Tag};
use crate::{CardId, Idm};

const MASTER: [u8; 32] = [0x42; 32];
const READER: &str = "desk";
const CKV: u16 = 1;

/// The attempt of vector V6.
pub(crate) fn start() -> Start {
    Start {
        sid: "00112233445566778899aabbccddeeff".parse().unwrap(),
        c: Nonce::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap())),
        exp: "2026-11-22T15:00:00Z".parse().unwrap(),
    }
}

fn another_start() -> Start {
    Start { sid: Sid::from_random([7; 16]), ..start() }
}

fn origin() -> Origin {
    "https://portal.ssc.example".parse().unwrap()
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

fn id(number: u8) -> CardId {
    CardId::new(Idm::from_bytes([1, 0x2E, 0x3C, 1, 2, 3, 4, number]), [0, 0], [0, 0, 0, 0, 0, number])
}

/// A card, issued on the reader through its own commands.
fn issued(readers: &mut InProcess, number: u8) {
    readers.insert(READER, LiteS::factory(id(number).idm()).into());
    let (key, secret) = (card_key(&MASTER, &id(number), CKV), CardSecret::from_bytes([number; 32]));
    let plan = Personalisation { id: id(number), ckv: CKV, key: &key, secret: &secret };
    let mut card = readers.connect(READER).unwrap();
    issuing::issue(&mut card, &plan, &mut |buffer| rng().fill_bytes(buffer)).unwrap();
}

/// A reader with card 1 on it.
fn desk() -> InProcess {
    let mut readers = InProcess::new(&[READER]);
    issued(&mut readers, 1);
    readers
}

/// What a key store answers: the session key of one card for one attempt.
fn key(id: &CardId, origin: &Origin, start: &Start) -> SessionKey {
    session_key(&card_key(&MASTER, id, CKV), &challenge(origin, start))
}

/// A relying party with card 1 and its PIN on record.
struct Party {
    keys: ServerKeys,
    material: Zeroizing<[u8; 64]>,
    registration: Registration,
}

impl Party {
    fn new(pin: &str) -> Self {
        let (keys, material) = (ServerKeys::from_secret(&[9; 32]).unwrap(), Zeroizing::new([5; 64]));
        let secret = CardSecret::from_bytes([1; 32]);
        let (enrolment, request) = agent::enrol(&pin.parse().unwrap(), &secret, &mut rng()).unwrap();
        let response = keys.register(&material, &request, &mut rng()).unwrap();
        let upload = enrolment.finish(&response, &id(1), &origin(), &mut rng()).unwrap();
        Self { keys, material, registration: Registration::from_upload(&upload).unwrap() }
    }

    /// Messages 5 to 7, with everything kept as bytes in between.
    fn judge(&self, proven: &agent::Proven, kept: &[u8], pin: &str, secret: &CardSecret) -> Result<u32, WrongPin> {
        let (exchange, ke1) = proven.ke1(&pin.parse().unwrap(), secret, &mut rng()).unwrap();
        let possession = Possession::from_kept(kept).unwrap();
        let card = EnrolledCard { material: &self.material, registration: &self.registration };
        let (state, ke2) = self.keys.login_start(&card, &possession, &ke1, &mut rng()).unwrap();
        let ke3 = exchange.ke3(&ke2, &mut rng())?;
        let state = server::LoginState::from_kept(state.as_bytes());
        let proven = state.finish(&possession, &ke3)?;
        assert_eq!(proven.id(), possession.id());
        Ok(proven.wcnt())
    }

    /// All messages; the counter the card has afterwards.
    fn login(&self, card: &mut CardSession, pin: &str) -> Result<u32, WrongPin> {
        let proven = agent::prove(card, &origin(), &start()).unwrap();
        let key = key(&proven.proof().id, &origin(), &start());
        let possession = server::verify(&key, &origin(), &start(), proven.proof()).unwrap();
        let secret = proven.open(card, &possession.opening(&key)).unwrap();
        self.judge(&proven, &possession.to_bytes(), pin, &secret)
    }
}

fn verified(proof: &Proof, origin: &Origin, start: &Start) -> Result<Possession, BadProof> {
    server::verify(&key(&proof.id, origin, start), origin, start, proof)
}

#[test]
fn the_right_card_with_the_right_pin_is_proven_and_its_counter_known() {
    let (mut readers, party) = (desk(), Party::new("482916"));
    assert_eq!(party.login(&mut readers.connect(READER).unwrap(), "482916"), Ok(1));
    assert_eq!(party.login(&mut readers.connect(READER).unwrap(), "482916"), Ok(2));
    assert_eq!(readers.remove(READER).unwrap().lite_s().unwrap().wcnt(), 2);
}

#[test]
fn a_wrong_pin_is_refused_and_the_right_one_still_works_after_it() {
    let (mut readers, party) = (desk(), Party::new("482916"));
    let mut card = readers.connect(READER).unwrap();
    assert_eq!(party.login(&mut card, "482917"), Err(WrongPin));
    assert_eq!(party.login(&mut card, "482916"), Ok(2));
}

#[test]
fn a_proof_made_for_another_site_is_refused() {
    let phishing = "https://portal.ssc.example.evil".parse().unwrap();
    let proven = agent::prove(&mut desk().connect(READER).unwrap(), &phishing, &start()).unwrap();
    assert_eq!(verified(proven.proof(), &origin(), &start()), Err(BadProof));
}

#[test]
fn a_proof_is_worthless_in_another_attempt() {
    let proven = agent::prove(&mut desk().connect(READER).unwrap(), &origin(), &start()).unwrap();
    assert!(verified(proven.proof(), &origin(), &start()).is_ok());
    assert_eq!(verified(proven.proof(), &origin(), &another_start()), Err(BadProof));
    let another_nonce = Start { c: Nonce::from_bytes([0; 32]), ..start() };
    assert_eq!(verified(proven.proof(), &origin(), &another_nonce), Err(BadProof));
}

#[test]
fn every_value_of_a_proof_is_vouched_for_by_the_card() {
    let proven = agent::prove(&mut desk().connect(READER).unwrap(), &origin(), &start()).unwrap();
    let good = proven.proof().clone();
    let forged = [
        Proof { id: id(2), ..good.clone() },
        Proof { ckv_block: BlockText::from_bytes([2; 16]), ..good.clone() },
        Proof { wcnt_block: BlockText::from_bytes([9; 16]), ..good.clone() },
        Proof { mac_a: MacA::from_bytes([0; 8]), ..good.clone() },
    ];
    let key = key(&good.id, &origin(), &start());
    for proof in forged {
        assert_eq!(server::verify(&key, &origin(), &start(), &proof), Err(BadProof));
    }
}

#[test]
fn a_card_that_shows_the_right_idm_and_id_without_the_key_is_refused() {
    let mut readers = InProcess::new(&[READER]);
    readers.insert(READER, LiteS::factory(id(1).idm()).into());
    let mut spoof = readers.connect(READER).unwrap();
    spoof.write_blocks(&[(block::ID, *id(1).as_bytes())]).unwrap();
    let proven = agent::prove(&mut spoof, &origin(), &start()).unwrap();
    assert_eq!(proven.proof().id, id(1));
    assert_eq!(verified(proven.proof(), &origin(), &start()), Err(BadProof));
}

#[test]
fn the_pin_of_one_card_does_not_work_with_another() {
    let (mut readers, party) = (desk(), Party::new("482916"));
    issued(&mut readers, 2);
    assert_eq!(party.login(&mut readers.connect(READER).unwrap(), "482916"), Err(WrongPin));
}

#[test]
fn a_pin_enrolled_for_one_site_does_not_work_at_another() {
    let (mut readers, party) = (desk(), Party::new("482916"));
    let clinic = "https://clinic.ssc.example".parse().unwrap();
    let mut card = readers.connect(READER).unwrap();
    let proven = agent::prove(&mut card, &clinic, &start()).unwrap();
    let possession = verified(proven.proof(), &clinic, &start()).unwrap();
    let secret = proven.open(&mut card, &possession.opening(&key(&id(1), &clinic, &start()))).unwrap();
    assert_eq!(party.judge(&proven, &possession.to_bytes(), "482916", &secret), Err(WrongPin));
}

#[test]
fn the_secret_stays_closed_until_the_server_has_shown_that_it_knows_the_card() {
    let mut readers = desk();
    let mut card = readers.connect(READER).unwrap();
    let closed = Err(ReadError::Failed {
        sw: 0x6982,
        flags: Some(StatusFlags { sf1: 1, sf2: StatusFlags::NEEDS_EXTERNAL_AUTHENTICATION }),
    });
    assert_eq!(card.read(SECRET_BLOCKS), closed);
    let proven = agent::prove(&mut card, &origin(), &start()).unwrap();
    let key = key(&id(1), &origin(), &start());
    let opening = verified(proven.proof(), &origin(), &start()).unwrap().opening(&key);

    let forged = Opening { mac_block: BlockText::from_bytes([0; 16]), ..opening.clone() };
    assert!(matches!(proven.open(&mut card, &forged), Err(ReadError::Failed { .. })));
    assert_eq!(card.read(SECRET_BLOCKS), closed);

    assert!(proven.open(&mut card, &opening).is_ok());
    assert!(proven.open(&mut card, &opening).is_err(), "the counter has moved on");
    drop(card);
    assert_eq!(readers.connect(READER).unwrap().read(SECRET_BLOCKS), closed);
}

#[test]
fn an_opening_works_in_its_own_session_only() {
    let mut readers = desk();
    let mut card = readers.connect(READER).unwrap();
    let first = agent::prove(&mut card, &origin(), &start()).unwrap();
    let key = key(&id(1), &origin(), &start());
    let opening = verified(first.proof(), &origin(), &start()).unwrap().opening(&key);
    let second = agent::prove(&mut card, &origin(), &another_start()).unwrap();
    assert!(matches!(second.open(&mut card, &opening), Err(ReadError::Failed { .. })));
}

#[test]
fn an_attempt_given_up_before_the_opening_leaves_the_counter_as_it_was() {
    let mut readers = desk();
    for _ in 0..3 {
        let proven = agent::prove(&mut readers.connect(READER).unwrap(), &origin(), &start()).unwrap();
        assert_eq!(verified(proven.proof(), &origin(), &start()).unwrap().wcnt(), 0);
    }
}

#[test]
fn a_card_taken_away_or_swapped_midway_ends_the_attempt() {
    let mut readers = desk();
    let mut card = readers.connect(READER).unwrap();
    let proven = agent::prove(&mut card, &origin(), &start()).unwrap();
    let opening = verified(proven.proof(), &origin(), &start()).unwrap().opening(&key(&id(1), &origin(), &start()));
    let first = readers.remove(READER).unwrap();
    assert_eq!(proven.open(&mut card, &opening).err(), Some(ReadError::CardGone));
    readers.insert(READER, first);
    assert_eq!(proven.open(&mut card, &opening).err(), Some(ReadError::CardGone), "it has lost its session");
    readers.insert(READER, Tag::foreign());
    assert_eq!(proven.open(&mut card, &opening).err(), Some(ReadError::CardGone));
}

#[test]
fn the_material_of_the_key_store_is_what_rfc_9807_derives_from_the_seed() {
    let (seed, keys) = ([0x24; 64], ServerKeys::from_secret(&[9; 32]).unwrap());
    let (_, request) = agent::enrol(&"482916".parse().unwrap(), &CardSecret::from_bytes([1; 32]), &mut rng()).unwrap();

    let store = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA512, &seed);
    let material = aws_lc_rs::hmac::sign(&store, &material_info(&id(1)));
    let material = Zeroizing::new(material.as_ref().try_into().unwrap());
    let ours = keys.register(&material, &request, &mut rng()).unwrap();

    let setup = keys.with_seed(&seed);
    let request = opaque_ke::RegistrationRequest::deserialize(request.as_bytes()).unwrap();
    let theirs = ServerRegistration::start(&setup, request, id(1).as_bytes()).unwrap();
    assert_eq!(ours.as_bytes().as_slice(), theirs.message.serialize().as_slice());
}

#[test]
fn messages_are_hexadecimal_in_json_and_refused_at_any_other_length() {
    let proven = agent::prove(&mut desk().connect(READER).unwrap(), &origin(), &start()).unwrap();
    let json = serde_json::to_value(proven.proof()).unwrap();
    assert_eq!(json["id"], "012e3c01020304010000000000000001");
    assert_eq!(json["ckv"], "01000000000000000000000000000000");
    assert_eq!(&serde_json::from_value::<Proof>(json.clone()).unwrap(), proven.proof());
    let mut short = json;
    short["mac_a"] = "00".into();
    assert!(serde_json::from_value::<Proof>(short).is_err());

    let json = r#"{"sid":"00112233445566778899aabbccddeeff","c":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","exp":"2026-11-22T15:00:00Z"}"#;
    assert_eq!(serde_json::to_string(&start()).unwrap(), json);
    assert_eq!(serde_json::from_str::<Start>(json).unwrap(), start());
    assert!(serde_json::from_str::<Start>(&json.replace("aabb", "AABB")).is_err());
}

#[test]
fn only_four_to_six_digits_are_a_pin() {
    assert!(["4829", "48291", "482916"].iter().all(|text| text.parse::<Pin>().is_ok()));
    assert!(["", "482", "4829167", "48291a", "４８２９１６", "48 916"].iter().all(|text| text.parse::<Pin>().is_err()));
}

proptest! {
    #[test]
    fn any_ke1_is_answered_or_refused(bytes in any::<[u8; 32]>()) {
        let party = Party { keys: ServerKeys::from_secret(&[9; 32]).unwrap(), material: Zeroizing::new([5; 64]), registration: registration() };
        let possession = Possession::from_kept(&[&[0; 70], "https://a.example".as_bytes()].concat()).unwrap();
        let card = EnrolledCard { material: &party.material, registration: &party.registration };
        let ke1 = Ke1::try_from([bytes; 3].as_flattened()).unwrap();
        drop(party.keys.login_start(&card, &possession, &ke1, &mut rng()));
    }

    #[test]
    fn what_is_kept_of_a_possession_is_restored_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(possession) = Possession::from_kept(&bytes) {
            prop_assert_eq!(possession.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_text_is_a_session_id_or_an_origin_only_in_its_form(text in "\\PC{0,40}") {
        prop_assert_eq!(text.parse::<Sid>().is_ok(), text.len() == 32 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')));
        prop_assert_eq!(text.parse::<Origin>().is_ok(), !text.is_empty() && text.chars().all(|c| ('!'..='~').contains(&c)));
    }
}

/// A registration that fits no PIN but whose points are valid.
fn registration() -> Registration {
    static ONCE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let bytes = ONCE.get_or_init(|| Party::new("482916").registration.as_bytes().to_vec());
    Registration::from_kept(bytes).unwrap()
}
