// The region under test: one `ssc demo` for the whole run, its doors, and the hands that move cards and stop insurers.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 15_000;

// Beside those of a demonstration that a developer may have running.
const PORTS = ["--port", "8500", "--agent-port", "41275"];

/** Starts a region in a folder of its own and waits until it says that it is ready. */
export async function startRegion() {
  const binary = process.env.SSC;
  if (!binary) throw new Error("SSC must name the ssc binary");
  const folder = await mkdtemp(join(tmpdir(), "ssc-e2e-"));
  const readyFile = join(folder, "ready.json");
  const child = spawn(binary, ["demo", "--dir", join(folder, "region"), "--json-ready", readyFile, ...PORTS], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
  const ready = await waitFor(readyFile, child, () => said);
  return new Region(child, folder, ready, () => said);
}

/** Reads the ready file as soon as it is whole. */
async function waitFor(file, child, said) {
  const end = Date.now() + READY_WITHIN_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`ssc demo ended with ${child.exitCode}:\n${said()}`);
    try {
      return JSON.parse(await readFile(file, "utf8"));
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  child.kill("SIGINT");
  throw new Error(`ssc demo was not ready in time:\n${said()}`);
}

class Region {
  #child;
  #folder;
  #said;

  constructor(child, folder, ready, said) {
    this.#child = child;
    this.#folder = folder;
    this.#said = said;
    this.portal = ready.portal;
    this.clinic = ready.clinic;
    this.clerk = ready.clerk;
    this.office = ready.office;
    this.clinicName = ready.clinic_name;
    this.residents = ready.residents;
    this.insurers = ready.insurers;
    this.consoles = ready.consoles;
    this.insurerClerks = ready.insurer_clerks;
    this.control = ready.control;
    this.services = ready.services;
    this.dir = ready.dir;
  }

  /** What the demo has printed so far. */
  get said() {
    return this.#said();
  }

  /** The resident in a role: nhi, khi, changed, lapsed, elder or spare; newcomer and family, whom no insurer knows yet. */
  resident(role) {
    const found = this.residents.find((resident) => resident.role === role);
    if (!found) throw new Error(`the region has no resident in the role ${role}`);
    return found;
  }

  /** Puts a resident's card on the reader "home" or "desk"; whatever lay there is taken away first. */
  async put(reader, card) {
    await this.#ask("POST", `/readers/${reader}/card`, new URLSearchParams({ name: card }));
  }

  /** Takes the card from a reader. */
  async take(reader) {
    await this.#ask("DELETE", `/readers/${reader}/card`);
  }

  /** Kills an insurer's node. */
  async stopInsurer(number) {
    await this.#ask("POST", `/insurers/${number}/stop`);
  }

  /** Starts it again, and waits until it answers. */
  async startInsurer(number) {
    await this.#ask("POST", `/insurers/${number}/start`);
  }

  async #ask(method, path, body) {
    const origin = new URL(this.control).origin;
    const answer = await fetch(new URL(path, this.control), { method, body, headers: { origin } });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  /** Ends the region as Ctrl-C does, and returns its exit code. */
  async stop() {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGINT");
    const late = new Promise((resolve) => setTimeout(() => resolve("late"), STOPPED_WITHIN_MS));
    const code = this.#child.exitCode ?? (await Promise.race([ended, late]));
    if (code === "late") this.#child.kill("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
    return code;
  }
}
