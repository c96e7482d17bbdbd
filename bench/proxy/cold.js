// From the start of workerd's process to its first answer, a read; the three in turn.
import { connect } from "node:net";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { Failure } from "../../scripts/lib/process.js";
import { bytesOf } from "./job.js";
import { CONTENDERS } from "./measure.js";
import { makeWorker } from "./worker.js";
import { workerdBinary } from "./servers.js";

/** @returns {Promise<{ ms: Record<string, number>, gzip: Record<string, number> }>} Medians, and deployed bytes. */
export async function coldStart(folder, { settings, tokens }, rounds) {
  const ms = {};
  const gzip = {};
  const workers = {};
  for (const who of CONTENDERS) {
    const port = await freePort();
    const made = await makeWorker(join(folder, `cold-${who}`), who, settings, port);
    workers[who] = { port, config: made.config };
    gzip[who] = made.gzip;
  }
  const bytes = bytesOf("read", tokens[0]);
  for (let round = 0; round <= rounds; round += 1) {
    for (const who of CONTENDERS) {
      const took = await once1(workers[who], bytes);
      // The first brings the binary into the system's cache.
      if (round > 0) (ms[who] ??= []).push(took);
    }
  }
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
  return { ms: Object.fromEntries(CONTENDERS.map((who) => [who, median(ms[who])])), gzip };
}

async function once1({ port, config }, bytes) {
  const began = performance.now();
  const child = spawn(workerdBinary(), ["serve", config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    const text = await firstAnswer(port, bytes, began + 10_000);
    const took = performance.now() - began;
    if (!text.startsWith("HTTP/1.1 200 "))
      throw new Failure(`workerd answered ${text.slice(0, 200)}`);
    return took;
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** Knocks until somebody listens, then asks. */
function firstAnswer(port, bytes, until) {
  return new Promise((resolve, reject) => {
    const knock = () => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      let text = "";
      socket.setEncoding("latin1");
      socket.on("connect", () => socket.write(bytes, "latin1"));
      socket.on("data", (chunk) => {
        text += chunk;
        if (!text.includes("}}")) return;
        socket.destroy();
        resolve(text);
      });
      socket.on("error", (error) => {
        if (performance.now() > until) reject(error);
        else setImmediate(knock);
      });
    };
    knock();
  });
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
