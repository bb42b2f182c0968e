//! The main job once through, without a browser: what the portal's page, the agent's window and the person do.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use reqwest::{Client, RequestBuilder, header};
use serde_json::{Value, json};

use super::{
    control::Control,
    layout::{Layout, READERS},
    people::Holder,
};

/// Runs the main job and prints each step with its time.
///
/// # Errors
/// The first step that fails.
pub(crate) async fn run(control: &Control) -> anyhow::Result<()> {
    let layout = &control.layout;
    let browser = Browser::new()?;
    let resident = holder(control, "nhi")?;
    let mut steps = Steps(Instant::now());

    control.drawer.put(READERS[0], &resident.card)?;
    steps.done("the card is put on the reader at home");
    log_in(layout, &browser, resident, &mut steps).await?;
    let page = browser.page(browser.get(layout, "/coverage")).await?;
    ensure!(page.contains(&resident.name), "the coverage page does not show {}", resident.name);
    steps.done("the insurer's node answers: the coverage page shows the resident's record");

    let desk = Browser::new()?;
    clerk(control, &desk).await?;
    steps.done("the clerk logs in at the clinic");
    let token = pair(layout, &desk).await?;
    steps.done("the desk's reader agent is paired with the clinic portal");
    control.drawer.put(READERS[1], &resident.card)?;
    let touched = Instant::now();
    let page = touch(layout, &desk, &token).await?;
    let took = touched.elapsed();
    ensure!(page.contains(&resident.name) && page.contains("banner ok"), "the eligibility screen is not valid");
    ensure!(took < Duration::from_secs(1), "the eligibility screen took {} ms", took.as_millis());
    steps.done("the card is put on the desk's reader: the eligibility screen says valid");

    let page = browser.page(browser.get(layout, "/looks")).await?;
    ensure!(page.contains(&control.people.clinic_name), "the clinic's look is not in the log");
    steps.done("the resident sees both looks");
    control.drawer.take(READERS[1])?;
    Ok(())
}

fn holder<'a>(control: &'a Control, role: &str) -> anyhow::Result<&'a Holder> {
    control.people.residents.iter().find(|holder| holder.role == role).context("the region has no such resident")
}

/// Prints a line for each step, with its time.
struct Steps(Instant);

impl Steps {
    #[expect(clippy::print_stdout, reason = "the answer of the command")]
    fn done(&mut self, what: &str) {
        println!("  {:>5} ms  {what}", self.0.elapsed().as_millis());
        self.0 = Instant::now();
    }
}

/// A browser as the portals see it: a cookie jar, and a word about where a request comes from.
struct Browser(Client);

impl Browser {
    fn new() -> anyhow::Result<Self> {
        let local = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let client = Client::builder()
            .cookie_store(true)
            .no_proxy()
            .user_agent("ssc demo --check")
            .resolve("portal.localhost", local)
            .resolve("clinic.localhost", local);
        Ok(Self(client.build()?))
    }

    fn get(&self, layout: &Layout, path: &str) -> RequestBuilder {
        self.0.get(layout.portal_origin() + path)
    }

    /// A form or script of a page of `origin` sends something to where it came from.
    fn post(&self, origin: &str, path: &str) -> RequestBuilder {
        self.0.post(format!("{origin}{path}")).header(header::ORIGIN, origin)
    }

    /// A page of `origin` asks the agent on this machine.
    fn agent(&self, origin: &str, port: u16, path: &str, body: &Value) -> RequestBuilder {
        self.0.post(format!("http://127.0.0.1:{port}/v1/{path}")).header(header::ORIGIN, origin).json(body)
    }

    async fn page(&self, request: RequestBuilder) -> anyhow::Result<String> {
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{status}: {text}");
        Ok(text)
    }

    async fn json(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let answer: Value = request.header(header::ACCEPT, "application/json").send().await?.json().await?;
        match answer.get("error") {
            Some(error) => bail!("{error}"),
            None => Ok(answer),
        }
    }

    /// Repeats a call that waits for a person or a card until it has an answer.
    async fn settled(&self, request: impl Fn() -> RequestBuilder) -> anyhow::Result<Value> {
        loop {
            let answer = self.json(request()).await?;
            if answer.get("pending").is_none() {
                return Ok(answer);
            }
        }
    }
}

