//! The types: records, lists of names, options of functions, queries.

use super::functions::{builder_name, field_lines, has_builder, option_fields, options_name, query_name};
use super::words::{HEADER, Reached, comment, field_type, id_kind, js, lines, typescript, upper};
use loyalty_contract::ENDPOINTS;
use loyalty_contract::endpoint::{Arg, Endpoint};
use loyalty_contract::fields::Kind;
use loyalty_contract::schema::{Field, Record, Type};
use std::fmt::Write;

/// Fields that the official types let a caller leave out, although the service asks for them, and the key that
/// the client fills in.
const OPTIONAL: [(&str, &str); 2] = [("earnPoints", "amount"), ("earnPoints", "idempotencyKey")];

/// Kinds of IDs: strings that say whose they are. Any string is taken for one; one kind is not taken for another.
const IDS: &str = r#"
declare const of: unique symbol;
/** ID of a loyalty account: differs from its contact's and its member's. Any string will do, these two apart. */
export type AccountId = string & { readonly [of]?: "account" };
/** ID of a contact of the site. */
export type ContactId = string & { readonly [of]?: "contact" };
/** ID of a member of the site. */
export type MemberId = string & { readonly [of]?: "member" };
"#;

/// `enums.js`.
pub(crate) fn enums() -> String {
    let mut text = HEADER.to_owned();
    for names in Reached::from(ENDPOINTS.iter().copied()).enums {
        let _ = write!(text, "\nexport const {} = {{\n", names.name);
        for name in names.values {
            let _ = writeln!(text, "  {name}: \"{name}\",");
        }
        text.push_str("};\n");
    }
    text
}

/// `enums.d.ts`. A type is open to names that are newer than this package.
pub(crate) fn enum_types() -> String {
    let mut text = HEADER.to_owned();
    for names in Reached::from(ENDPOINTS.iter().copied()).enums {
        text.push('\n');
        text.push_str(&comment(&lines(names.doc), ""));
        let _ = writeln!(text, "export const {}: {{", names.name);
        for name in names.values {
            let _ = writeln!(text, "  readonly {name}: \"{name}\";");
        }
        let union: Vec<_> = names.values.iter().map(|name| format!("\"{name}\"")).collect();
        let _ = writeln!(text, "}};\nexport type {} = {} | (string & {{}});", names.name, union.join(" | "));
    }
    text
}

fn member(text: &mut String, owner: &str, name: &str, field: &Field, optional: bool) {
    text.push_str(&comment(&field_lines(field), "  "));
    let null = if optional { " | null" } else { "" };
    let ty = field_type(owner, field.name, &field.ty);
    let _ = writeln!(text, "  {name}{}: {ty}{null};", if optional { "?" } else { "" });
}

fn record(text: &mut String, record: &Record) {
    text.push('\n');
    text.push_str(&comment(&lines(record.doc), ""));
    let _ = writeln!(text, "export interface {} {{", record.name);
    for field in record.fields {
        member(text, record.name, js(field.name), field, !field.required);
    }
    text.push_str("}\n");
}

/// `types.d.ts`.
pub(crate) fn types() -> String {
    let reached = Reached::from(ENDPOINTS.iter().copied());
    let mut names: Vec<_> = reached.enums.iter().map(|names| names.name).collect();
    names.sort_unstable();
    let mut text = format!(
        "{HEADER}import type {{ {} }} from \"./enums.js\";\nimport type {{ FilterObject, FluentBuilder, Query, QueryResult }} from \"../client/query.js\";\n",
        names.join(", ")
    );
    text.push_str(IDS);
    for known in &reached.records {
        record(&mut text, known);
    }
    for endpoint in ENDPOINTS {
        options(&mut text, endpoint);
        answer(&mut text, endpoint);
        query(&mut text, endpoint);
    }
    text
}

/// The object argument of a function.
fn options(text: &mut String, endpoint: &'static Endpoint) {
    if !endpoint.args.iter().any(|arg| matches!(arg, Arg::Spread { .. })) {
        return;
    }
    text.push('\n');
    text.push_str(&comment(&lines(endpoint.request.doc), ""));
    let _ = writeln!(text, "export interface {} {{", options_name(endpoint));
    for (name, field) in option_fields(endpoint) {
        let optional = !field.required || OPTIONAL.contains(&(endpoint.name, field.name));
        member(text, endpoint.name, name, field, optional);
    }
    text.push_str("}\n");
}

