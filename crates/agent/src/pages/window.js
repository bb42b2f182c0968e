// Keeps an open window true: the state of the reader, the next page when the errand moves on, and the end.
// Without this script the forms still work; the person reloads the page to see the reader's state.

const POLL_MS = 600;
const CLOSE_AFTER_MS = 1500;

const reader = document.getElementById("reader");
const phase = document.body.dataset.phase;
const state = new URL(`${location.pathname}/state`, location.origin);
state.search = new URLSearchParams({ lang: document.documentElement.lang }).toString();

/** Asks the agent how things stand, and shows it. */
async function look() {
  const answer = await fetch(state, { cache: "no-store" });
  const now = answer.ok ? await answer.json() : { phase: "gone" };
  if (now.phase !== phase) {
    location.replace(location.href);
    return false;
  }
  if (reader && now.reader && reader.textContent !== now.reader.text) {
    reader.textContent = now.reader.text;
    reader.className = `reader ${now.reader.mark}`;
  }
  return true;
}

/** Looks again and again; a network failure means that the agent stopped, and then there is nothing to show. */
async function watch() {
  let going = true;
  while (going) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    going = await look().catch(() => false);
  }
}

const over = phase === "over";
if (phase && !over) watch();

const closer = document.getElementById("closer");
if (closer) {
  closer.hidden = false;
  document.getElementById("close").addEventListener("click", () => window.close());
}
if (over) document.querySelector("h1")?.focus();
if ("closes" in document.body.dataset) setTimeout(() => window.close(), CLOSE_AFTER_MS);
