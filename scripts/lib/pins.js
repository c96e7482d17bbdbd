// Every version that no lock file pins. Change one here, run `npm test`, commit.

/** The oldest Rust that builds this workspace; Cargo.toml's `rust-version` says the same. */
export const RUST = "1.95";

/** Must equal the `wasm-bindgen` of Cargo.toml: the two speak a private protocol. */
export const WASM_BINDGEN = "0.2.130";
export const WASM_PACK = "0.15.1";
export const GECKODRIVER = "0.37.1";
export const CARGO_DENY = "0.20.2";
/** From PyPI, into a virtual environment under .tools/. */
export const SCHEMATHESIS = "4.32.5";
