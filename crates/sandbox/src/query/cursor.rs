//! Cursors: sealed text that carries the whole question and a place in its answer.

use loyalty_contract::Operation;
use loyalty_contract::types::{SearchDetails, Sorting};
use loyalty_contract::validate::{ViolatedRule, Violation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::page::Position;
use crate::auth::seal::{Seal, decode, encode};

/// The longest cursor that a request may carry.
const MAX_LENGTH: usize = 16_000;

/// The part of a question that a cursor keeps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The filter as it came.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// The order as it came.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Vec<Sorting>>,
    /// The words as they came.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub words: Option<SearchDetails>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    #[serde(rename = "o")]
    operation: String,
    #[serde(flatten)]
    question: Question,
    #[serde(rename = "l")]
    limit: i64,
    #[serde(rename = "p")]
    position: Position,
}

/// What a cursor holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Opened {
    /// What was asked.
    pub question: Question,
    /// How many rows a page had.
    pub limit: i64,
    /// Where to go on.
    pub position: Position,
}

/// Makes a cursor.
///
/// # Errors
/// The question is too large for a cursor. Better said with the first page than by a second page that can't be had.
pub(crate) fn make(
    seal: &Seal,
    operation: Operation,
    question: &Question,
    limit: i64,
    position: Position,
) -> Result<String, Violation> {
    let operation = operation.endpoint().name.to_owned();
    let content = Content { operation, question: question.clone(), limit, position };
    let text = encode(serde_json::to_string(&content).unwrap_or_default().as_bytes());
    let cursor = format!("{text}.{}", seal.of(&text));
    if cursor.len() > MAX_LENGTH {
        return Err(Violation::new(
            "query.filter",
            ViolatedRule::MaxLength,
            format!("is too large to go on from: its cursor would have more than {MAX_LENGTH} characters"),
        ));
    }
    Ok(cursor)
}

/// Opens a cursor of this operation. `None` for one that is forged, changed or another operation's.
#[must_use]
pub(crate) fn open(seal: &Seal, operation: Operation, cursor: &str) -> Option<Opened> {
    let (text, mark) = cursor.split_once('.')?;
    if !seal.fits(text, mark) {
        return None;
    }
    let content: Content = serde_json::from_slice(&decode(text)?).ok()?;
    if content.operation != operation.endpoint().name {
        return None;
    }
    Some(Opened { question: content.question, limit: content.limit, position: content.position })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::cell::Key;
    use serde_json::json;

    #[test]
    fn l10_a_cursor_opens_for_its_own_query_and_only_unchanged() {
        let seal = Seal::new(1, "cursor");
        let question =
            Question { filter: Some(json!({"points.balance": {"$gt": 5}})), ..Question::default() };
        let position =
            Position { keys: vec![Key::Missing, Key::Text("ä".into())], id: "x".into(), back: true };
        let operation = Operation::QueryLoyaltyAccounts;
        let cursor = make(&seal, operation, &question, 7, position.clone()).unwrap();
        assert_eq!(open(&seal, operation, &cursor), Some(Opened { question, limit: 7, position }));
        assert_eq!(open(&seal, Operation::SearchAccounts, &cursor), None, "another query's");
        assert_eq!(open(&Seal::new(2, "cursor"), operation, &cursor), None, "another sandbox's");
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(open(&seal, operation, &String::from_utf8(changed).unwrap()), None, "{at}");
        }
        for bad in ["", ".", "abc", "abc.def"] {
            assert_eq!(open(&seal, operation, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_question_that_fits_no_cursor_is_refused_at_once() {
        let ids = vec!["553c79f3-5625-4f38-b14b-ef7c0d1e87df"; 400];
        let question = Question { filter: Some(json!({"id": {"$in": ids}})), ..Question::default() };
        let position = Position { keys: vec![], id: String::new(), back: false };
        let refused =
            make(&Seal::new(1, "c"), Operation::QueryLoyaltyAccounts, &question, 50, position).unwrap_err();
        assert_eq!(refused.field, "query.filter");
    }
}
