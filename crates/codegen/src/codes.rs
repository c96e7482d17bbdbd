//! Error codes, for the union of TypeScript, for code that lists them, and for the docs.

use super::words::{HEADER, comment, lines};
use loyalty_contract::ErrorCode;
use loyalty_contract::rules::ViolatedRule;
use std::collections::BTreeSet;
use std::fmt::Write;

/// `codes.js`.
pub(crate) fn list() -> String {
    let mut text =
        format!("{HEADER}\n/** Every code, with what is known of it. */\nexport const ErrorCodes = {{\n");
    for code in ErrorCode::ALL {
        let _ = writeln!(
            text,
            "  {}: {{ status: {}, retryable: {}, blame: \"{}\" }},",
            code.as_str(),
            code.status(),
            code.retryable(),
            code.blame().as_str()
        );
    }
    text.push_str("};\n");
    text
}

/// What names of other services stand for codes of ours.
const OTHERS: [&str; 4] = ["validationError", "ABORTED", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED"];

/// The codes that an answer of the status can have: that of the bare status, then those that it may name.
fn codes_of(status: u16) -> Vec<&'static str> {
    let bare = ErrorCode::classify(status, None).as_str();
    let is_its_own = |code: &&ErrorCode| ErrorCode::classify(status, Some(code.as_str())) == **code;
    let others = ErrorCode::ALL.iter().filter(is_its_own).map(|code| code.as_str());
    std::iter::once(bare).chain(others.filter(|name| *name != bare)).collect()
}

/// The statuses that codes have.
fn statuses_of_codes() -> BTreeSet<u16> {
    ErrorCode::ALL.iter().map(|code| code.status()).filter(|status| *status != 0).collect()
}

/// `statuses.js`: what the client's shell classifies answers by.
pub(crate) fn statuses() -> String {
    let mut text = format!(
        "{HEADER}\n/** The codes that an answer can have, by its status: first the one that it has if it names none. */\nexport const statuses = {{\n"
    );
    for status in statuses_of_codes() {
        let _ = writeln!(text, "  {status}: \"{}\",", codes_of(status).join(" "));
    }
    text.push_str(
        "};\n\n/** What names of other services mean. */\nexport const meant = {\n  __proto__: null,\n",
    );
    for name in OTHERS {
        let _ = writeln!(text, "  {name}: \"{}\",", ErrorCode::classify(0, Some(name)).as_str());
    }
    let passing = ErrorCode::ALL.iter().filter(|code| code.retryable() && code.status() != 0);
    let passing: Vec<_> = passing.map(|code| code.as_str()).collect();
    let _ = write!(
        text,
        "}};\n\n/** The codes of answers to calls that may succeed later. */\nexport const passing = \"{}\";\n",
        passing.join(" ")
    );
    text
}

/// `rules.js`: by the number of a rule its name, and what is said of a value that breaks it.
pub(crate) fn rules() -> String {
    let mut text = format!("{HEADER}\n/** `#` stands for the limit. */\nexport const rules = [\n");
    for rule in ViolatedRule::ALL {
        let _ = writeln!(text, "  [\"{}\", \"{}\"],", rule.as_str(), rule.words());
    }
    text.push_str("];\n");
    text
}

/// `codes.d.ts`.
pub(crate) fn types() -> String {
    let mut text = format!(
        "{HEADER}\n/** Who or what failed. */\nexport type Blame = \"caller\" | \"path\" | \"proxy\" | \"upstream\" | \"bytes\" | \"package\";\n\n"
    );
    text.push_str("/** What is known of a code. `status` is 0 where it never travels. */\nexport interface CodeFacts {\n  status: number;\n  retryable: boolean;\n  blame: Blame;\n}\n\n");
    text.push_str("/** Every code, with what is known of it. */\nexport const ErrorCodes: {\n");
    for code in ErrorCode::ALL {
        text.push_str(&comment(&lines(code.doc()), "  "));
        let _ = writeln!(text, "  readonly {}: CodeFacts;", code.as_str());
    }
    text.push_str("};\n\n/** What went wrong: the closed list of codes. */\nexport type ErrorCode = keyof typeof ErrorCodes;\n");
    text
}

/// `errors.md`.
pub(crate) fn table() -> String {
    let mut text = "# Error codes\n\nGenerated from the contract. `status` is what the proxy answers with it; none where the code never travels.\n\n| Code | Status | Whose fault | Again later? | What it means |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for code in ErrorCode::ALL {
        let status = if code.status() == 0 { String::new() } else { code.status().to_string() };
        let _ = writeln!(
            text,
            "| `{}` | {status} | {} | {} | {} |",
            code.as_str(),
            code.blame().as_str(),
            if code.retryable() { "yes" } else { "no" },
            lines(code.doc()).join(" ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `pkg/client/errors.js` makes of the tables.
    fn classified(status: u16, named: Option<&str>) -> &'static str {
        if let Some(other) = named.filter(|named| OTHERS.contains(named)) {
            return ErrorCode::classify(0, Some(other)).as_str();
        }
        if !statuses_of_codes().contains(&status) {
            return match status {
                400..=499 => "INVALID_ARGUMENT",
                500..=599 => "UPSTREAM_ERROR",
                _ => "INVALID_RESPONSE",
            };
        }
        let codes = codes_of(status);
        codes.iter().find(|code| Some(**code) == named).unwrap_or(&codes[0])
    }

    #[test]
    fn c04_the_shells_tables_classify_as_the_contract_does() {
        let names: Vec<_> = ErrorCode::ALL.iter().map(|code| Some(code.as_str())).collect();
        let others = OTHERS.map(Some);
        // Whatever has no status has no body that could name a code.
        for status in 1..=1_000 {
            for name in names.iter().chain(&others).chain(&[None, Some("NOT_OURS"), Some("")]) {
                assert_eq!(
                    classified(status, *name),
                    ErrorCode::classify(status, *name).as_str(),
                    "{status} {name:?}"
                );
            }
        }
    }
}
