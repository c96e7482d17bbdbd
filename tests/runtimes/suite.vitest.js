// The suite under Vitest, each case a test of its own.
import * as client from "loyalty-edge";
import * as proxy from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { describe, expect, it } from "vitest";
import { casesFor } from "./suite.js";

describe("loyalty-edge", () => {
  for (const [name, run] of Object.entries(casesFor({ createSandbox, proxy, client }))) {
    it(name, async () => {
      await expect(run()).resolves.toBeUndefined();
    });
  }
});
