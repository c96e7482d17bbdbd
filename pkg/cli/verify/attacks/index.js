import { amounts } from "./amounts.js";
import { answers } from "./answers.js";
import { bodies } from "./bodies.js";
import { headers } from "./headers.js";
import { ids } from "./ids.js";
import { matrix } from "./matrix.js";
import { methods } from "./methods.js";
import { once } from "./once.js";
import { origins } from "./origins.js";
import { paths } from "./paths.js";
import { tokens } from "./tokens.js";
import { webhooks } from "./webhooks.js";

/**
 * All attacks, in the order in which they run. What earns points for real (`once`) comes behind what
 * a cap that is reached would hide; what looks through all answers comes last.
 *
 * @type {readonly import("../run.js").Attack[]}
 */
export const attacks = [
  ...matrix,
  ...ids,
  ...paths,
  ...headers,
  ...tokens,
  ...origins,
  ...amounts,
  ...bodies,
  ...methods,
  ...webhooks,
  ...once,
  ...answers,
];
