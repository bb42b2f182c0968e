// @ts-check
/**
 * The reader agent on this computer, as a page sees it, and the part of a page that speaks with the person about it.
 *
 * @typedef {{ code: string, text: string, outcome?: string, tries_left?: number }} Trouble
 * @typedef {{ call(op: string, body?: object, pair?: string | null): Promise<any>, leave(op: string): void }} Agent
 * @typedef {{ root: HTMLElement, button: HTMLButtonElement | null, say(text: string): void, text(name: string): string }} Panel
 */

const PORTS = Array.from({ length: 10 }, (_, index) => 41270 + index);
const PORT_KEY = "ssc-card-port";
const HELLO_MS = 3000;
const PROMPT_MS = 60000;
const WINDOW_NAME = "ssc-card";
const WINDOW_SHAPE = "popup,width=560,height=760";

/** @type {Record<string, [string, string]>} */
const TEXTS = {
  searching: ["読み取りアプリを探しています。", "Looking for the card reader program."],
  missing: [
    "読み取りアプリが見つかりません。アプリを起動して、もう一度お試しください。",
    "The card reader program was not found. Start it and try again.",
  ],
  denied: [
    "このサイトからカードリーダーを使うことが、ブラウザーで許可されていません。アドレスの横にあるサイトの設定で、このデバイス上のアプリへのアクセスを許可してください。",
    "Your browser does not let this site use the card reader. In the site settings next to the address, allow access to apps on this device.",
  ],
  window: ["暗証番号の画面を開く", "Open the PIN window"],
  blocked: ["ブラウザーが画面を開きませんでした。ボタンを押してください。", "The browser did not open the window. Use the button."],
  pin: ["開いた画面で暗証番号を入力してください。", "Enter your PIN in the window that has opened."],
  checking: ["確認しています。カードを動かさないでください。", "Checking. Leave the card where it is."],
  done: ["確認できました。", "Done."],
  wrong: ["暗証番号が違います。", "Wrong PIN."],
  offline: ["サイトと通信できませんでした。もう一度お試しください。", "The site could not be reached. Try again."],
  agent: [
    "読み取りアプリと通信できなくなりました。もう一度お試しください。",
    "The card reader program stopped answering. Try again.",
  ],
  allow: ["許可の画面を開く", "Open the permission window"],
  unpaired: [
    "このパソコンのリーダーを使う許可がまだありません。ボタンを押して許可してください。",
    "This site may not use this computer's reader yet. Use the button to allow it.",
  ],
  pairing: ["開いた画面で許可してください。", "Give permission in the window that has opened."],
  put: ["カードをリーダーに置いてください。", "Put the card on the reader."],
  take: ["カードをリーダーから取ってください。", "Take the card off the reader."],
  again: ["もう一度試す", "Try again"],
};

export const english = () => document.documentElement.lang.startsWith("en");

/** A failure with words for the person. */
export class Failed extends Error {
  /** @param {Trouble} trouble */
  constructor(trouble) {
    super(trouble.text);
    this.trouble = trouble;
  }
}

/** The panel in `root`: its button, its live line, its words. @param {HTMLElement} root @returns {Panel} */
export function panel(root) {
  const live = /** @type {HTMLElement | null} */ (root.querySelector("[data-card-live]"));
  return {
    root,
    button: root.querySelector("button[data-card-button]"),
    say: (text) => {
      if (live && live.textContent !== text) live.textContent = text;
    },
    text: (name) => root.getAttribute(`data-text-${name}`) ?? TEXTS[name]?.[english() ? 1 : 0] ?? "",
  };
}

/** Waits for a click on the panel's button, which says `name` meanwhile. @param {Panel} on @param {string} name */
export async function pressed(on, name) {
  const button = on.button;
  if (!button) throw new Failed({ code: "agent", text: on.text("agent") });
  const [words, hidden] = [[...button.childNodes], button.hidden];
  button.textContent = on.text(name);
  button.hidden = false;
  button.focus();
  await new Promise((resolve) => button.addEventListener("click", resolve, { once: true }));
  button.replaceChildren(...words);
  button.hidden = hidden;
}

/** What to tell the person about `error`. @param {Panel} on @param {unknown} error @returns {Trouble} */
export function trouble(on, error) {
  return error instanceof Failed ? error.trouble : { code: "offline", text: on.text("offline") };
}

/** Reads an answer. Our server's failures carry `text`, the agent's both languages. @param {Response} response */
async function read(response) {
  const answer = response.status === 204 ? {} : await response.json();
  if (!answer.error) return answer;
  const { code, text, ja, en, outcome, tries_left } = answer.error;
  throw new Failed({ code, text: text ?? (english() ? en : ja), outcome, tries_left });
}

/**
 * Sends JSON to our own server, to the address in the panel's attribute `data-<step>`.
 * @param {Panel} on
 * @param {string} step
 * @param {object} body
 */
