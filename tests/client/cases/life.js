// C10, C11: life in this runtime, traps and crowds.
import { configure, init } from "loyalty-edge";
import { ID, account, json, rejection, stub } from "../stub.js";
import { check, same } from "./check.js";

const isPage = "document" in globalThis;

/** Makes the client take a new instance: its memory has grown too large. */
async function renewed() {
  const large = json({ account: { ...account, note: "x".repeat(9 << 20) } });
  await stub([large]).accounts.getAccount(ID);
}

/** Lets a function of the next instance trap; the one behind it is sound. */
async function trapNext(name) {
  await renewed();
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function Trapping(module) {
    WebAssembly.Instance = Instance;
    const { exports } = new Instance(module);
    const trap = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    return { exports: { ...exports, [name]: trap } };
  };
}

export const life = {
  async "c10 the wasm loads by itself, and loading it again does nothing"() {
    await Promise.all([init(), init()]);
    await init();
    const { accounts } = stub([json({ account })]);
    same((await accounts.getAccount(ID))._id, ID, "the account");
  },

  async "c10 a default client with a token is a page's alone"() {
    let refusal;
    try {
      configure({ proxy: "/loyalty", token: "ada" });
    } catch (error) {
      refusal = error.code;
    }
    same(refusal, isPage ? undefined : "INVALID_CONFIGURATION", "refusal");
  },

  async "c11 a trap rejects its call with INTERNAL, and the next works"() {
    for (const name of ["begin", "finish", "room"]) {
      await trapNext(name);
      const { accounts } = stub([json({ account })]);
      same((await rejection(accounts.getAccount(ID))).code, "INTERNAL", name);
      same((await accounts.getAccount(ID))._id, ID, `behind ${name}`);
    }
  },

  async "c11 what was in flight when another call trapped goes on"() {
    let answer;
    const waiting = stub([() => new Promise((resolve) => (answer = resolve))]);
    const first = waiting.accounts.getAccount(ID);
    await trapNext("begin");
    const { accounts } = stub([json({ account })]);
    same((await rejection(accounts.getAccount(ID))).code, "INTERNAL", "the trap");
    check(answer, "the first is in flight");
    answer(json({ account }));
    same((await first)._id, ID, "the first");
  },

  async "c11 a thousand calls at once"() {
    const { accounts, sent } = stub([json({ account })]);
    const all = await Promise.all(Array.from({ length: 1000 }, () => accounts.getAccount(ID)));
    same([all.length, sent.length], [1000, 1000], "calls and requests");
    check(
      all.every(({ _id }) => _id === ID),
      "each has its value",
    );
  },
};
