// @ts-check
/** Sends the form that hands a message to a service, once. Without this script the person presses its button. */
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-post]"));
// a page that the browser brings back from its memory has been sent already
if (form && !performance.getEntriesByType("navigation").some((entry) => entry.toJSON().type === "back_forward")) form.submit();
