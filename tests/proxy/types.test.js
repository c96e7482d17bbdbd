import { typesHold } from "../types.js";

typesHold("the types of the proxy", ["tests", "proxy", "types.test-d.ts"]);
