//! Writes `pkg/generated/` from the contract: functions, types with their documentation, error codes, rules. What a
//! method is called, takes and gives is said in the contract and nowhere else.

mod codes;
mod functions;
mod namespaces;
mod types;
mod words;

use std::io;
use std::path::{Path, PathBuf};

use loyalty_contract::endpoint::Group;

/// The groups with functions, in the order of the docs.
const GROUPS: [Group; 7] = [
    Group::Accounts,
    Group::Transactions,
    Group::Programs,
    Group::Tiers,
    Group::Rewards,
    Group::Coupons,
    Group::Points,
];

fn main() -> io::Result<()> {
    let out = out_dir();
    let mut files = vec![
        ("version.js".to_owned(), version()),
        ("groups.js".to_owned(), functions::groups()),
        ("parts.js".to_owned(), parts()),
        ("statuses.js".to_owned(), codes::statuses()),
        ("rules.js".to_owned(), codes::rules()),
        ("names.js".to_owned(), names()),
        ("codes.js".to_owned(), codes::list()),
        ("codes.d.ts".to_owned(), codes::types()),
        ("errors.md".to_owned(), codes::table()),
        ("enums.js".to_owned(), types::enums()),
        ("enums.d.ts".to_owned(), types::enum_types()),
        ("types.d.ts".to_owned(), types::types()),
        ("sandbox.openapi.json".to_owned(), format!("{:#}\n", loyalty_openapi::sandbox())),
        ("proxy.openapi.json".to_owned(), format!("{:#}\n", loyalty_openapi::proxy())),
        ("proxy.openapi.js".to_owned(), document()),
    ];
    for group in GROUPS {
        let name = group.as_str();
        files.push((format!("operations/{name}.js"), functions::functions(group)));
        files.push((format!("operations/{name}.d.ts"), functions::declarations(group)));
        if group != Group::Points {
            files.push((format!("{name}.js"), namespaces::namespace(group)));
            files.push((format!("{name}.d.ts"), namespaces::declarations(group)));
        }
    }
    for (name, text) in files {
        write(&out.join(name), &text)?;
    }
    Ok(())
}

/// `pkg/generated` of this checkout, or the first argument.
fn out_dir() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pkg/generated");
    std::env::args_os().nth(1).map_or(default, PathBuf::from)
}

/// The proxy's document for a running proxy, as every runtime and bundler can load it. As text: a Worker is often bundled
/// into one file, and its start passes over a string sooner than over so large an object.
fn document() -> String {
    let text = loyalty_openapi::proxy().to_string().replace('\\', "\\\\").replace('\'', "\\'");
    format!("{}export default '{text}';\n", words::HEADER)
}

/// The calls that our own routes stand for, by their places in the table: an action's, and the parts of `GET /me`.
fn parts() -> String {
    use loyalty_contract::Operation as O;
    let earn = O::Earn as u8;
    let parts = [
        ("account", O::GetCurrentMemberAccount),
        ("transactions", O::QueryLoyaltyTransactions),
        ("rewards", O::ListRewards),
        ("coupons", O::GetCurrentMemberCoupons),
        ("tiers", O::ListTiers),
        ("program", O::GetLoyaltyProgram),
    ];
    let rows: String = parts.map(|(name, operation)| format!("  {name}: {},\n", operation as u8)).concat();
    format!("{}export const earn = {earn};\nexport const parts = {{\n{rows}}};\n", words::HEADER)
}

/// The names of the methods by their numbers, for those who listen to calls.
fn names() -> String {
    let rows: String =
        loyalty_contract::ENDPOINTS.iter().map(|endpoint| format!("  \"{}\",\n", endpoint.name)).collect();
    format!("{}export const names = [\n{rows}];\n", words::HEADER)
}

fn version() -> String {
    format!("{}export const VERSION = \"{}\";\n", words::HEADER, env!("CARGO_PKG_VERSION"))
}

/// Writes a file unless it says the same already, so that what depends on it stays up to date.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
