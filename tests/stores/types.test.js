import { typesHold } from "../types.js";

// The real clients fit, what is none does not. The clients' own declarations are theirs to check.
typesHold("the types of the stores", ["tests", "stores", "types.test-d.ts"], {
  lib: "es2023,dom",
  more: ["--types", "node", "--skipLibCheck"],
});
