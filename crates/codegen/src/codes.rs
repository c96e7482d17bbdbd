//! Error codes, for the union of TypeScript, for code that lists them, and for the docs.

use super::words::{HEADER, comment, lines};
use loyalty_contract::ErrorCode;
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
