//! A member's query, narrowed to the member's own account (P4). Built anew from the typed tree of the filter:
//! nothing of what the page sent goes up unread.

use crate::answered::Look;
use crate::problem::Problem;
use loyalty_contract::Operation;
use loyalty_contract::endpoint::Endpoint;
use loyalty_contract::fields::FieldSpec;
use loyalty_contract::filter::{self, Filter, Literal, Test};
use serde_json::{Map, Value, json};

/// What a member may filter and sort by, of those fields that the method has.
const TRANSACTIONS: &[&str] = &["id", "createdDate", "amount", "description", "transactionType"];
const COUPONS: &[&str] = &["createdDate", "updatedDate", "rewardName", "status", "transactionId"];

fn unsupported(field: &str, description: &str) -> Problem {
    Problem::argument(field, "UNSUPPORTED", description)
}

/// The payload that goes up for a member's query: the page's conditions, and the account before them.
pub(crate) fn query(endpoint: &'static Endpoint, payload: &Value, account: &str) -> Result<Value, Problem> {
    let allowed = match endpoint.operation {
        Operation::QueryLoyaltyTransactions => TRANSACTIONS,
        Operation::QueryLoyaltyCoupons => COUPONS,
        _ => &[],
    };
    let empty = Map::new();
    let query = payload.get("query").and_then(Value::as_object).unwrap_or(&empty);
    let paging = query.get("cursorPaging").filter(|paging| !paging.is_null());
    if let Some(paging) = paging.filter(|paging| paging.get("cursor").is_some_and(|cursor| !cursor.is_null()))
    {
        // The cursor carries filter and sort. Whose it is shows in what it brings: see `foreign`.
        for name in ["filter", "sort"] {
            if query.get(name).is_some_and(|part| !is_empty(part)) {
                return Err(unsupported(
                    &format!("query.{name}"),
                    "can't be sent with a cursor, which carries it",
                ));
            }
        }
        return Ok(json!({ "query": { "cursorPaging": paging } }));
    }
    let mut narrowed = Map::new();
    let filter = query.get("filter").filter(|filter| !filter.is_null());
    narrowed.insert("filter".to_owned(), own_filter(endpoint, filter, allowed, account)?);
    if let Some(Value::Array(sorts)) = query.get("sort") {
        for (at, sort) in sorts.iter().enumerate() {
            let field = sort.get("fieldName").and_then(Value::as_str).unwrap_or_default();
            if !allowed.contains(&field) {
                return Err(unsupported(
                    &format!("query.sort[{at}].fieldName"),
                    "is not a field that a member may sort by",
                ));
            }
        }
        narrowed.insert("sort".to_owned(), Value::Array(sorts.clone()));
    }
    if let Some(paging) = paging {
        narrowed.insert("cursorPaging".to_owned(), paging.clone());
    }
    Ok(json!({ "query": narrowed }))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn own_filter(
    endpoint: &'static Endpoint,
    filter: Option<&Value>,
    allowed: &[&str],
    account: &str,
) -> Result<Value, Problem> {
    let forced = json!({ "accountId": account });
    let Some(filter) = filter else { return Ok(forced) };
    let tree = filter::parse(filter, endpoint.fields).map_err(|violation| {
        let mut problem = Problem::arguments(vec![violation.into()]);
        for fault in &mut problem.violations {
            fault.field = format!("query.filter.{}", fault.field);
        }
        problem
    })?;
    if !tree.is_flat() {
        return Err(unsupported(
            "query.filter",
            "takes only conditions that are all to be met: no $or, $not or nesting",
        ));
    }
    let mut conditions = vec![forced];
    for (field, test) in flat(&tree) {
        if field.path == "accountId" {
            // Said rightly it changes nothing; another's account is refused, whether it exists or not (P3).
            match test {
                Test::Eq(Literal::Text(id)) if id.eq_ignore_ascii_case(account) => continue,
                _ => return Err(not_own()),
            }
        }
        if !allowed.contains(&field.path) {
            return Err(unsupported(
                &format!("query.filter.{}", field.path),
                "is not a field that a member may filter by",
            ));
        }
        conditions.push(json!({ field.path: test_json(test) }));
    }
    if conditions.len() > 1 { Ok(json!({ "$and": conditions })) } else { Ok(json!({ "accountId": account })) }
}

/// The refusal of an account that is not the caller's: the same for one that doesn't exist.
pub(crate) fn not_own() -> Problem {
    Problem::new(
        loyalty_contract::ErrorCode::PermissionDenied,
        "only the account that the token belongs to can be asked for",
    )
}

fn flat(tree: &Filter) -> Vec<(&'static FieldSpec, &Test)> {
    tree.conditions()
}

fn test_json(test: &Test) -> Value {
    let list = |items: &[Literal]| items.iter().map(literal).collect::<Value>();
    match test {
        Test::Eq(value) => json!({ "$eq": literal(value) }),
        Test::Ne(value) => json!({ "$ne": literal(value) }),
        Test::Lt(value) => json!({ "$lt": literal(value) }),
        Test::Lte(value) => json!({ "$lte": literal(value) }),
        Test::Gt(value) => json!({ "$gt": literal(value) }),
        Test::Gte(value) => json!({ "$gte": literal(value) }),
        Test::In(items) => json!({ "$in": list(items) }),
        Test::Nin(items) => json!({ "$nin": list(items) }),
        Test::Exists(yes) => json!({ "$exists": yes }),
        Test::IsEmpty(yes) => json!({ "$isEmpty": yes }),
        Test::StartsWith(text) => json!({ "$startsWith": text }),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "checked to be an integer that both types hold exactly")]
fn literal(value: &Literal) -> Value {
    match value {
        Literal::Null => Value::Null,
        Literal::Text(text) => json!(text),
        Literal::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => json!(*number as i64),
        Literal::Number(number) => json!(number),
        Literal::Date(date) => json!(date.to_iso()),
    }
}

/// Whether any item of a page belongs to another account: a foreign cursor, or an upstream that lost the filter.
pub(crate) fn foreign(page: Look<'_>, list: &str, account: &str) -> bool {
    let own = |item: Look<'_>| {
        item.get("accountId").and_then(Look::text).is_some_and(|id| id.eq_ignore_ascii_case(account))
    };
    page.get(list).and_then(Look::items).is_some_and(|mut items| !items.all(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
    const OTHER: &str = "653c79f3-5625-4f38-b14b-ef7c0d1e87df";

    fn narrowed(query_: Value) -> Result<Value, Problem> {
        query(Operation::QueryLoyaltyTransactions.endpoint(), &json!({ "query": query_ }), OWN)
    }

    #[test]
    fn p04_the_account_is_forced() {
        assert_eq!(narrowed(json!({})).unwrap(), json!({"query": {"filter": {"accountId": OWN}}}));
        assert_eq!(
            narrowed(json!({"filter": {}})).unwrap(),
            json!({"query": {"filter": {"accountId": OWN}}})
        );
        assert_eq!(
            narrowed(json!({"filter": {"accountId": OWN.to_uppercase(), "amount": {"$gt": 5, "$lt": 9.5}}}))
                .unwrap(),
            json!({"query": {"filter": {"$and": [{"accountId": OWN}, {"amount": {"$gt": 5}}, {"amount": {"$lt": 9.5}}]}}})
        );
        let paged = json!({"filter": {"$and": [{"transactionType": "EARN"}, {"amount": 5}]},
            "sort": [{"fieldName": "createdDate", "order": "DESC"}], "cursorPaging": {"limit": 5}});
        assert_eq!(
            narrowed(paged).unwrap(),
            json!({"query": {
                "filter": {"$and": [{"accountId": OWN}, {"transactionType": {"$eq": "EARN"}}, {"amount": {"$eq": 5}}]},
                "sort": [{"fieldName": "createdDate", "order": "DESC"}],
                "cursorPaging": {"limit": 5},
            }})
        );
    }

    #[test]
    fn p04_what_a_member_may_not_ask() {
        for filter in [
            json!({"accountId": OTHER}),
            json!({"accountId": {"$ne": OWN}}),
            json!({"accountId": {"$in": [OWN, OTHER]}}),
            json!({"accountId": {"$in": [OWN]}}),
            json!({"accountId": {"$exists": true}}),
            json!({"accountId": null}),
            json!({"$or": [{"accountId": OTHER}, {"amount": 5}]}),
            json!({"$or": [{"amount": 5}]}),
            json!({"$not": {"accountId": OWN}}),
            json!({"$and": [{"amount": 5}, {"$or": [{"accountId": OTHER}]}]}),
            json!({"$and": [{"$and": [{"amount": 5}, {"accountId": OTHER}]}]}),
            json!({"idempotencyKey": "x"}),
            json!({"$nor": [{"amount": 5}]}),
            json!({"amount": {"$where": "1"}}),
            json!({"__proto__": {"accountId": OTHER}}),
            json!([{"accountId": OTHER}]),
            json!("x"),
        ] {
            assert!(narrowed(json!({ "filter": filter })).is_err(), "{filter}");
        }
        assert!(narrowed(json!({"sort": [{"fieldName": "accountId"}]})).is_err());
        assert!(narrowed(json!({"cursorPaging": {"cursor": "c"}, "filter": {"amount": 5}})).is_err());
        assert!(narrowed(json!({"cursorPaging": {"cursor": "c"}, "filter": {}, "sort": []})).is_ok());
    }

    #[test]
    fn p03_a_foreign_account_and_one_that_does_not_exist_are_refused_alike() {
        let of = |id: &str| narrowed(json!({"filter": {"accountId": id}})).unwrap_err().body("r");
        assert_eq!(of(OTHER), of("00000000-0000-0000-0000-000000000000"));
    }

    #[test]
    fn p03_a_page_with_anything_foreign_in_it_is_foreign() {
        let page = |ids: &[&str]| {
            let items: Vec<Value> = ids.iter().map(|id| json!({ "accountId": id })).collect();
            json!({ "list": items })
        };
        let is_foreign = |page: &Value| {
            let text = page.to_string();
            let found = [Look::Tree(page), Look::Text(&text)].map(|page| foreign(page, "list", OWN));
            assert_eq!(found[0], found[1], "{page}");
            found[0]
        };
        assert!(!is_foreign(&page(&[OWN, &OWN.to_uppercase()])));
        assert!(!is_foreign(&page(&[])));
        assert!(is_foreign(&page(&[OWN, OTHER])));
        assert!(is_foreign(&json!({"list": [{}]})));
    }
}