/// Each method's answer has a type by the method's name.
fn answer(text: &mut String, endpoint: &Endpoint) {
    let name = format!("{}Response", upper(endpoint.name));
    if name != endpoint.response.name && endpoint.unwrap.is_none() {
        let _ = writeln!(
            text,
            "\n/** The answer of `{}`. */\nexport type {name} = {};",
            endpoint.name, endpoint.response.name
        );
    }
}

/// The name of the type that lists the fields which a method's filters name.
pub(crate) fn fields_name(endpoint: &Endpoint) -> String {
    format!("{}Fields", query_name(endpoint).unwrap_or_else(|| upper(endpoint.name)))
}

/// What the builder's methods may name, as the official builder has it: what has an order, and what is text.
fn kinds(text: &mut String, endpoint: &'static Endpoint) {
    let named = |wanted: &[Kind]| {
        let fields = endpoint.fields.iter().filter(|field| wanted.contains(&field.kind));
        let names: Vec<_> =
            fields.flat_map(|field| names(field.path)).map(|name| format!("\"{name}\"")).collect();
        names.join(" | ")
    };
    let _ = write!(
        text,
        "\n/** Which of them have an order, and which are text. */\nexport interface {}Kinds {{\n  ordered: {};\n  text: {};\n}}\n",
        fields_name(endpoint),
        named(&[Kind::Id, Kind::Text, Kind::Number, Kind::Date]),
        named(&[Kind::Id, Kind::Text]),
    );
}

/// The names of a field for filters. The official builder has IDs within objects by their name on the wire.
fn names(path: &str) -> Vec<String> {
    let renamed: Vec<_> = path.split('.').map(js).collect();
    let renamed = renamed.join(".");
    if renamed != path && path.contains('.') { vec![renamed, path.to_owned()] } else { vec![renamed] }
}

fn query(text: &mut String, endpoint: &'static Endpoint) {
    let Some(name) = query_name(endpoint) else { return };
    let fields = fields_name(endpoint);
    let _ = write!(
        text,
        "\n/** What filters and sorts of `{}` may name, and the values. */\nexport interface {fields} {{\n",
        endpoint.name
    );
    for field in endpoint.fields {
        let ty = match field.kind {
            Kind::Id => id_kind(endpoint.name, field.path).unwrap_or("string"),
            Kind::Text | Kind::Enum => "string",
            Kind::Number => "number",
            Kind::Date => "Date | string",
            Kind::Object => "null",
        };
        for name in names(field.path) {
            let _ = writeln!(text, "  \"{name}\": {ty};");
        }
    }
    text.push_str("}\n");
    if has_builder(endpoint) {
        kinds(text, endpoint);
    }
    let Some(base) = endpoint.args.iter().find_map(|arg| match arg {
        Arg::Field { wire, .. } => endpoint.request.field(wire),
        Arg::Spread { .. } => None,
    }) else {
        return;
    };
    let _ = writeln!(
        text,
        "\n/** {} */\nexport type {name} = Query<{}, {fields}>;",
        lines(base.doc).join(" "),
        typescript(&base.ty)
    );
    if has_builder(endpoint) {
        let item = endpoint.response.fields.iter().find_map(|field| match &field.ty {
            Type::List(inner) => Some(typescript(inner)),
            _ => None,
        });
        let (item, builder) = (item.unwrap_or_default(), builder_name(endpoint));
        let result = builder.replace("QueryBuilder", "QueryResult");
        let _ = writeln!(
            text,
            "\n/** The fluent builder of `{}`. */\nexport type {builder} = FluentBuilder<{fields}, {item}, {fields}Kinds>;",
            endpoint.name
        );
        let _ = writeln!(
            text,
            "\n/** A page of what a {builder} finds. */\nexport type {result} = QueryResult<{fields}, {item}, {fields}Kinds>;"
        );
    }
}
