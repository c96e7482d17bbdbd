// The load: HTTP over plain sockets, in a process of its own. A batch is a number of requests, and how long they took;
// every answer's status is counted, and its body must name the account of the member who asked.
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { accountOf, bytesOf } from "./job.js";

/** @type {{ tokens: string[], members: string[] }} */
let job;
let writes = 0;

/** One kept-alive connection. */
class Line {
  #socket;
  #text = "";
  #settle;

  constructor(port) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (chunk) => this.#take(chunk));
    const broken = () => this.#settle?.({ status: 0, text: "" });
    this.#socket.on("error", broken);
    this.#socket.on("close", broken);
  }

  /** @returns {Promise<{ status: number, text: string }>} Status 0 where the connection broke. */
  ask(bytes) {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#socket.write(bytes, "latin1");
    });
  }

  #take(chunk) {
    this.#text = this.#text === "" ? chunk : this.#text + chunk;
    if (!isWhole(this.#text)) return;
    const text = this.#text;
    this.#text = "";
    this.#settle({ status: Number(text.slice(9, 12)), text });
  }

  close() {
    this.#settle = undefined;
    this.#socket.destroy();
  }
}

function isWhole(text) {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return false;
  const length = /content-length: *(\d+)/i.exec(text.slice(0, head));
  if (length !== null) return text.length >= head + 4 + Number(length[1]);
  return text.endsWith("0\r\n\r\n");
}

function request(which, member) {
  writes += which === "write" ? 1 : 0;
  return bytesOf(which, job.tokens[member], `bench-${process.pid}-${writes}`);
}

/** Notes an answer's status; one that names another account than the caller's counts as wrong. */
function note(statuses, { status, text }, member) {
  const isOwn = text.includes(accountOf(job.members[member]));
  const name = status === 200 && !isOwn ? "wrong" : String(status);
  statuses[name] = (statuses[name] ?? 0) + 1;
}

/** So many requests over so many connections, each with members of its own. */
async function batch({ port, which, count, connections }) {
  const statuses = {};
  const own = Math.floor(job.members.length / connections);
  const lines = Array.from({ length: connections }, () => new Line(port));
  let left = count;
  const began = performance.now();
  await Promise.all(
    lines.map(async (line, at) => {
      for (let turn = 0; left > 0; turn += 1) {
        left -= 1;
        const member = at * own + (turn % own);
        const got = await line.ask(request(which, member));
        note(statuses, got, member);
        if (got.status === 0) break;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  lines.forEach((line) => line.close());
  return { seconds, statuses };
}

/** One request after the other, each to the next server in turn: the times of each in microseconds. */
async function turns({ ports, which, count, gapMs }) {
  const statuses = {};
  const lines = ports.map((port) => new Line(port));
  const times = ports.map(() => []);
  for (let turn = 0; turn < count; turn += 1) {
    for (const [at, line] of lines.entries()) {
      const member = turn % job.members.length;
      const bytes = request(which, member);
      await new Promise((resolve) => setTimeout(resolve, gapMs));
      const began = performance.now();
      const got = await line.ask(bytes);
      times[at].push((performance.now() - began) * 1000);
      note(statuses, got, member);
    }
  }
  lines.forEach((line) => line.close());
  return { times, statuses };
}

const JOBS = { batch, turns, know: async (given) => void (job = given) };

console.log(0); // it is there
for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...how } = JSON.parse(line);
  console.log(JSON.stringify((await JOBS[what](how)) ?? null));
}
