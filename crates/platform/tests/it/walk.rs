//! Card conversations in any order, from two browsers, while time passes: nobody is let in without the right PIN, and
//! nobody gets more than five tries.

use axum::http::StatusCode;
use card::protocol::{Ke2, Ke3, Opening, START_SECONDS, Start};
use db::params;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use region::Named;
use serde_json::json;

use crate::{
    browser::Browser,
    harness::{World, worlds},
    holder::{Holder, Typed},
};

const STEPS: usize = 150;
const TRIES: i64 = 5;

/// A conversation as an onlooker remembers it.
struct Conversation {
    browser: usize,
    start: Start,
    right: bool,
    typed: Option<Typed>,
    ke3: Option<Option<Ke3>>,
    began: Timestamp,
}

/// Numbers that look random and are the same every time (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

async fn tries_left(world: &World, holder: &Holder) -> i64 {
    let sql = "SELECT tries_left FROM card WHERE card_id = $1";
    world.app.db.fetch_one(sql, params![*holder.card.as_bytes()]).await.unwrap().get("tries_left").unwrap()
}

async fn begin(browser: &mut Browser, holder: &Holder, right: bool) -> (Start, Typed) {
    let (start, mut touch) = browser.touch(holder).await;
    let opening = browser.prove(&start, &touch).await.field::<Opening>("opening");
    let pin = if right { holder.person.named.unwrap().pin() } else { "000000" };
    (start, touch.open(&opening, pin))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_messages_gets_in_without_the_pin_or_more_than_five_tries() {
    for (world, seed) in worlds().await.into_iter().zip([0x5EED, 0xD1CE]) {
        let holder = world.holder(Named::Householder).await;
        let mut browsers = [world.browser(), world.browser()];
        let (mut dice, mut all, mut spent, mut admitted) = (Dice(seed), Vec::<Conversation>::new(), 0, 0);
        for browser in &mut browsers {
            browser.start().await;
        }
        for step in 0..STEPS {
            let (act, sender) = (dice.below(10), dice.below(2));
            let other = dice.below(all.len().max(1));
            if act < 3 || all.is_empty() {
                let right = dice.below(3) == 0;
                let (start, typed) = begin(&mut browsers[sender], &holder, right).await;
                let began = world.now();
                all.push(Conversation { browser: sender, start, right, typed: Some(typed), ke3: None, began });
            } else if act == 3 {
                world.wait(SignedDuration::from_secs(dice.below(60) as i64));
            } else if act < 7 {
                let this = &mut all[other];
                let Some(typed) = &this.typed else { continue };
                let page = browsers[sender].ke1(&this.start, typed).await;
                if page.status == StatusCode::OK {
                    assert_eq!(sender, this.browser, "step {step}");
                    spent += 1;
                    assert!(spent <= TRIES, "step {step}: more tries than there are");
                    let ke2 = page.field::<Ke2>("ke2");
                    this.ke3 = this.typed.take().map(|typed| typed.ke3(&ke2).ok());
                }
            } else {
                // The last message of any conversation, in any conversation.
                let ke3 = all[dice.below(all.len())].ke3.flatten();
                let this = &all[other];
                let body = json!({ "sid": this.start.sid, "ke3": ke3 });
                let page = browsers[sender].json("/login/card/ke3", &body).await;
                browsers[sender].cookies.retain(|(name, _)| name != "ssc");
                if page.status == StatusCode::OK {
                    let own = this.ke3.flatten();
                    assert!(this.right && own.is_some() && own == ke3, "step {step}: let in without the PIN");
                    assert_eq!(sender, this.browser, "step {step}");
                    assert!(world.now().duration_since(this.began).as_secs() < START_SECONDS, "step {step}");
                    (spent, admitted) = (0, admitted + 1);
                    all[other].right = false;
                }
            }
            assert_eq!(tries_left(&world, &holder).await, TRIES - spent, "step {step}");
        }
        assert!(admitted > 0 || spent == TRIES, "the walk went somewhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_wrong_pins_at_once_get_five_answers() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut ready = Vec::new();
        for _ in 0..8 {
            let mut browser = world.browser();
            let (start, typed) = begin(&mut browser, &holder, false).await;
            ready.push((browser, start, typed));
        }
        let tried = ready.into_iter().map(|(mut browser, start, typed)| async move {
            browser.ke1(&start, &typed).await.status == StatusCode::OK
        });
        let answered = join_all(tried).await.into_iter().filter(|answered| *answered).count();
        assert_eq!(answered, 5);
        assert_eq!(tries_left(&world, &holder).await, 0);
    }
}
