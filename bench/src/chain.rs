//! The chain of one check without network and database: token, question, answer, each sealed and opened.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail, ensure};
use health::{Coverage, coverage_xml};
use idwsf::{
    EntityId, MessageId, Pseudonym, Sender, SignFailed, UnwrapFailed,
    dst::{Query, ServiceType},
    message::{self, Answer, Consent, ConsentUri, Expect, Purpose, Receiver, Replay, Request},
    token::{self, Authn, AuthnClass, Mint},
};
use jiff::{SignedDuration, Timestamp};
use keys::{Keys, Seal, Signature};
use region::Region;
use web::{Clock, Random, clock::japan_date};
use xml::{EncryptionKey, VerifyingKey};

use crate::{
    figure::Figure,
    reference::{Signatures, Tally},
};

/// The chain and the reference take turns.
const ROUNDS: usize = 4;
const ROUND: Duration = Duration::from_millis(1_500);
const REFERENCE: Duration = Duration::from_millis(500);

/// What can be measured: with P-256 for signatures and tokens, and with RSA-2048 for both.
pub(crate) const NAMES: [(&str, Signature); 2] =
    [("eligibility-crypto", Signature::P256), ("eligibility-crypto-rsa", Signature::Rsa2048)];

/// Chains in a second on one core, beside RSA signatures in a second on one core. There are three signatures and one token's key
/// in a chain. With RSA that key costs as much as a signature, so that a chain of nothing else would have a ratio of a quarter; with
/// P-256 it is agreed on, which costs both ends together a third of an RSA signature, and such a chain would have a ratio of two.
pub(crate) fn measure(name: &'static str, signature: Signature, scratch: &Path) -> anyhow::Result<Figure> {
    let ends = Ends::new(signature, scratch)?;
    let signatures = Signatures::new()?;
    ends.run()?;
    let (mut chains, mut reference) = (Tally::default(), Tally::default());
    for _ in 0..ROUNDS {
        reference += signatures.run(1, REFERENCE);
        let begun = Instant::now();
        while begun.elapsed() < ROUND {
            ends.run()?;
            chains.count += 1;
        }
        chains.seconds += begun.elapsed().as_secs_f64();
    }
    let figure = Figure::new(name, chains.rate(), "chains/s a core");
    Ok(figure.beside("raw RSA-2048 signatures/s a core", reference.rate()))
}

/// A platform and an insurer with keys of their own, and one insured person.
struct Ends {
    keys: Keys,
    platform: EntityId,
    insurer: EntityId,
    signing: Vec<VerifyingKey>,
    token_signing: Vec<VerifyingKey>,
    answer_signing: Vec<VerifyingKey>,
    encryption: EncryptionKey,
    coverage: Vec<Coverage>,
    random: Random,
    clock: Clock,
}

impl Ends {
    fn new(signature: Signature, scratch: &Path) -> anyhow::Result<Self> {
        let (clock, random) = (Clock::System, Random::new());
        let file = scratch.join(format!("chain-{}.keys", std::process::id()));
        std::fs::create_dir_all(scratch)?;
        let keys = Keys::create(&file, &Seal::passphrase("a bench"))?;
        std::fs::remove_file(&file)?;
        for (name, subject) in [(MESSAGE, PLATFORM), (TOKEN, PLATFORM), (ANSWER, INSURER)] {
            keys.ensure(name, signature.kind(subject), clock.now())?;
        }
        keys.ensure(UNWRAP, signature.opening_kind(INSURER), clock.now())?;
        let verifying = |name| anyhow::Ok(vec![VerifyingKey::from_certificate_der(&keys.certificate(name)?)?]);
        let today = japan_date(clock.now());
        let region = Region::new(region::Config { seed: 1, residents: 0, today })?;
        let insured = region.residents().find(|resident| !resident.coverages.is_empty());
        Ok(Self {
            platform: EntityId::parse(PLATFORM)?,
            insurer: EntityId::parse(INSURER)?,
            signing: verifying(MESSAGE)?,
            token_signing: verifying(TOKEN)?,
            answer_signing: verifying(ANSWER)?,
            encryption: EncryptionKey::from_certificate_der(INSURER, &keys.certificate(UNWRAP)?)?,
            coverage: insured.context("nobody is insured")?.coverages,
            keys,
            random,
            clock,
        })
    }

