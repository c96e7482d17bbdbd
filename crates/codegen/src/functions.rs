//! The functions: their JavaScript and their declarations.

use super::GROUPS;
use super::words::{HEADER, comment, endpoints, field_type, js, limit, lines, typescript, upper};
use loyalty_contract::ErrorCode;
use loyalty_contract::endpoint::{Arg, Effect, Endpoint, Group, Identity, Method, Retry};
use loyalty_contract::schema::{Field, Limit, Type};
use std::fmt::Write;

/// Whether calling the function without arguments gives the fluent builder.
pub(crate) fn has_builder(endpoint: &Endpoint) -> bool {
    endpoint.name.starts_with("queryLoyalty")
}

fn name(arg: &Arg) -> &'static str {
    match arg {
        Arg::Field { js, .. } | Arg::Spread { js, .. } => js,
    }
}

/// The name of the last argument: `options`, unless the method has one of that name.
fn call_options(endpoint: &Endpoint) -> &'static str {
    if endpoint.args.iter().any(|arg| name(arg) == "options") { "callOptions" } else { "options" }
}

/// The fields of an answer that hold the items and the page.
fn page(endpoint: &Endpoint) -> (&'static str, &'static str) {
    let find = |wanted: fn(&Type) -> bool| {
        endpoint.response.fields.iter().find(|field| wanted(&field.ty)).map_or("", |field| field.name)
    };
    (find(|ty| matches!(ty, Type::List(_))), find(|ty| matches!(ty, Type::Record(_))))
}

/// What the shell knows of a method: its number, its arguments, its path with `{}` for the first of them, what it does
/// (0 reads; what travels as a body: 1 asks, 2 writes with a key in its body, 3 with one in its header, 4 is never
/// repeated), and the field that it gives instead of the whole answer.
fn facts(number: usize, endpoint: &Endpoint) -> String {
    let args: Vec<_> = endpoint.args.iter().map(name).collect();
    let path = match endpoint
        .path
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)))
    {
        Some((before, behind)) => format!("{before}{{}}{behind}"),
        None => endpoint.path.to_owned(),
    };
    let effect = match (endpoint.effect, endpoint.method) {
        (Effect::Read, Method::Get) => 0,
        (Effect::Read, Method::Post) => 1,
        (Effect::Write(Retry::BodyKey), _) => 2,
        (Effect::Write(Retry::HeaderKey), _) => 3,
        (Effect::Write(Retry::Never), _) => 4,
    };
    let unwrap = endpoint.unwrap.map(|field| format!(", \"{field}\"")).unwrap_or_default();
    format!("{number}, \"{}\", \"{path}\", {effect}{unwrap}", args.join(","))
}

/// `operations/accounts.js`.
pub(crate) fn functions(group: Group) -> String {
    let mut text = HEADER.to_owned();
    if endpoints(group).any(|(_, endpoint)| has_builder(endpoint)) {
        text.push_str("import { query } from \"../../client/builder.js\";\n");
    }
    if endpoints(group).any(|(_, endpoint)| !has_builder(endpoint)) {
        text.push_str("import { method } from \"../../client/method.js\";\n");
    }
    text.push('\n');
    for (number, endpoint) in endpoints(group) {
        let made = if has_builder(endpoint) {
            let (items, paging) = page(endpoint);
            format!("query({}, \"{items}\", \"{paging}\")", facts(number, endpoint))
        } else {
            format!("method({})", facts(number, endpoint))
        };
        // Without the mark a bundler would keep functions that a page never uses.
        let _ = writeln!(text, "export const {} = /* @__PURE__ */ {made};", endpoint.name);
    }
    text
}

/// `groups.js`.
pub(crate) fn groups() -> String {
    let ours = GROUPS.into_iter().filter(|group| *group != Group::Points);
    let (mut imports, mut objects) = (String::new(), String::new());
    for group in ours {
        let names: Vec<_> = endpoints(group).map(|(_, endpoint)| endpoint.name).collect();
        let (group, names) = (group.as_str(), names.join(", "));
        let _ = writeln!(imports, "import {{ {names} }} from \"./operations/{group}.js\";");
        let _ = writeln!(objects, "  {group}: {{ {names} }},");
    }
    // A function, because a bundler that puts all into one file may run this line before those of the groups.
    format!("{HEADER}{imports}\nexport const groups = () => ({{\n{objects}}});\n")
}

/// What the function returns.
pub(crate) fn result(endpoint: &Endpoint) -> String {
    match endpoint.unwrap.and_then(|name| endpoint.response.field(name)) {
        Some(field) => typescript(&field.ty),
        None => format!("{}Response", upper(endpoint.name)),
    }
}

