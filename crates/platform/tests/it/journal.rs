//! What an operator reads: a code for everything that was refused, and nothing about any person.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use region::Named;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    harness::worlds,
    node::{Insurer, To},
    wicked::Wicked,
};

/// Lines of the log, kept.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// What was written so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Every line of this process from now on. Other tests of it may write as well: they name nobody either.
pub(crate) fn kept() -> Kept {
    static KEPT: OnceLock<Kept> = OnceLock::new();
    let begin = || {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::fmt().with_writer(kept.clone()).with_ansi(false);
        let subscriber = subscriber.with_max_level(tracing::Level::DEBUG).finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        kept
    };
    KEPT.get_or_init(begin).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_leaves_its_code_and_no_line_says_anything_about_a_person() {
    let kept = kept();
    let mut secrets = Vec::new();
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let pin = Named::Changed.pin();
        world.browser().log_in(&holder, "000000").await;
        let mut browser = world.browser().logged_in(&holder).await;
        browser.get("/coverage").await;
        world.clerk().await.check(&holder).await;
        browser.clone().saying("sec-fetch-site", "cross-site").form("/logout", &[]).await;
        world.node(Insurer::Company).line.lead(To::Nowhere);
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        wicked.will(|_, _| b"<garbage/>".to_vec());
        browser.get("/coverage").await;
        world.tamper("ALTER TABLE audit_entry RENAME TO gone", vec![]).await;
        browser.get("/coverage").await;
        browser.clone().saying("user-agent", "another browser").get("/menu").await;

        let person = holder.person.person.clone();
        let cookies = browser.cookies.iter().map(|(_, value)| value.clone());
        let numbers = holder.person.coverages.iter().map(|period| period.number.clone());
        secrets.extend([person.name, person.kana, person.birth.to_string(), person.address.unwrap(), pin.to_owned()]);
        secrets.extend(cookies.chain(numbers));
    }
    let log = kept.text();
    for code in ["CARD-12", "WEB-02", "EXCHANGE-01", "EXCHANGE-03", "AUDIT-01", "WEB-05", "SESSION-01"] {
        assert!(log.contains(code), "{code}: {log}");
    }
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret}: {line:?}");
    }
}
