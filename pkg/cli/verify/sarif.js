import { evidenceOf } from "./evidence.js";

/**
 * The findings as SARIF 2.1.0, which code hosts show beside a change. One rule for each attack, one
 * result for each that was run; what was skipped is told as not applicable, never as a pass.
 *
 * @typedef {import("./run.js").Finding} Finding
 */

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/**
 * @param {readonly Finding[]} findings
 * @param {{ url: string, version: string }} run
 */
export function toSarif(findings, { url, version }) {
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "loyalty-edge verify",
            semanticVersion: version,
            informationUri: "https://www.npmjs.com/package/loyalty-edge",
            rules: findings.map(({ attack }) => ruleOf(attack)),
          },
        },
        results: findings.map((finding, ruleIndex) => resultOf(finding, ruleIndex, url)),
        invocations: [{ executionSuccessful: true }],
      },
    ],
  };
}

/** @param {Finding["attack"]} attack */
function ruleOf(attack) {
  return {
    id: `${attack.class}/${attack.name}`,
    shortDescription: { text: attack.about },
    help: { text: `${attack.mend} (Rule ${attack.rule} of loyalty-edge, docs/verify.md.)` },
    defaultConfiguration: { level: "error" },
    properties: { tags: ["security", attack.class, attack.rule] },
  };
}

const KINDS = {
  refused: { kind: "pass", level: "none" },
  through: { kind: "fail", level: "error" },
  skipped: { kind: "notApplicable", level: "none" },
};

/** @param {Finding} finding @param {number} ruleIndex @param {string} url */
function resultOf({ attack, verdict, answers }, ruleIndex, url) {
  const shown = verdict.at === undefined ? undefined : answers[verdict.at];
  const evidence = shown && evidenceOf(shown, verdict.shows);
  const told = evidence ? `\nRequest: ${evidence.request}\nAnswer: ${evidence.answer}` : "";
  return {
    ruleId: `${attack.class}/${attack.name}`,
    ruleIndex,
    ...KINDS[verdict.result],
    message: { text: `${attack.about}: ${verdict.why}${verdict.result === "through" ? told : ""}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: url } } }],
    // The same hole of the same proxy is one alert, however its answer is worded today.
    partialFingerprints: { "loyaltyEdgeAttack/v1": `${attack.class}/${attack.name}` },
  };
}
