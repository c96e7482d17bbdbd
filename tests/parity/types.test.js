// The official types and ours: code moves by changing one import, and builders take the same fields.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/lib/paths.js";

const tsc = at("node_modules", "typescript", "bin", "tsc");
const FLAGS = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"];
const MODULES = ["--module", "esnext", "--moduleResolution", "bundler", "--types", "node"];

function compile(file) {
  // The official packages' own declarations are not looked at.
  const args = [tsc, ...FLAGS, ...MODULES, "--skipLibCheck", file];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, stdout };
}

const code = at("tests", "parity", "official-code.ts");

/** A neighbour of the file, for as long as it is compiled: it finds the same modules. */
function variant(t, name, change) {
  const text = readFileSync(code, "utf8");
  const changed = change(text);
  assert.notEqual(changed, text);
  const file = at("tests", "parity", name);
  writeFileSync(file, changed);
  t.after(() => rmSync(file));
  return file;
}
const ours = (text) => text.replace('from "@wix/loyalty"', 'from "loyalty-edge"');

test("code for the official accounts functions compiles against the official types", () => {
  assert.deepEqual(compile(code), { status: 0, stdout: "" });
  const text = readFileSync(code, "utf8");
  for (const name of [
    "createAccount",
    "earnPoints",
    "adjustPoints",
    "getAccount",
    "getProgramTotals",
    "getCurrentMemberAccount",
    "getAccountBySecondaryId",
    "listAccounts",
    "queryLoyaltyAccounts",
    "searchAccounts",
    "countAccounts",
    "bulkAdjustPoints",
  ]) {
    assert.ok(text.includes(`accounts.${name}(`), name);
  }
});

test("the same code compiles against ours, with nothing changed but the import", (t) => {
  assert.deepEqual(compile(variant(t, "official-code.ours.ts", ours)), { status: 0, stdout: "" });
});

test("and what is wrong in it doesn't", (t) => {
  const wrong = (text) => ours(text).replace("amount: 50,", 'amount: "50",');
  assert.match(compile(variant(t, "official-code.wrong.ts", wrong)).stdout, /TS2322/);
});

test("the builders take the fields that the official ones take", () => {
  assert.deepEqual(compile(at("tests", "parity", "builder-fields.ts")), { status: 0, stdout: "" });
});
