// A service provider on node-saml, the library behind passport-saml: says on its page what it believed, or why it did not.
//
//   node server.js FOLDER PORT      FOLDER holds sp.key, sp.pem and the identity provider's idp.xml

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { SAML, ValidateInResponseTo, generateServiceProviderMetadata } from "@node-saml/node-saml";

const [folder, port] = process.argv.slice(2);
const origin = `http://node-saml.localhost:${port}`;
const file = (name) => readFileSync(join(folder, name), "utf8");
const idp = file("idp.xml");

const privateKey = file("sp.key");
const certificate = file("sp.pem");
const sp = {
  issuer: `${origin}/metadata`,
  callbackUrl: `${origin}/acs`,
  logoutCallbackUrl: `${origin}/slo`,
  identifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
  privateKey,
  decryptionPvk: privateKey,
  signatureAlgorithm: "sha256",
  digestAlgorithm: "sha256",
  wantAssertionsSigned: true,
};
const options = {
  ...sp,
  entryPoint: location("SingleSignOnService", "HTTP-Redirect"),
  logoutUrl: location("SingleLogoutService", "HTTP-Redirect"),
  idpCert: signingCertificates(),
  idpIssuer: /entityID="([^"]+)"/.exec(idp)[1],
  audience: sp.issuer,
  wantAuthnResponseSigned: false,
  // Not "always": it does not look for the attribute in the response to a logout.
  validateInResponseTo: ValidateInResponseTo.ifPresent,
  disableRequestedAuthnContext: true,
  acceptedClockSkewMs: 60_000,
};
const redirecting = new SAML(options);
// Each object remembers its own requests.
const posting = new SAML({ ...options, authnRequestBinding: "HTTP-POST", skipRequestCompression: true, cacheProvider: redirecting.cacheProvider });

const pages = {
  "GET /metadata": async () => ({
    type: "application/samlmetadata+xml",
    body: generateServiceProviderMetadata({ ...sp, publicCerts: certificate, decryptionCert: certificate }),
  }),
  "GET /login/redirect": async () => ({ to: await redirecting.getAuthorizeUrlAsync("by-redirect", undefined, {}) }),
  "GET /login/post": async () => ({ type: "text/html", body: await posting.getAuthorizeFormAsync("by-post") }),
  "POST /acs": async ({ form }) => {
    const { profile } = await redirecting.validatePostResponseAsync(form);
    const { nameID, nameIDFormat, sessionIndex, attributes } = profile;
    user = profile;
    return said({ nameId: nameID, format: nameIDFormat, sessionIndex, attributes, relayState: form.RelayState });
  },
  "GET /logout/redirect": async () => ({ to: await redirecting.getLogoutUrlAsync(user, "", {}) }),
  "GET /slo": async ({ url }) => {
    const query = Object.fromEntries(url.searchParams);
    const { profile, loggedOut } = await redirecting.validateRedirectAsync(query, url.search.slice(1));
    if (loggedOut) return said({ loggedOut });
    user = undefined;
    return { to: await redirecting.getLogoutResponseUrlAsync(profile, query.RelayState ?? "", {}, true) };
  },
  "POST /slo": async ({ form }) => {
    if (form.SAMLResponse) return said({ loggedOut: (await redirecting.validatePostResponseAsync(form)).loggedOut });
    const { profile } = await redirecting.validatePostRequestAsync(form);
    user = undefined;
    return { to: await redirecting.getLogoutResponseUrlAsync(profile, form.RelayState ?? "", {}, true) };
  },
};
let user;

/** Where the identity provider offers a service in a binding. */
function location(service, binding) {
  const found = [...idp.matchAll(new RegExp(`<(?:\\w+:)?${service}\\b[^>]*>`, "g"))].find(([tag]) => tag.includes(`:${binding}"`));
  return /\bLocation="([^"]+)"/.exec(found[0])[1].replaceAll("&amp;", "&");
}

/** Every certificate that the identity provider signs with, or will. */
function signingCertificates() {
  const role = /<(?:\w+:)?IDPSSODescriptor\b.*?<\/(?:\w+:)?IDPSSODescriptor>/s.exec(idp)[0];
  const keys = [...role.matchAll(/<(?:\w+:)?KeyDescriptor\b([^>]*)>(.*?)<\/(?:\w+:)?KeyDescriptor>/gs)];
  const signing = keys.filter(([, attributes]) => !attributes.includes("encryption"));
  return signing.map(([, , inside]) => /X509Certificate>([^<]+)</.exec(inside)[1].replace(/\s/g, ""));
}

function said(value, status = 200) {
  const text = JSON.stringify(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return { status, type: "text/html", body: `<!doctype html><title>node-saml</title><pre id="said">${text}</pre>` };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  let answer;
  try {
    let text = "";
    for await (const chunk of request) text += chunk;
    const page = pages[`${request.method} ${url.pathname}`];
    answer = page ? await page({ url, form: Object.fromEntries(new URLSearchParams(text)) }) : said({ refused: "no such page" }, 404);
  } catch (error) {
    answer = said({ refused: String(error.message) }, 403);
  }
  const headers = answer.to ? { location: answer.to } : { "content-type": `${answer.type}; charset=utf-8` };
  response.writeHead(answer.to ? 303 : (answer.status ?? 200), headers);
  response.end(answer.body);
});
server.listen(Number(port), "127.0.0.1");

// Ends with whoever started it.
process.stdin.on("end", () => process.exit(0)).resume();
