import { refused } from "../judge.js";

/**
 * How an attack is written down: what all of a class share, then one row for each.
 *
 * @typedef {import("../run.js").Attack} Attack
 * @typedef {import("../request.js").Asked} Asked
 * @typedef {{
 *   name: string, about: string, rule?: string, mend?: string, needs?: readonly string[], writes?: boolean,
 *   passive?: boolean,
 *   send?: (scene: any) => Asked | readonly Asked[],
 *   together?: (scene: any) => readonly Asked[],
 *   run?: Attack["run"],
 *   judge?: Attack["judge"],
 * }} Row `send` says the requests that go out one after the other, `together` those that go out at once;
 *   `run` is for what depends on an answer in between.
 */

/**
 * @param {{ class: string, rule: string, mend: string, needs?: readonly string[], judge?: Attack["judge"], writes?: boolean }} shared
 * @param {readonly Row[]} rows
 * @returns {Attack[]}
 */
export function attacksOf(shared, rows) {
  const { needs: sharedNeeds = [], judge = refused(), writes = false } = shared;
  return rows.map(({ send, together, run, needs = [], ...row }) => ({
    judge,
    writes,
    ...row,
    class: shared.class,
    rule: row.rule ?? shared.rule,
    mend: row.mend ?? shared.mend,
    needs: [...sharedNeeds, ...needs],
    run: run ?? (together ? (scene, io) => io.together(together(scene)) : inTurn(send)),
  }));
}

/** @param {Row["send"]} send @returns {Attack["run"]} */
function inTurn(send) {
  return async (scene, io) => {
    const answers = [];
    for (const asked of [send?.(scene) ?? []].flat()) answers.push(await io.send(asked));
    return answers;
  };
}
