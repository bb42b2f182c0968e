// @ts-check
/**
 * Passkeys on the page's side: fetches a challenge, lets the browser ask the person, sends the answer.
 *
 *   <form data-passkey="login" data-failed="…"> <input name="login_name"> <p data-passkey-live …> </form>
 *   <form data-passkey="register" data-start="/passkeys/start" data-failed="…"> … </form>
 */

/**
 * @param {string} address
 * @param {object} body
 */
async function send(address, body) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (answer.error) throw new Error(answer.error.text);
  return answer;
}

/** @param {HTMLFormElement} form */
async function login(form) {
  const login_name = String(new FormData(form).get("login_name") ?? "");
  const { ceremony, options } = await send("/login/passkey/start", { login_name });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  const credential = await asked(form, () => navigator.credentials.get({ publicKey }));
  return send("/login/passkey/finish", { ceremony, credential });
}

/** @param {HTMLFormElement} form */
async function register(form) {
  const { ceremony, options } = await send(form.dataset.start ?? "", {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  const credential = await asked(form, () => navigator.credentials.create({ publicKey }));
  return send("/passkeys/finish", { ceremony, credential });
}

/**
 * Lets the browser ask. Whatever it says when the person declines is not in our words: ours are said instead.
 * @param {HTMLFormElement} form
 * @param {() => Promise<any>} ask
 */
async function asked(form, ask) {
  const credential = await ask().catch(() => null);
  if (!credential) throw new Error(form.dataset.failed);
  return credential.toJSON();
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  const live = form.querySelector("[data-passkey-live]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { location } = await (form.dataset.passkey === "login" ? login(form) : register(form));
      window.location.assign(location);
    } catch (error) {
      if (live) live.textContent = error instanceof Error ? error.message : String(form.dataset.failed);
    }
  });
}
