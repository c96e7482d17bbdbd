//! The codec against an independent oracle, on inputs that nobody thought of (C6, C7): serde_json parses, the
//! contract's validator judges, and what comes out is compared value by value.
//!
//! `cargo test` replays the corpus and tries some thousand mutations; `npm run fuzz` tries ten million and keeps in
//! the corpus whatever led somewhere new. There is no coverage to go by on stable Rust: "new" is a verdict, with the
//! rule and the shape of its path, that no input had before.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

mod mutate;
mod oracle;

use mutate::{Random, mutated};
use oracle::{Input, check};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The inputs that led somewhere new, one a line.
fn corpus() -> Vec<Input> {
    let text = fs::read_to_string(folder().join("fuzz/corpus.jsonl")).unwrap_or_default();
    text.lines().map(Input::from_line).collect()
}

/// The arguments and answers of the conformance cases.
fn seeds() -> Vec<Input> {
    let mut seeds = Vec::new();
    for (number, endpoint) in loyalty_contract::ENDPOINTS.iter().enumerate() {
        let operation = u32::try_from(number).unwrap();
        let file = folder().join("conformance").join(format!("{}.json", endpoint.name));
        let file: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let args = case.get("args").cloned().unwrap_or_else(|| json!([]));
            seeds.push(Input { operation, status: 0, text: args.to_string() });
            if let Some(body) = case.pointer("/reply/body") {
                let status = case["reply"]["status"].as_u64().unwrap();
                let status = u16::try_from(status).unwrap();
                seeds.push(Input { operation, status, text: body.to_string() });
            }
        }
    }
    seeds
}

#[test]
fn c06_the_corpus_is_judged_as_the_oracle_judges_it() {
    let corpus = corpus();
    assert!(corpus.len() > 500, "the corpus has {} inputs", corpus.len());
    for input in corpus.iter().chain(&seeds()) {
        check(input);
    }
}

#[test]
fn c06_mutations_are_judged_as_the_oracle_judges_them() {
    let wanted = std::env::var("FUZZ_INPUTS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let began = Instant::now();
    let mut random = Random(seed);
    let mut seen = HashSet::new();
    let mut pool = seeds();
    let sound = pool.len();
    let known = corpus();
    for input in pool.iter().chain(&known) {
        seen.insert(check(input));
    }
    pool.extend(known);
    let first = pool.len();
    let (mut accepted, mut longest) = (0_u64, 0);
    for _ in 0..wanted {
        let input = mutated(&pool, sound, &mut random);
        let signature = check(&input);
        accepted += u64::from(signature == "ok" || signature.starts_with("ok "));
        longest = longest.max(input.text.len());
        if input.text.len() < 2_000 && seen.insert(signature) {
            pool.push(input);
        }
    }
    assert!(accepted > wanted / 50, "only {accepted} of {wanted} were accepted: the mutations are too wild");
    if std::env::var_os("FUZZ_KEEP").is_some() {
        // Short ones, and not too many: the corpus is read by people, and at each test.
        let short = pool[first..].iter().filter(|input| input.text.len() < 200).take(500);
        let lines: String = short.map(Input::to_line).collect();
        let file = folder().join("fuzz/corpus.jsonl");
        let old = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, old + &lines).unwrap();
        // Standard error of the test process, which `npm run fuzz` shows.
        let report = json!({
            "inputs": wanted, "seed": seed, "accepted": accepted, "verdicts": seen.len(),
            "new": pool.len() - first, "longest": longest, "seconds": began.elapsed().as_secs(),
        });
        fs::write(folder().join("fuzz/last-run.json"), format!("{report:#}\n")).unwrap();
    }
}