    /// One check.
    fn run(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let id = MessageId::from_random(self.random.bytes());
        let answer = self.answer(&self.question(&id, now)?, now)?;
        let expect = Expect { in_reply_to: &id, from: &self.insurer, keys: &self.answer_signing, service: SERVICE };
        let read = message::open_response(&answer, &expect, now, |reply| {
            let records = reply.data().iter().flat_map(|data| data.node.children().filter(xml::Node::is_element));
            records
                .map(|record| Ok(coverage_xml::read_eligibility(record, SERVICE.ns())?.1.len()))
                .sum::<Result<usize, coverage_xml::Unreadable>>()
        });
        match read {
            Ok(Answer::Reply(records)) => {
                ensure!(records? > 0, "the answer is empty");
                Ok(())
            }
            Ok(Answer::Fault(fault)) => bail!("the question met a fault: {}", fault.text),
            Err(refused) => bail!("the answer was refused: {refused}"),
        }
    }

    /// The platform's part: a token for the person, and a question with it.
    fn question(&self, id: &MessageId, now: Timestamp) -> anyhow::Result<Vec<u8>> {
        let pseudonym = Pseudonym::parse(PSEUDONYM)?;
        let sign_token = |bytes: &[u8]| self.keys.sign(TOKEN, bytes).map_err(|_| SignFailed);
        let sign = |bytes: &[u8]| self.keys.sign(MESSAGE, bytes).map_err(|_| SignFailed);
        let mint = Mint {
            issuer: Sender { entity: &self.platform, algorithm: self.keys.algorithm(TOKEN)?, sign: &sign_token },
            audience: &self.insurer,
            recipient: &self.encryption,
            pseudonym: &pseudonym,
            authn: Authn { instant: now, class: AuthnClass::Smartcard },
            lifetime: SignedDuration::from_mins(5),
        };
        let token = token::mint(&mint, &mut |bytes| self.random.fill(bytes), now)?;
        let request = Request {
            sender: Sender { entity: &self.platform, algorithm: self.keys.algorithm(MESSAGE)?, sign: &sign },
            to: ADDRESS,
            token: &token,
            consent: Some(Consent { uri: ConsentUri::Prior, given_at: Some(now) }),
            purpose: Purpose::EligibilityCheck,
            query: &Query::one(SERVICE, "/nhi:Insured/nhi:Eligibility"),
            message_id: id,
        };
        Ok(message::seal_request(&request, now)?)
    }

    /// The insurer's part: every check of the question, and a signed answer.
    fn answer(&self, question: &[u8], now: Timestamp) -> anyhow::Result<Vec<u8>> {
        let receiver = Receiver {
            entity: &self.insurer,
            address: ADDRESS,
            service: SERVICE,
            providers: &|_| Some(&self.signing),
            issuers: &|_| Some(&self.token_signing),
            decrypt: &|wrapped| self.keys.content_key(UNWRAP, wrapped).map_err(|_| UnwrapFailed),
        };
        let request = message::authenticate(question, &receiver, now)?.admit(Replay::Fresh)?;
        let query = request.query.map_err(|status| anyhow!("the query was refused: {status:?}"))?;
        let today = japan_date(now);
        let response =
            query.answer(now, |_| Ok(vec![coverage_xml::write_eligibility(&self.coverage, SERVICE.ns(), today)]));
        let sign = |bytes: &[u8]| self.keys.sign(ANSWER, bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &self.insurer, algorithm: self.keys.algorithm(ANSWER)?, sign: &sign };
        let id = MessageId::from_random(self.random.bytes());
        Ok(message::seal_response(&sender, &request.message_id, &id, &response, now)?)
    }
}

const SERVICE: ServiceType = ServiceType::NHI;
const PLATFORM: &str = "https://relay.example/metadata";
const INSURER: &str = "https://insurer.example/metadata";
const ADDRESS: &str = "https://insurer.example/idwsf/dst";
const PSEUDONYM: &str = "5f0c7a1de8b94c3290d1a6f3b8e47c215f0c7a1de8b94c3290d1a6f3b8e47c21";
const MESSAGE: &str = "message";
const TOKEN: &str = "token";
const ANSWER: &str = "answer";
const UNWRAP: &str = "unwrap";
