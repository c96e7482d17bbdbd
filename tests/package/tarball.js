// The package as a user gets it: packed, unpacked, installed. Nothing here reads pkg/ itself.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { at, environment } from "../../scripts/lib/paths.js";

/** A folder that is gone after the test `t`. */
export function throwaway(t) {
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a program to its end and answers its standard output; throws with all it said if it fails. */
export function must(program, args, { cwd, env } = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: environment(env),
    encoding: "utf8",
    timeout: 120_000,
  });
  if (status !== 0) {
    throw new Error(
      `${program} ${args.join(" ")}: ${error?.message ?? status}\n${stdout}\n${stderr}`,
    );
  }
  return stdout;
}

/** Packs pkg/ into `folder` and answers the tarball's path. */
export function pack(folder, env) {
  const args = ["pack", "--json", "--silent", "--pack-destination", folder, at("pkg")];
  const [{ filename }] = Object.values(JSON.parse(must("npm", args, { cwd: folder, env })));
  return join(folder, filename);
}

/** The packed files, as { path, bytes }, the path with forward slashes. */
export function unpack(tarball, folder) {
  must("tar", ["-xzf", tarball, "-C", folder]);
  const start = join(folder, "package");
  return readdirSync(start, { recursive: true })
    .map((name) => join(start, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({
      path: relative(start, file).split(sep).join("/"),
      bytes: readFileSync(file),
    }));
}

/** An app in `folder` that has the tarball installed, as a user would have it. */
export function installInto(folder, tarball) {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--silent"];
  must("npm", ["install", ...quiet, tarball], { cwd: folder });
}