/// The name of the type of an argument.
fn argument(endpoint: &'static Endpoint, arg: &Arg) -> String {
    match arg {
        Arg::Spread { .. } => options_name(endpoint),
        Arg::Field { wire, .. } => match endpoint.request.field(wire).map(|field| &field.ty) {
            Some(Type::Record(record)) if !endpoint.fields.is_empty() => {
                query_name(endpoint).unwrap_or_else(|| record.name.to_owned())
            }
            Some(ty) => field_type(endpoint.name, wire, ty),
            None => "never".to_owned(),
        },
    }
}

/// `EarnPointsOptions`: the object of the payload's other fields.
pub(crate) fn options_name(endpoint: &Endpoint) -> String {
    format!(
        "{}{}",
        upper(endpoint.name),
        if endpoint.identity == Identity::Proxy { "Request" } else { "Options" }
    )
}

/// The name of a query's type, as the official client has it.
pub(crate) fn query_name(endpoint: &Endpoint) -> Option<String> {
    match endpoint.name {
        "queryLoyaltyAccounts" => Some("LoyaltyAccountQuery".to_owned()),
        "queryLoyaltyTransactions" => Some("LoyaltyTransactionQuery".to_owned()),
        "queryLoyaltyCoupons" => Some("LoyaltyCouponQuery".to_owned()),
        "queryRewards" => Some("RewardQuery".to_owned()),
        "searchAccounts" => Some("LoyaltyAccountSearch".to_owned()),
        _ => None,
    }
}

/// What a field's documentation says beside its limits, and the limits where it doesn't say them.
pub(crate) fn field_lines(field: &Field) -> Vec<String> {
    let mut said = lines(field.doc);
    let all = said.join(" ");
    for known in field.limits {
        let told = match known {
            Limit::Range(_, _) | Limit::Len(_, _) => all.chars().any(|letter| letter.is_ascii_digit()),
            _ => false,
        };
        if !told && let Some(line) = limit(*known) {
            said.push(line);
        }
    }
    said
}

/// The codes that a caller of the method should think of.
fn codes(endpoint: &Endpoint) -> Vec<ErrorCode> {
    let mut codes = Vec::new();
    if !endpoint.request.fields.is_empty() {
        codes.push(ErrorCode::InvalidArgument);
    }
    codes.extend([ErrorCode::Unauthenticated, ErrorCode::PermissionDenied]);
    if endpoint.path_params().next().is_some() || endpoint.name.contains("Secondary") {
        codes.push(ErrorCode::NotFound);
    }
    match endpoint.name {
        "getCurrentMemberAccount" | "getCurrentMemberCoupons" => codes.push(ErrorCode::AccountNotFound),
        "createAccount" => {
            codes.extend([ErrorCode::NotFound, ErrorCode::AlreadyExists, ErrorCode::ProgramNotActive])
        }
        "earnPoints" => codes.extend([ErrorCode::TransactionAlreadyExists, ErrorCode::ProgramNotActive]),
        "earn" => codes.extend([
            ErrorCode::LimitReached,
            ErrorCode::IdempotencyConflict,
            ErrorCode::ProgramNotActive,
        ]),
        "adjustPoints" => {
            codes.extend([
                ErrorCode::RevisionConflict,
                ErrorCode::InsufficientPoints,
                ErrorCode::ProgramNotActive,
            ]);
        }
        "redeemPointsForCoupon" | "redeemCurrentMemberPointsForCoupon" => {
            codes.extend([
                ErrorCode::NotFound,
                ErrorCode::InsufficientPoints,
                ErrorCode::FailedPrecondition,
                ErrorCode::OutcomeUnknown,
            ]);
        }
        "bulkAdjustPoints" => codes.push(ErrorCode::OutcomeUnknown),
        _ => {}
    }
    codes
}

fn documentation(endpoint: &'static Endpoint) -> Vec<String> {
    let mut said = lines(endpoint.doc);
    said.push(String::new());
    let mut params: Vec<_> = endpoint
        .args
        .iter()
        .map(|arg| match arg {
            Arg::Field { js, wire, .. } => {
                let doc = endpoint.request.field(wire).map(field_lines).unwrap_or_default().join(" ");
                format!("@param {js} {doc}")
            }
            Arg::Spread { js, .. } => format!("@param {js} {}", lines(endpoint.request.doc).join(" ")),
        })
        .collect();
    said.append(&mut params);
    said.push(format!("@param {} Of this call: signal, time, key.", call_options(endpoint)));
    let codes: Vec<_> = codes(endpoint).iter().map(|code| format!("`{}`", code.as_str())).collect();
    said.push(format!(
        "@throws LoyaltyError, foremost with {}; all codes are in `ErrorCode`.",
        codes.join(", ")
    ));
    if endpoint.deprecated {
        said.push(
            "@deprecated Upstream calls for `queryLoyaltyAccounts` or `searchAccounts` instead.".to_owned(),
        );
    }
    said.push(format!("@see {}", endpoint.link));
    said
}

