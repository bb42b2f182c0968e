// Carries calls of the listed pages to the reader agent on this computer and its answers back. Which page speaks is what
// the browser says, never what the page says; the agent checks it once more against its own list.

const HOST = "jp.ssc.agent";

/** Answered when the agent cannot be started or has ended. */
const GONE = {
  status: 503,
  body: {
    error: {
      code: "agent-gone",
      ja: "カードリーダーのアプリを起動できません。アプリが入っているか確かめてください。",
      en: "The card reader program could not be started. Check that it is installed.",
    },
  },
};

/** @type {chrome.runtime.Port | undefined} */
let port;
let last = 0;
/** @type {Map<number, (answer: { status: number, body: object }) => void>} */
const waiting = new Map();

/** The agent, started when it is first needed. It ends when the browser ends this worker. */
function agent() {
  if (port) return port;
  port = chrome.runtime.connectNative(HOST);
  port.onMessage.addListener(({ id, status, body }) => {
    waiting.get(id)?.({ status, body });
    waiting.delete(id);
  });
  port.onDisconnect.addListener(() => {
    port = undefined;
    for (const reply of waiting.values()) reply(GONE);
    waiting.clear();
  });
  return port;
}

chrome.runtime.onMessageExternal.addListener((message, sender, reply) => {
  const page = typeof sender.origin === "string" && sender.id === undefined;
  if (!page || typeof message?.op !== "string") return false;
  const id = (last += 1);
  waiting.set(id, reply);
  const { op, body = {}, pair } = message;
  agent().postMessage({ id, op, origin: sender.origin, body, ...(typeof pair === "string" ? { pair } : {}) });
  return true;
});