/// What portal.localhost's page, the agent's window and the resident do in a login.
async fn log_in(layout: &Layout, browser: &Browser, resident: &Holder, steps: &mut Steps) -> anyhow::Result<()> {
    let (portal, port) = (layout.portal_origin(), layout.agent_port_of(0));
    let start = browser.json(browser.post(&portal, "/login/card/start").json(&json!({}))).await?;
    let sid = part(&start, "sid")?;
    let opened = browser.json(browser.agent(&portal, port, "login", &json!({ "start": start }))).await?;
    let (ticket, window) = (text(&opened, "ticket")?, text(&opened, "window")?);
    steps.done("the portal asks for a card, the agent opens its window");

    let own = format!("http://127.0.0.1:{port}");
    let pin = [("pin", resident.pin.as_str()), ("answer", "yes")];
    browser.page(browser.0.post(window).header(header::ORIGIN, own).form(&pin)).await?;
    let step = |name: &str, body: &Value| browser.agent(&portal, port, &format!("login/{ticket}/{name}"), body);
    let proof = part(&browser.settled(|| step("prove", &json!({}))).await?, "proof")?;
    steps.done("the PIN is typed in the agent's window, the card proves itself to the agent");

    let body = json!({ "sid": sid, "proof": proof });
    let opening = part(&browser.json(browser.post(&portal, "/login/card/prove").json(&body)).await?, "opening")?;
    let ke1 = part(&browser.json(step("open", &json!({ "opening": opening }))).await?, "ke1")?;
    steps.done("the portal knows the card, the card opens to the portal");

    let ke1 = json!({ "sid": sid, "ke1": ke1 });
    let ke2 = part(&browser.json(browser.post(&portal, "/login/card/ke1").json(&ke1)).await?, "ke2")?;
    let ke3 = part(&browser.json(step("finish", &json!({ "ke2": ke2 }))).await?, "ke3")?;
    let ke3 = json!({ "sid": sid, "ke3": ke3 });
    browser.json(browser.post(&portal, "/login/card/ke3").json(&ke3)).await?;
    browser.json(step("done", &json!({ "outcome": "admitted" }))).await.ok();
    let menu = browser.page(browser.get(layout, "/menu")).await?;
    ensure!(menu.contains("/coverage"), "the menu does not open");
    steps.done("the PIN is proved without being sent, the menu opens");
    Ok(())
}

async fn clerk(control: &Control, desk: &Browser) -> anyhow::Result<()> {
    let form = [("login_name", control.people.clerk.as_str())];
    let page = desk.page(desk.post(&control.layout.clinic_origin(), "/login/demo").form(&form)).await?;
    ensure!(page.contains("data-card-reception"), "the reception does not open");
    Ok(())
}

/// The clerk allows the clinic portal to use the desk's reader, in the agent's window.
async fn pair(layout: &Layout, desk: &Browser) -> anyhow::Result<String> {
    let (clinic, port) = (layout.clinic_origin(), layout.agent_port_of(1));
    let opened = desk.json(desk.agent(&clinic, port, "pair", &json!({}))).await?;
    let (ticket, window) = (text(&opened, "ticket")?, text(&opened, "window")?);
    let own = format!("http://127.0.0.1:{port}");
    desk.page(desk.0.post(window).header(header::ORIGIN, own).form(&[("answer", "yes")])).await?;
    let paired = desk.settled(|| desk.agent(&clinic, port, &format!("pair/{ticket}"), &json!({}))).await?;
    text(&paired, "token")
}

/// A card lies on the desk's reader: what the reception's page does until the eligibility screen stands.
async fn touch(layout: &Layout, desk: &Browser, token: &str) -> anyhow::Result<String> {
    let (clinic, port) = (layout.clinic_origin(), layout.agent_port_of(1));
    let paired = |path: &str, body: &Value| desk.agent(&clinic, port, path, body).header("x-ssc-pair", token);
    loop {
        let there = desk.json(paired("reception/wait", &json!({ "card": false }))).await?;
        if part(&there, "card")? == json!(true) {
            break;
        }
    }
    let start = desk.json(desk.post(&clinic, "/reception/start").json(&json!({}))).await?;
    let proof = part(&desk.json(paired("reception/prove", &json!({ "start": start }))).await?, "proof")?.to_string();
    let form = [("sid", text(&start, "sid")?), ("proof", proof)];
    desk.page(desk.post(&clinic, "/reception/check").form(&form)).await
}

fn part(value: &Value, name: &str) -> anyhow::Result<Value> {
    value.get(name).cloned().with_context(|| format!("no {name} in the answer"))
}

fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    part(value, name)?.as_str().map(str::to_owned).with_context(|| format!("{name} is not a text"))
}