/// `operations/accounts.d.ts`.
pub(crate) fn declarations(group: Group) -> String {
    let mut text = format!(
        "{HEADER}import type {{ CallOptions }} from \"../../client/index.js\";\nimport type * as types from \"../types.js\";\n"
    );
    for (_, endpoint) in endpoints(group) {
        text.push('\n');
        if has_builder(endpoint) {
            let mut said = lines(endpoint.doc);
            said.push("Without arguments: a builder, whose `find()` sends the query.".to_owned());
            said.push(format!("@see {}", endpoint.link));
            text.push_str(&comment(&said, ""));
            let _ = writeln!(text, "export function {}(): types.{};", endpoint.name, builder_name(endpoint));
        }
        text.push_str(&comment(&documentation(endpoint), ""));
        let mut parameters: Vec<_> = endpoint
            .args
            .iter()
            .map(|arg| {
                let optional = match arg {
                    Arg::Field { optional, .. } => *optional,
                    Arg::Spread { optional, .. } => *optional,
                };
                let ty = argument(endpoint, arg);
                let ty = if ty == "string" { ty } else { format!("types.{ty}") };
                format!("{}{}: {ty}", name(arg), if optional { "?" } else { "" })
            })
            .collect();
        parameters.push(format!("{}?: CallOptions", call_options(endpoint)));
        let _ = writeln!(
            text,
            "export function {}(\n  {},\n): Promise<types.{}>;",
            endpoint.name,
            parameters.join(",\n  "),
            result(endpoint)
        );
    }
    text
}

/// The name of a builder's type, as the official client has it.
pub(crate) fn builder_name(endpoint: &Endpoint) -> String {
    format!("{}QueryBuilder", endpoint.name.trim_start_matches("query"))
}

/// The fields of the options object, with their names in JavaScript.
pub(crate) fn option_fields(endpoint: &'static Endpoint) -> Vec<(&'static str, &'static Field)> {
    let taken: Vec<_> = endpoint
        .args
        .iter()
        .filter_map(|arg| match arg {
            Arg::Field { wire, .. } => Some(*wire),
            Arg::Spread { .. } => None,
        })
        .collect();
    let fields = endpoint.request.fields.iter().filter(|field| !taken.contains(&field.name));
    fields.map(|field| (js(field.name), field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::ENDPOINTS;

    #[test]
    fn every_method_has_one_function_and_its_declaration() {
        let scripts: String = GROUPS.into_iter().map(functions).collect();
        let types: String = GROUPS.into_iter().map(declarations).collect();
        for (number, endpoint) in ENDPOINTS.iter().enumerate() {
            let kind = if has_builder(endpoint) { "query" } else { "method" };
            let constant = format!("export const {} = /* @__PURE__ */ {kind}({number}, ", endpoint.name);
            assert_eq!(scripts.matches(&constant).count(), 1, "{}", endpoint.name);
            let function = format!("export function {}(", endpoint.name);
            let overloads = 1 + usize::from(has_builder(endpoint));
            assert_eq!(types.matches(&function).count(), overloads, "{}", endpoint.name);
            assert!(types.contains(endpoint.link), "{}", endpoint.name);
        }
        assert_eq!(scripts.matches("export const ").count(), ENDPOINTS.len());
        assert!(ENDPOINTS.iter().all(|endpoint| endpoint.name == "earn" || groups().contains(endpoint.name)));
    }

    #[test]
    fn writes_say_how_they_may_be_repeated() {
        let accounts = functions(Group::Accounts);
        for (name, effect) in [
            ("getAccount", 0),
            ("searchAccounts", 1),
            ("earnPoints", 2),
            ("adjustPoints", 3),
            ("bulkAdjustPoints", 4),
        ] {
            let line = accounts.lines().find(|line| line.contains(&format!("const {name} ="))).unwrap();
            assert!(line.contains(&format!("\", {effect}")), "{line}");
        }
        assert!(accounts.contains(
            r#"getAccount = /* @__PURE__ */ method(3, "_id", "/loyalty-accounts/v1/accounts/{}", 0, "account");"#
        ));
    }

    #[test]
    fn what_the_shell_takes_for_granted_about_paths() {
        for endpoint in ENDPOINTS {
            let params: Vec<_> = endpoint.path_params().collect();
            let first = endpoint.request.fields.first().map(|field| field.name);
            assert!(
                params.is_empty() || params.len() == 1 && first == params.first().copied(),
                "{}",
                endpoint.name
            );
            assert_eq!(endpoint.path.starts_with("/actions/"), endpoint.identity == Identity::Proxy);
            assert!(endpoint.method == Method::Post || !endpoint.is_write(), "{}", endpoint.name);
        }
    }

    #[test]
    fn no_type_is_any() {
        let types = crate::types::types() + &crate::types::enum_types();
        assert!(!types.contains(": any"));
        assert!(types.contains("export interface LoyaltyAccount {"));
    }
}
