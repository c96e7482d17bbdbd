// What prettier leaves to judgement. Each rule beyond the recommended set names its accident.
import js from "@eslint/js";

const globals = (names) => Object.fromEntries(names.split(/\s+/).map((name) => [name, "readonly"]));

/** What every runtime we support has. */
const everywhere = globals(
  `AbortController AbortSignal Blob DOMException Event EventTarget FormData Headers MessageChannel
   ReadableStream Request Response TextDecoder TextEncoder TransformStream URL URLSearchParams
   WebAssembly atob btoa clearInterval clearTimeout console crypto fetch performance
   queueMicrotask setInterval setTimeout structuredClone`,
);
const node = globals("Buffer process setImmediate");
const page = globals(
  `document window location history navigator localStorage sessionStorage customElements
   CustomEvent Element HTMLElement HTMLFormElement Node requestAnimationFrame matchMedia self`,
);

// A leading underscore says: here for its place, not for its value.
const UNUSED = {
  argsIgnorePattern: "^_",
  varsIgnorePattern: "^_",
  caughtErrors: "none",
};

export default [
  { ignores: ["pkg/wasm/", "pkg/generated/", ".tools/", "target/", "test-results/"] },
  // Two runtimes' own ways to import wasm, which the parser doesn't know yet.
  { ignores: ["pkg/*/load/deno.js", "pkg/*/load/bun.js"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: everywhere },
    rules: {
      eqeqeq: "error", // "0" == 0: an amount of the wrong type would pass
      "no-control-regex": "off", // we name control characters in order to refuse them
      "no-eval": "error", // a page under a strict CSP could not load us
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-self-compare": "error",
      "no-template-curly-in-string": "error", // "${name}" in plain quotes reaches the user
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-unused-vars": ["error", UNUSED],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "require-atomic-updates": "off", // reports plain assignments to properties after an await
    },
  },
  {
    files: [
      "scripts/**",
      "tests/**",
      "bench/**",
      "pkg/cli/**",
      "pkg/**/node.js",
      "pkg/sandbox/sqlite.js",
      "pkg/**/load/*.js",
      "*.js",
    ],
    languageOptions: { globals: node },
  },
  {
    files: ["tests/**"],
    rules: {
      // An only-mark left behind hides every other test of its file.
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[callee.property.name=/^(only|skip|todo)$/][callee.object.name=/^(test|it|describe|suite|t)$/]",
          message: "No test is skipped or alone: fix it or take it out.",
        },
      ],
    },
  },
  {
    files: ["www/**", "tests/page/**", "tests/browser/**", "tests/runtimes/**", "bench/**"],
    languageOptions: { globals: page },
  },
  {
    // Runs in pages and workers alike: no Node global, no page global, no logging.
    files: ["pkg/client/**", "pkg/proxy/**", "pkg/sandbox/**", "pkg/errors.js"],
    ignores: ["**/node.js", "**/load/*.js"],
    rules: { "no-console": "error" },
  },
];
