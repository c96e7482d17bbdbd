import { typesHold } from "../types.js";

typesHold("the policy's types", ["tests", "proxy", "policy-types.test-d.ts"]);
