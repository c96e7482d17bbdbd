import { typesHold } from "../types.js";

typesHold("the types of the client", ["tests", "client", "types.test-d.ts"]);
