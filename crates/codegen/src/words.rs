//! The words of the generated files: comments, names, and what a record is to JavaScript.

use loyalty_contract::endpoint::{Endpoint, Group};
use loyalty_contract::schema::{EnumDef, Limit, Record, Type};
use loyalty_contract::{ENDPOINTS, rename};
use std::fmt::Write;

/// The first line of each file.
pub(crate) const HEADER: &str = "// Generated from the contract by loyalty-codegen. Changes belong there.\n";

/// The endpoints of a group.
pub(crate) fn endpoints(group: Group) -> impl Iterator<Item = (usize, &'static Endpoint)> {
    ENDPOINTS.iter().copied().enumerate().filter(move |(_, endpoint)| endpoint.group == group)
}

/// A documentation comment.
pub(crate) fn comment(lines: &[String], indent: &str) -> String {
    match lines {
        [] => String::new(),
        [line] => format!("{indent}/** {} */\n", escape(line)),
        lines => {
            let mut text = format!("{indent}/**\n");
            for line in lines {
                let line = escape(line);
                let _ = writeln!(text, "{}", format!("{indent} * {line}").trim_end());
            }
            text.push_str(indent);
            text.push_str(" */\n");
            text
        }
    }
}

fn escape(line: &str) -> String {
    line.replace("*/", "*\\/")
}

/// The lines of a documentation text.
pub(crate) fn lines(doc: &str) -> Vec<String> {
    doc.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// `getAccount` is `GetAccount`.
pub(crate) fn upper(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// What is said of a limit, where the documentation of its field does not say it.
pub(crate) fn limit(limit: Limit) -> Option<String> {
    match limit {
        Limit::Range(least, i64::MAX) => Some(format!("At least {least}.")),
        Limit::Range(least, most) => Some(format!("{least} to {most}.")),
        Limit::Len(least, most) => Some(format!("Length {least} to {most}.")),
        Limit::NonZero => Some("Not 0.".to_owned()),
        Limit::Key => Some("Lower-case letters, digits and `-`.".to_owned()),
        Limit::Money => Some("A decimal string above 0 with at most two decimals.".to_owned()),
        Limit::MinHundredths(least) => Some(format!("At least {}.{:02}.", least / 100, least % 100)),
        Limit::ReadOnly => Some("Set by the service.".to_owned()),
        Limit::FieldName | Limit::SearchField => None,
    }
}

/// The TypeScript of a type.
pub(crate) fn typescript(ty: &Type) -> String {
    match ty {
        Type::Bool => "boolean".to_owned(),
        Type::Int | Type::Float => "number".to_owned(),
        Type::Int64 | Type::Str | Type::Guid | Type::Image => "string".to_owned(),
        Type::Date => "Date".to_owned(),
        Type::Enum(names) => names.name.to_owned(),
        Type::List(inner) => format!("{}[]", typescript(inner)),
        Type::Map(inner) => format!("Record<string, {}>", typescript(inner)),
        Type::Record(record) => record.name.to_owned(),
        Type::Filter => "FilterObject".to_owned(),
        Type::Json => "unknown".to_owned(),
    }
}

/// The kind of an ID that must not be taken for another's: an account's, its contact's and its member's are easily mixed.
/// `owner` is the record or the method that has the field.
pub(crate) fn id_kind(owner: &str, field: &str) -> Option<&'static str> {
    match (owner, field) {
        (_, "accountId" | "loyaltyAccountId")
        | ("LoyaltyAccount" | "getAccount" | "queryLoyaltyAccounts", "id") => Some("AccountId"),
        (_, "contactId" | "contactIds" | "contact.id") | ("AccountContact", "id") => Some("ContactId"),
        (_, "memberId" | "memberIdDeprecated") => Some("MemberId"),
        _ => None,
    }
}

/// The TypeScript of a field's type, IDs by their kinds.
pub(crate) fn field_type(owner: &str, name: &str, ty: &Type) -> String {
    match id_kind(owner, name) {
        Some(kind) => typescript(ty).replace("string", kind),
        None => typescript(ty),
    }
}

/// The name of a field in JavaScript.
pub(crate) fn js(name: &str) -> &str {
    rename::to_js(name)
}

/// Every record and every list of names that these endpoints reach, in the order of first mention.
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) records: Vec<&'static Record>,
    pub(crate) enums: Vec<&'static EnumDef>,
}

impl Reached {
    /// What these endpoints reach. Requests themselves are arguments, not types.
    pub(crate) fn from(endpoints: impl Iterator<Item = &'static Endpoint>) -> Self {
        let mut reached = Self::default();
        for endpoint in endpoints {
            for field in endpoint.request.fields {
                reached.collect(&field.ty);
            }
            reached.collect(&Type::Record(endpoint.response));
        }
        reached
    }

    fn collect(&mut self, ty: &Type) {
        match ty {
            Type::List(inner) | Type::Map(inner) => self.collect(inner),
            Type::Enum(names) if !self.enums.iter().any(|known| known.name == names.name) => {
                self.enums.push(names);
            }
            Type::Record(record) if !self.records.iter().any(|known| known.name == record.name) => {
                self.records.push(record);
                for field in record.fields {
                    self.collect(&field.ty);
                }
            }
            _ => {}
        }
    }
}
