//! A resident with a card on a reader: what the agent does with it.

use card::{
    CardId, Idm,
    issuing::{self, Personalisation},
    protocol::{
        CardSecret, Ke1, Ke2, Ke3, Opening, Origin, Pin, Proof, Start, WrongPin,
        agent::{self, PinExchange, Proven},
    },
    reader::{CardSession, InProcess, connect_any},
    virtual_card::{CardImage, LiteS},
};
use health::Coverage;
use platform::{
    App,
    app::key,
    card::issue::{self, Joining},
    ids::ResidentId,
};
use rand::rngs::OsRng;
use region::Resident;

use crate::node::Insurer;

const READER: &str = "reader";

/// A resident and their card.
pub(crate) struct Holder {
    pub(crate) person: Resident,
    pub(crate) resident: ResidentId,
    pub(crate) card: CardId,
    readers: InProcess,
    secret: [u8; 32],
}

/// The card that the issuing room writes for the resident of this key.
pub(crate) fn card_id(key: u32) -> CardId {
    let [a, b, c, d] = key.to_be_bytes();
    let idm = Idm::from_bytes([0x01, 0x2E, 0x3C, 0xFA, a, b, c, d]);
    CardId::new(idm, [0x00, 0x53], [0x09, 0x99, a, b, c, d])
}

/// Writes the resident's card.
pub(crate) fn issue(app: &App, person: Resident, joining: &Joining) -> Holder {
    let (id, secret) = (joining.card, app.random.bytes());
    let readers = write(app, id, secret);
    Holder { person, resident: joining.resident, card: id, readers, secret }
}

fn write(app: &App, id: CardId, secret: [u8; 32]) -> InProcess {
    let mut readers = InProcess::new(&[READER]);
    readers.insert(READER, LiteS::factory(id.idm()).into());
    let card_key = app.keys.issuing_room().card_key(key::CARD, &id, issue::NEW.key_version).unwrap();
    let secret = CardSecret::from_bytes(secret);
    let plan = Personalisation { id, ckv: issue::NEW.key_version, key: &card_key, secret: &secret };
    let mut session = connect_any(&mut readers, None).unwrap();
    issuing::issue(&mut session, &plan, &mut |bytes| app.random.fill(bytes)).unwrap();
    readers
}

impl Holder {
    /// Sets the PIN in the issuing room.
    pub(crate) async fn set_pin(&self, app: &App, pin: &str) {
        let pin: Pin = pin.parse().unwrap();
        let (enrolment, request) = agent::enrol(&pin, &CardSecret::from_bytes(self.secret), &mut OsRng).unwrap();
        let response = issue::answer_pin(app, &self.card, &request).unwrap();
        let upload = enrolment.finish(&response, &self.card, &app.portal_origin, &mut OsRng).unwrap();
        issue::set_pin(app, &self.card, &upload).await.unwrap();
    }

    /// What an insurer holds about them.
    pub(crate) fn coverage(&self, insurer: Insurer) -> Vec<Coverage> {
        let of = |period: &&Coverage| period.insurer.to_string() == insurer.number();
        self.person.coverages.iter().filter(of).cloned().collect()
    }

    /// Lets the card answer a challenge of `origin`.
    pub(crate) fn touch(&self, origin: &Origin, start: &Start) -> Touch {
        let mut session = connect_any(&mut self.readers.clone(), None).unwrap();
        let proven = agent::prove(&mut session, origin, start).unwrap();
        Touch { session, proven }
    }

    /// The card's content, as a thief with the issuing room's means could copy it.
    pub(crate) fn copy(&self) -> CardImage {
        let tag = self.readers.remove(READER).unwrap();
        let image = tag.lite_s().unwrap().image();
        self.readers.insert(READER, tag);
        image
    }

    /// Lays a copy on the reader in the card's place.
    pub(crate) fn swap_for(&self, copy: &CardImage) {
        self.readers.insert(READER, LiteS::try_from(copy).unwrap().into());
    }
}

/// A card that has answered, still on the reader.
pub(crate) struct Touch {
    session: CardSession,
    proven: Proven,
}

impl Touch {
    pub(crate) fn proof(&self) -> &Proof {
        self.proven.proof()
    }

    /// Opens the card and begins to prove the PIN.
    pub(crate) fn open(&mut self, opening: &Opening, pin: &str) -> Typed {
        let secret = self.proven.open(&mut self.session, opening).unwrap();
        let (exchange, ke1) = self.proven.ke1(&pin.parse().unwrap(), &secret, &mut OsRng).unwrap();
        Typed { exchange, ke1 }
    }
}

/// A PIN that was typed.
pub(crate) struct Typed {
    exchange: PinExchange,
    pub(crate) ke1: Ke1,
}

impl Typed {
    pub(crate) fn ke3(self, ke2: &Ke2) -> Result<Ke3, WrongPin> {
        self.exchange.ke3(ke2, &mut OsRng)
    }
}
