// What a policy comes to, told by the reader that the proxy itself has. There is no second one.

/**
 * Makes `checkPolicy` for a runtime.
 *
 * @param {{ Engine: any, load: () => unknown }} wasm
 * @returns {import("./index.js").checkPolicy}
 */
export function checkPolicyWith({ Engine, load }) {
  return async (policy, { role, operation } = {}) => {
    await load();
    return JSON.parse(Engine.review(JSON.stringify(policy) ?? "null", role, operation));
  };
}
