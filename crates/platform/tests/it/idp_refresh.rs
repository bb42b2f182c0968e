//! Metadata that is fetched anew: signed or refused, and never the reason why a login that worked works no more.

use std::sync::{Arc, Mutex};

use axum::{Router, http::StatusCode, routing::get};
use jiff::SignedDuration;
use platform::{
    idp::{refresh, services},
    office::registry::{self, Refused, Registration, Source},
    store::{self, service::Kept},
};
use tokio::sync::oneshot;
use xml::{Document, Limits, Part, exclusive_c14n, scan, signature};

use crate::{
    harness::{World, worlds},
    service::{Publishing, Sp},
};

/// A service that publishes its metadata at an address.
struct Published {
    sp: Sp,
    address: String,
    text: Arc<Mutex<Option<String>>>,
    /// Whether its metadata has a key to encrypt to.
    encryption: bool,
    held: Arc<Mutex<Option<Held>>>,
}

/// Says that it was asked, and waits until it may answer.
type Held = (oneshot::Sender<()>, oneshot::Receiver<()>);

impl Published {
    async fn start() -> Self {
        let text = Arc::new(Mutex::new(None::<String>));
        let shown = Arc::clone(&text);
        let held = Arc::new(Mutex::new(None::<Held>));
        let holds = Arc::clone(&held);
        let answer = move || async move {
            let held = holds.lock().unwrap().take();
            if let Some((asked, may_answer)) = held {
                asked.send(()).unwrap();
                may_answer.await.unwrap();
            }
            shown.lock().unwrap().clone().ok_or(StatusCode::SERVICE_UNAVAILABLE)
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/metadata", listener.local_addr().unwrap());
        let router = Router::new().route("/metadata", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { sp: Sp::new("phr"), address, text, encryption: false, held }
    }

    /// The next answer waits: gives when it was asked for, and the way to let it go.
    fn hold(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (asked, is_asked) = oneshot::channel();
        let (let_go, may_answer) = oneshot::channel();
        *self.held.lock().unwrap() = Some((asked, may_answer));
        (is_asked, let_go)
    }

    /// Publishes metadata that holds for some days, signed by this key.
    fn publish(&self, world: &World, signer: &Sp, days: i64) {
        let until = world.now() + SignedDuration::from_hours(24 * days);
        let until = saml::instant::write(until);
        let plain = self.sp.metadata(&Publishing { encryption: self.encryption, ..Publishing::default() });
        let plain = plain.replace(" entityID", &format!(" ID=\"_m\" validUntil=\"{until}\" entityID"));
        *self.text.lock().unwrap() = Some(signed(&plain, signer));
    }

    fn certificate(&self) -> Vec<u8> {
        self.sp.signing(|signer| signer.certificate.to_vec())
    }

    /// The office registers it by its address.
    async fn register(&self, world: &World) -> Result<Registration, Refused> {
        let source = Source::Url { address: self.address.clone(), certificate: self.certificate() };
        let bytes = registry::fetch(&world.app, &self.address).await?;
        let candidate = registry::propose(&world.app, bytes, source, None).await?;
        registry::register(&world.app, candidate, "test").await
    }

    async fn kept(&self, world: &World) -> Kept {
        store::service::find(&world.app.db, self.sp.entity.as_str()).await.unwrap().unwrap()
    }
}

fn signed(text: &str, signer: &Sp) -> String {
    let document = Document::parse(scan(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let canonical = exclusive_c14n(document.root(), &[], None);
    let part = Part { id: "_m", canonical: &canonical, enveloped: true };
    let signature = signer.signing(|signer| signature(&[part], &xml::Signing::RSA, signer.sign)).unwrap();
    let (start, rest) = canonical.split_once('>').unwrap();
    format!("{start}>{}{rest}", signature.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_fetched_anew_before_it_ends() {
    for world in worlds().await {
        let service = Published::start().await;
        service.publish(&world, &service.sp, 14);
        assert_eq!(service.register(&world).await.unwrap(), Registration::New);
        let first = service.kept(&world).await;
        assert!(first.refresh_at > world.now());

        service.publish(&world, &service.sp, 20);
        refresh::due(&world.app).await.unwrap();
        assert_eq!(service.kept(&world).await.metadata, first.metadata, "not yet");
        world.wait(SignedDuration::from_hours(6));
        refresh::due(&world.app).await.unwrap();
        let second = service.kept(&world).await;
        assert_ne!(second.metadata, first.metadata);
        assert_eq!((second.refreshed_at, second.problem.as_str()), (world.now(), ""));
        let known = world.app.services.current();
        let provider = &known.get(&service.sp.entity).unwrap().provider;
        assert!(provider.valid_until.unwrap() > world.now() + SignedDuration::from_hours(24 * 19), "and it is used");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_or_trusted_leaves_the_old_metadata_in_use() {
    for world in worlds().await {
        let service = Published::start().await;
        service.publish(&world, &service.sp, 14);
        service.register(&world).await.unwrap();
        let good = service.kept(&world).await;
        let stranger = Sp::new("phr").with_other_key();
        for (code, days) in [("SVC-02", None), ("SVC-03", Some((&stranger, 14))), ("SVC-03", Some((&service.sp, 60)))] {
            match days {
                None => *service.text.lock().unwrap() = None,
                Some((signer, days)) => service.publish(&world, signer, days),
            }
            world.wait(SignedDuration::from_hours(7));
            refresh::due(&world.app).await.unwrap();
            let kept = service.kept(&world).await;
            assert_eq!((kept.problem.as_str(), &kept.metadata), (code, &good.metadata));
            assert!(kept.refresh_at > world.now(), "it is tried again, but not at once");
            assert!(world.app.services.current().get(&service.sp.entity).is_some());
        }
        let page = world.operator().await.get("/services").await;
        assert!(page.shows("state warn"), "{}", page.text);
        service.publish(&world, &service.sp, 14);
        world.wait(SignedDuration::from_hours(7));
        refresh::due(&world.app).await.unwrap();
        assert_eq!(service.kept(&world).await.problem, "", "and it recovers by itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_registered_only_by_https_with_the_right_key() {
    for world in worlds().await {
        let service = Published::start().await;
        for plain in ["http://phr.example/metadata", "https://a:b@phr.example/", "file:///etc/passwd", ""] {
            assert_eq!(refusal(&world, plain).await, "SVC-31", "{plain}");
        }
        assert_eq!(refusal(&world, &service.address).await, "SVC-32", "status 503");
    }
    for world in worlds().await {
        let service = Published::start().await;
        service.publish(&world, &Sp::new("phr").with_other_key(), 14);
        assert!(matches!(service.register(&world).await, Err(Refused::Unfit(_))), "another key");
        assert!(store::service::all(&world.app.db).await.unwrap().is_empty());
    }
}

/// Code of why an address is not fetched.
async fn refusal(world: &World, address: &str) -> &'static str {
    match registry::fetch(&world.app, address).await {
        Err(Refused::Unfit(remarks)) => remarks.first().unwrap().code,
        other => panic!("{:?}", other.map(|bytes| bytes.len())),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_moves_dates_alone_is_used_everywhere_and_not_in_the_history() {
    for world in worlds().await {
        let mut service = Published::start().await;
        service.publish(&world, &service.sp, 14);
        service.register(&world).await.unwrap();
        let other = world.reopened(|_| {}).await;
        let history = || async { store::service_change::of(&world.app.db, service.sp.entity.as_str()).await.unwrap() };
        for days in [20, 25] {
            service.publish(&world, &service.sp, days);
            world.wait(SignedDuration::from_hours(6));
            refresh::due(&world.app).await.unwrap();
            services::look(&other).await.unwrap();
            for app in [&world.app, &other] {
                let until = app.services.current().get(&service.sp.entity).unwrap().provider.valid_until.unwrap();
                assert!(until > world.now() + SignedDuration::from_hours(24 * (days - 1)), "{days}");
            }
            assert_eq!(history().await.len(), 1, "only that it was added");
        }
        service.encryption = true;
        service.publish(&world, &service.sp, 25);
        world.wait(SignedDuration::from_hours(6));
        refresh::due(&world.app).await.unwrap();
        let history = store::service_change::of(&world.app.db, service.sp.entity.as_str()).await.unwrap();
        assert_eq!((history.len(), history[0].what.as_str()), (2, "metadata refreshed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_under_a_former_key_or_policy_is_not_written() {
    for world in worlds().await {
        for key_changes in [true, false] {
            let service = Published::start().await;
            service.publish(&world, &service.sp, 14);
            service.register(&world).await.unwrap();
            service.publish(&world, &service.sp, 20);
            world.wait(SignedDuration::from_hours(7));
            // While the answer is under way, the office pins another key, or changes anything else.
            let (asked, answer) = service.hold();
            let app = Arc::clone(&world.app);
            let refreshing = tokio::spawn(async move { refresh::due(&app).await });
            asked.await.unwrap();
            let entity = service.sp.entity.as_str().to_owned();
            db::transaction!(world.app.db, |tx| {
                let mut kept = store::service::find_in(tx, &entity).await?.unwrap();
                if key_changes {
                    kept.source_key = b"another".to_vec()
                } else {
                    kept.revision += 1
                }
                store::service::update(tx, &kept).await?;
            })
            .unwrap();
            let before = service.kept(&world).await;
            answer.send(()).unwrap();
            refreshing.await.unwrap().unwrap();
            assert_eq!(service.kept(&world).await, before);
            registry::remove(&world.app, &entity, "test").await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_a_demonstration_nothing_is_fetched_from_our_own_network() {
    for world in worlds().await {
        let service = Published::start().await;
        service.publish(&world, &service.sp, 14);
        let real = world.reopened(|config| config.demo_login = false).await;
        let (mut asked, _answer) = service.hold();
        let secure = service.address.replacen("http:", "https:", 1);
        for address in [&service.address, &secure, &secure.replacen("127.0.0.1", "localhost", 1)] {
            let Err(Refused::Unfit(remarks)) = registry::fetch(&real, address).await else { panic!("{address}") };
            assert_eq!(remarks.first().unwrap().code, "SVC-32", "{address}");
        }
        assert!(asked.try_recv().is_err(), "nobody was asked");
    }
}
