//! Where in an answer stand values that JSON can't hold: dates, pictures, decimals that are none. A page's shell sets
//! them in place after `JSON.parse`.

use super::schema::Entry;
use super::{Bytes, tags, text};

/// Writes the shape of a record, of each field that holds such values a kind (0 a date, 1 a picture, 2 a decimal) or a
/// shape of its own, `*` for all of a map's. Lists are passed through. It is JSON but for a comma before each field,
/// which the shell takes out where it is the first.
pub(crate) fn put_shape(out: &mut Bytes, record: Entry) {
    out.push(b'{');
    let mut fields = record.fields();
    while fields.advance() {
        let ty = fields.field.ty;
        let kind = match ty.tag() {
            tags::DATE => b'0',
            tags::FLOAT => b'2',
            tags::RECORD if ty.entry().is_picture() => b'1',
            tags::RECORD | tags::MAP => b'{',
            _ => continue,
        };
        let start = out.len();
        text::put(out, if ty.has(tags::RENAMED) { b",\"_" } else { b",\"" });
        text::put(out, fields.field.name);
        text::put(out, b"\":");
        if kind != b'{' {
            out.push(kind);
            continue;
        }
        if ty.tag() == tags::MAP {
            text::put(out, b"{\"*\":");
        }
        let inner = out.len();
        put_shape(out, ty.entry());
        if out.len() == inner + 2 {
            out.truncate(start);
        } else if ty.tag() == tags::MAP {
            out.push(b'}');
        }
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::super::schema::{Method, prepare};
    use super::*;
    use loyalty_contract::Operation;

    #[test]
    fn shapes_say_where_dates_pictures_and_decimals_stand() {
        prepare();
        let shape = |operation: Operation| {
            let mut out = Vec::new();
            put_shape(&mut out, Method::numbered(operation as u32).response());
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            shape(Operation::EarnPoints),
            r#"{,"account":{,"_createdDate":0,"_updatedDate":0,"tier":{,"_updatedDate":0,"recalculationDate":0},"lastActivityDate":0,"pointsExpiration":{,"expirationDate":0}}}"#
        );
        assert_eq!(shape(Operation::CountAccounts), "{}");
        assert!(shape(Operation::ListTiers).contains(r#""tierDefinition":{,"icon":1}"#));
        let search = shape(Operation::SearchAccounts);
        assert!(
            search.contains(r#""nested":{,"results":{,"results":{"*":{,"range":{,"from":2,"to":2}"#),
            "{search}"
        );
    }
}