export async function send(on, step, body) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const url = new URL(on.root.dataset[step] ?? "", location.href);
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" })
    .then(read)
    .catch((error) => {
      throw error instanceof Failed ? error : new Failed({ code: "offline", text: on.text("offline") });
    });
}

/** The agent at a port of this computer. @param {Panel} on @param {number} port @returns {Agent} */
function agentAt(on, port) {
  /** @param {string} op @param {object} body @param {string | null} pair @param {RequestInit} more */
  const request = (op, body, pair, more) => {
    const headers = { "content-type": "application/json", ...(pair ? { "x-ssc-pair": pair } : {}) };
    const what = op === "hello" ? { method: "GET" } : { method: "POST", body: JSON.stringify(body) };
    return fetch(`http://127.0.0.1:${port}/v1/${op}`, { ...what, headers, credentials: "omit", cache: "no-store", ...more });
  };
  return {
    call: (op, body = {}, pair = null) =>
      request(op, body, pair, {}).then(read).catch((error) => {
        throw error instanceof Failed ? error : new Failed({ code: "agent", text: on.text("agent") });
      }),
    leave: (op) => void request(op, {}, null, { keepalive: true }).catch(() => {}),
  };
}

/** The agent behind a browser extension (native messaging). @param {string} id @returns {Agent} */
function agentBehind(id) {
  const { runtime } = /** @type {any} */ (globalThis).chrome;
  const call = async (/** @type {string} */ op, body = {}, /** @type {string | null} */ pair = null) => {
    const answer = await runtime.sendMessage(id, { op, body, ...(pair ? { pair } : {}) });
    return read(new Response(JSON.stringify(answer.body)));
  };
  return { call, leave: (op) => void call(op).catch(() => {}) };
}

/** What the browser says about speaking with programs on this computer: "granted", "prompt" or "denied". */
export async function permission() {
  for (const name of ["loopback-network", "local-network-access"]) {
    const status = await navigator.permissions?.query({ name: /** @type {any} */ (name) }).catch(() => null);
    if (status) return status.state;
  }
  return "granted";
}

/** Finds the agent that accepts this site: where it last was, then at every port. @param {Panel} on @returns {Promise<Agent>} */
export async function find(on) {
  const listed = on.root.dataset.ports?.split(",").map(Number).filter(Number.isInteger) ?? PORTS;
  const last = Number(localStorage.getItem(PORT_KEY));
  const [first = 0, ...others] = listed.includes(last) ? [last, ...listed.filter((port) => port !== last)] : listed;
  const patience = (await permission()) === "prompt" ? PROMPT_MS : HELLO_MS;
  /** @param {number} port @param {number} ms */
  const knock = (port, ms) =>
    fetch(`http://127.0.0.1:${port}/v1/hello`, { signal: AbortSignal.timeout(ms), credentials: "omit", cache: "no-store" })
      .then((answer) => (answer.ok ? port : 0), () => 0);
  // alone, because the browser may ask the person first; the others follow when that is settled
  const port = (await knock(first, patience)) || (await Promise.all(others.map((other) => knock(other, HELLO_MS)))).find(Boolean);
  if (port) {
    localStorage.setItem(PORT_KEY, String(port));
    return agentAt(on, port);
  }
  const extension = on.root.dataset.extension;
  if (extension && /** @type {any} */ (globalThis).chrome?.runtime) {
    const agent = agentBehind(extension);
    if (await agent.call("hello").then(() => true, () => false)) return agent;
  }
  const name = (await permission()) === "denied" ? "denied" : "missing";
  throw new Failed({ code: name, text: on.text(name) });
}

/** An empty window for the agent, opened while a click still counts. */
export const openWindow = (address = "about:blank") => window.open(address, WINDOW_NAME, WINDOW_SHAPE);

/**
 * Shows the agent's page in `popup`. Without one, the person clicks once more.
 * @param {Panel} on
 * @param {Window | null} popup
 * @param {string} address
 */
export async function show(on, popup, address, button = "window") {
  if (new URL(address).hostname !== "127.0.0.1") throw new Failed({ code: "agent", text: on.text("agent") });
  if (popup && !popup.closed) {
    popup.location.replace(address);
    return popup;
  }
  const opened = openWindow(address);
  if (opened) return opened;
  on.say(on.text("blocked"));
  await pressed(on, button);
  return openWindow(address);
}

/**
 * Repeats a call that waits for the person or the card, and says what is missing meanwhile.
 * @param {Panel} on
 * @param {(heard: { reader: string }) => Promise<any>} call
 */
export async function settled(on, call) {
  for (let reader = ""; ; ) {
    const answer = await call({ reader });
    if (!answer.pending) return answer;
    reader = answer.reader?.code ?? "";
    if (answer.reader) on.say(english() ? answer.reader.en : answer.reader.ja);
  }
}
