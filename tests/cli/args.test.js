import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeFlags, nearest, readFlags } from "../../pkg/cli/args.js";
import { UsageError } from "../../pkg/cli/problems.js";

const FLAGS = {
  port: { type: "port", value: "N", default: 4180, about: "the port" },
  seed: { type: "integer", value: "N", min: 1, max: 99, about: "the seed" },
  config: { type: "file", value: "FILE", about: "the file" },
  json: { type: "boolean", about: "as JSON" },
};

describe("flags", () => {
  test("have their defaults, and are absent without one", () => {
    assert.deepEqual(readFlags([], FLAGS), { port: 4180 });
  });

  test("are read in both spellings, the last one wins", () => {
    const argv = ["--port", "1", "--port=0", "--json", "--seed=7", "--config", "a b.js"];
    assert.deepEqual(readFlags(argv, FLAGS), { port: 0, json: true, seed: 7, config: "a b.js" });
  });

  const refused = [
    [["--prot", "1"], /Unknown flag "--prot"/, /--port/],
    [["-x"], /Unknown flag "-x"/, /--help/],
    [["--__proto__"], /Unknown flag/, /--help/],
    [["dev"], /Unexpected argument "dev"/, /--/],
    [["--port"], /--port needs a value/, undefined],
    [["--port", "--json"], /--port needs a value/, undefined],
    [["--port="], /--port needs a value/, undefined],
    [["--port", "65536"], /from 0 to 65535, not "65536"/, /free port/],
    [["--port=-1"], /not "-1"/, /free port/],
    [["--port", "80.5"], /not "80.5"/, /free port/],
    [["--port", "0x50"], /not "0x50"/, /free port/],
    [["--seed", "0"], /from 1 to 99/, undefined],
    [["--seed", "100"], /from 1 to 99/, undefined],
    [["--seed", "99999999999999999"], /from 1 to 99/, undefined],
    [["--json=yes"], /--json takes no value/, undefined],
  ];
  for (const [argv, message, hint] of refused) {
    test(`refuse ${argv.join(" ")}`, () => {
      assert.throws(
        () => readFlags(argv, FLAGS),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, message);
          if (hint !== undefined) assert.match(error.hint, hint);
          return true;
        },
      );
    });
  }

  test("that may stand without their number", () => {
    const flags = { ...FLAGS, rate: { type: "integer", min: 1, bare: 200, about: "the rate" } };
    const rate = (...argv) => readFlags(["--port", "1", ...argv], flags).rate;
    assert.equal(rate(), undefined);
    assert.equal(rate("--rate"), 200);
    assert.equal(rate("--rate", "--json"), 200);
    assert.equal(rate("--rate", "3"), 3);
    assert.equal(rate("--rate=3"), 3);
    assert.throws(() => rate("--rate", "0"), /--rate takes a whole number from 1/);
    assert.throws(() => rate("--rate", "many"), /Unexpected argument "many"/);
  });

  test("that are required are asked for, but not by --help", () => {
    const flags = {
      config: { type: "file", value: "FILE", required: true, about: "the file" },
      help: { type: "boolean", about: "help" },
    };
    assert.throws(() => readFlags([], flags), /--config is missing/);
    assert.deepEqual(readFlags(["--help"], flags), { help: true });
  });

  test("describe themselves", () => {
    const text = describeFlags(FLAGS);
    assert.match(text, /^ {2}--port N +the port \(default 4180\)$/m);
    assert.match(text, /^ {2}--json +as JSON$/m);
  });
});

describe("the nearest word", () => {
  test("is found by a typo or a beginning, and only when it is near", () => {
    const words = ["dev", "sandbox", "proxy"];
    assert.equal(nearest("sandbx", words), "sandbox");
    assert.equal(nearest("pro", words), "proxy");
    assert.equal(nearest("deev", words), "dev");
    assert.equal(nearest("elephant", words), undefined);
    assert.equal(nearest("", words), undefined);
  });
});
