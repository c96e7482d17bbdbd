// Remembers from which inputs some outputs were made, by content: a changed clock, a fresh clone or
// a moved target folder neither rebuilds for nothing nor keeps what is stale.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { at, toolsDir } from "./paths.js";
import { WASM_BINDGEN } from "./pins.js";

export class Stamp {
  constructor(name, inputs, outputs, folder = join(toolsDir, "stamps")) {
    this.file = join(folder, `${name}.json`);
    this.inputs = [...inputs, at("package-lock.json")];
    this.outputs = outputs;
  }

  /** True if the outputs are those that the last build made of these very inputs. */
  isCurrent() {
    if (![this.file, ...this.outputs].every((file) => existsSync(file))) return false;
    return readFileSync(this.file, "utf8") === this.#state();
  }

  write() {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, this.#state());
  }

  #state() {
    return JSON.stringify([WASM_BINDGEN, ...[...this.inputs, ...this.outputs].map(digest)]);
  }
}

const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
