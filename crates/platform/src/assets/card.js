// @ts-check
/**
 * Card login and card reception, on the page's side: relays SSC-CARD/1 between our server and the reader agent on this
 * computer. Nothing that passes here can be read or used by this page; the PIN never passes here.
 *
 *   <section data-card-login data-start="/login/card/start" data-prove="/login/card/prove" data-ke1="/login/card/ke1"
 *            data-ke3="/login/card/ke3">
 *     <button type="button" data-card-button>…</button> <p data-card-live role="status" aria-live="polite"></p>
 *   </section>
 *   <section data-card-possession data-start="…" data-prove="…"> the same inside: a login by the card alone </section>
 *   <section data-card-reception data-start="/reception/start" data-action="/reception/check"> the same inside </section>
 *
 * Without a button, or with a link in its place, a reception that fails says why and stops.
 * `data-remove` on a reception first waits until the last card is taken away. Any text can be given as `data-text-<name>`,
 * by the names of TEXTS in card-agent.js. `data-ports="41270,41271"` looks for the agent there only;
 * `data-extension="<id>"` uses that extension when no agent answers.
 *
 * @typedef {import("./card-agent.js").Panel} Panel
 * @typedef {import("./card-agent.js").Agent} Agent
 */
import { Failed, english, find, openWindow, panel, permission, pressed, send, settled, show, trouble } from "./card-agent.js";

const PAIR_KEY = "ssc-card-pair";
const CLOSED_MS = 500;

/** One login, from the click to the next page. @param {Panel} on @param {Window | null} popup */
export async function login(on, popup) {
  /** @type {Agent | undefined} */ let agent;
  let [ticket, unwatch] = ["", () => {}];
  const step = (/** @type {string} */ name, body = {}) => /** @type {Agent} */ (agent).call(`login/${ticket}/${name}`, body);
  const leave = () => void (ticket && agent?.leave(`login/${ticket}/cancel`));
  addEventListener("pagehide", leave);
  try {
    on.say(on.text("searching"));
    agent = await find(on);
    const start = await send(on, "start", {});
    const opened = await agent.call("login", { start });
    ticket = opened.ticket;
    popup = await show(on, popup, opened.window);
    unwatch = watchWindow(popup, leave);
    on.say(on.text("pin"));
    const { sid } = start;
    const { proof } = await settled(on, (heard) => step("prove", heard));
    on.say(on.text("checking"));
    const { opening } = await send(on, "prove", { sid, proof });
    const { ke1 } = await step("open", { opening });
    const { ke2 } = await send(on, "ke1", { sid, ke1 });
    const { ke3, wrong_pin } = await step("finish", { ke2 });
    const end = await send(on, "ke3", wrong_pin ? { sid, wrong_pin } : { sid, ke3 });
    if (wrong_pin) throw new Failed({ code: "wrong-pin", text: on.text("wrong"), outcome: "wrong-pin" });
    await step("done", { outcome: "admitted" }).catch(() => {});
    ticket = "";
    on.say(on.text("done"));
    go(end.location);
  } catch (error) {
    const { text, outcome, tries_left } = trouble(on, error);
    if (ticket) await step("done", { outcome: outcome ?? "refused", tries_left }).catch(() => {});
    else popup?.close();
    on.say(text);
  } finally {
    unwatch();
    removeEventListener("pagehide", leave);
  }
}

/**
 * Calls `closed` when the person closes the window. Where a policy hides the window from us, it looks closed from the
 * start and is not watched: the agent notices by itself a little later.
 * @param {Window | null} popup
 * @param {() => void} closed
 */
function watchWindow(popup, closed) {
  let seen = 0;
  const timer = setInterval(() => {
    if (!popup?.closed) seen += 1;
    else {
      clearInterval(timer);
      if (seen > 1) closed();
    }
  }, CLOSED_MS);
  return () => clearInterval(timer);
}

/** Goes on to a page of this site, and to no other. @param {string} address */
function go(address) {
  const url = new URL(address, location.href);
  if (url.origin === location.origin) location.assign(url);
}

