// The judges that are programs of their own: made a key, started, and registered as any service would be.

import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const HERE = new URL(".", import.meta.url).pathname;
const READY_WITHIN_MS = 20_000;

const PEERS = {
  pysaml2: { port: 8521, command: [`${HERE}../target/interop-python/bin/python`, `${HERE}peers/pysaml2/server.py`], policy: { name: "体験用の相談室", name_en: "Trial consultation", more: 'release = ["name"]' } },
  // What it gets is signed and clear, so that a test can change a letter of it.
  "node-saml": { port: 8522, command: ["node", `${HERE}peers/node-saml/server.js`], policy: { name: "体験用の運動日誌", name_en: "Trial exercise diary", more: 'encrypt = "never"' } },
};

/** Runs `ssc` on the region's platform; its output, or its words as an error. */
export async function ssc(region, ...args) {
  const { stdout } = await run(process.env.SSC, args.map((arg) => (arg === "CONFIG" ? `${region.dir}/platform/platform.toml` : arg)));
  return stdout;
}

/** The identity provider's metadata, as anybody can read them. */
export async function identityProvider(region) {
  const { host, port } = new URL(region.portal);
  return fetchAs(host, `http://127.0.0.1:${port}/saml/metadata`);
}

/** The page, or where it sends the browser. Not every system knows names below .localhost: they are this machine's. */
export function fetchAs(host, address) {
  return new Promise((resolve, reject) => {
    const request = get(address, { headers: { host } }, async (answer) => {
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      if (answer.statusCode < 400) resolve(answer.headers.location ?? text);
      else reject(new Error(`${host}: ${answer.statusCode} ${text}`));
    });
    request.on("error", reject);
  });
}

/** Starts every judge and lets it join. */
export async function startPeers(region) {
  const idp = await identityProvider(region);
  const started = {};
  for (const [name, { port, command, policy }] of Object.entries(PEERS)) {
    const folder = join(region.dir, "services", name);
    await mkdir(folder, { recursive: true });
    const file = (name) => join(folder, name);
    const key = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${name}`];
    await run("openssl", [...key, "-keyout", file("sp.key"), "-out", file("sp.pem")]);
    await writeFile(file("idp.xml"), idp);
    const child = spawn(command[0], [...command.slice(1), folder, String(port)], { stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (bytes) => (said += bytes));
    const host = `${name}.localhost:${port}`;
    await writeFile(file("sp.xml"), await answers(() => fetchAs(host, `http://127.0.0.1:${port}/metadata`), child, () => said));
    const { name: ja, name_en, more } = policy;
    await writeFile(file("policy.toml"), `name = "${ja}"\nname_en = "${name_en}"\n${more}\n`);
    await ssc(region, "admin", "--config", "CONFIG", "service", "add", file("sp.xml"), "--policy", file("policy.toml"));
    started[name] = { origin: `http://${host}`, child };
    await known(region, host, port);
  }
  return {
    origin: (name) => started[name].origin,
    stop: () => Object.values(started).forEach(({ child }) => child.stdin.end()),
  };
}

/** The running platform learns within a second or so what a command has changed. */
async function known(region, host, port) {
  const portal = new URL(region.portal);
  const login = await fetchAs(host, `http://127.0.0.1:${port}/login/redirect`);
  const { pathname, search } = new URL(login);
  await answers(() => fetchAs(portal.host, `http://127.0.0.1:${portal.port}${pathname}${search}`), { exitCode: null }, () => "the platform does not know it");
}

async function answers(ask, child, said) {
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end; ) {
    if (child.exitCode !== null) break;
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`a judge does not answer:\n${said()}`);
}

/** A service of the region reads the identity provider's metadata again, as its operator's timer would let it. */
export async function reload(region, service) {
  const folder = join(region.dir, "services", service);
  await writeFile(join(folder, "idp.xml"), await identityProvider(region));
  if (service === "k-mix") {
    const pid = Number(await readFile(join(folder, "run/httpd.pid"), "utf8"));
    process.kill(pid, "SIGUSR1");
  }
}