/** One login by the card alone, from the click to the next page. @param {Panel} on */
export async function possession(on) {
  try {
    on.say(on.text("searching"));
    const agent = await find(on);
    const pair = await paired(on, agent);
    await until(on, agent, pair, true);
    on.say(on.text("checking"));
    const start = await send(on, "start", {});
    const { proof } = await agent.call("reception/prove", { start }, pair);
    const end = await send(on, "prove", { sid: start.sid, proof });
    on.say(on.text("done"));
    go(end.location);
  } catch (error) {
    on.say(trouble(on, error).text);
  }
}

/** The permission to read cards without a PIN, asked for if it is not there. @param {Panel} on @param {Agent} agent */
async function paired(on, agent) {
  const pair = localStorage.getItem(PAIR_KEY);
  return (await agent.call("hello", {}, pair)).paired ? pair : allow(on, agent);
}

/** Waits for a card on the desk's reader and sends its proof, so that the answer replaces this page. @param {Panel} on */
export async function reception(on) {
  on.say(on.text("searching"));
  const agent = await find(on);
  if (on.button) on.button.hidden = true;
  const pair = await paired(on, agent);
  if ("remove" in on.root.dataset) await until(on, agent, pair, false);
  for (;;) {
    await until(on, agent, pair, true);
    on.say(on.text("checking"));
    const start = await send(on, "start", {});
    try {
      const { proof } = await agent.call("reception/prove", { start }, pair);
      return submit(on, { sid: start.sid, proof: JSON.stringify(proof) });
    } catch (error) {
      on.say(trouble(on, error).text);
      await agent.call("reception/wait", { card: true }, pair);
    }
  }
}

/**
 * Waits until a card is there, or gone, and says what to do meanwhile.
 * @param {Panel} on
 * @param {Agent} agent
 * @param {string | null} pair
 * @param {boolean} wanted
 */
async function until(on, agent, pair, wanted) {
  let now = await agent.call("reception/wait", { card: !wanted, wait_ms: 0 }, pair);
  while (now.card !== wanted) {
    const other = wanted && now.reader && now.reader.code !== "no-card";
    on.say(other ? (english() ? now.reader.en : now.reader.ja) : on.text(wanted ? "put" : "take"));
    now = await agent.call("reception/wait", { card: now.card, reader: now.reader?.code ?? "" }, pair);
  }
}

/** Asks the person to let this site read cards without a PIN. @param {Panel} on @param {Agent} agent */
async function allow(on, agent) {
  if (!on.button) throw new Failed({ code: "not-paired", text: on.text("unpaired") });
  on.say(on.text("unpaired"));
  await pressed(on, "allow");
  const popup = openWindow();
  const { ticket, window: address } = await agent.call("pair", {});
  await show(on, popup, address, "allow");
  on.say(on.text("pairing"));
  const { token } = await settled(on, () => agent.call(`pair/${ticket}`, {}));
  localStorage.setItem(PAIR_KEY, token);
  return token;
}

/** Sends a form, as if the person had. @param {Panel} on @param {Record<string, string>} fields */
function submit(on, fields) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: on.root.dataset.action ?? "", hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}

/** Keeps a reception going: after a failure, the button tries again. @param {Panel} on */
async function receive(on) {
  for (let sent = false; !sent; ) {
    sent = await reception(on).then(
      () => true,
      async (error) => {
        on.say(trouble(on, error).text);
        // without a button, the page has another way to go on
        if (on.button) await pressed(on, "again");
        return !on.button;
      },
    );
  }
}

/** @param {string} selector @returns {Panel[]} */
const panels = (selector) => [...document.querySelectorAll(selector)].map((root) => panel(/** @type {HTMLElement} */ (root)));

for (const on of panels("[data-card-login]")) {
  let prompts = true;
  permission().then((state) => (prompts = state === "prompt"));
  on.button?.addEventListener("click", async () => {
    const button = /** @type {HTMLButtonElement} */ (on.button);
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    // opened while the click counts, but not over a question that the browser is about to ask on this page
    await login(on, prompts ? null : openWindow());
    button.ariaBusy = "false";
  });
}
for (const on of panels("[data-card-possession]")) {
  on.button?.addEventListener("click", async () => {
    const button = /** @type {HTMLButtonElement} */ (on.button);
    // the button may ask for permission meanwhile: that click is not this one
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    await possession(on);
    button.ariaBusy = "false";
  });
}
for (const on of panels("[data-card-reception]")) receive(on);
