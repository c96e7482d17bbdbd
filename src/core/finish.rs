//! An answer in, a value or a problem out.

use super::answer::answer;
use super::problem::Problem;
use super::report::{get, read_failure};
use crate::codec::escape::canonical;
use crate::codec::schema::Method;
use crate::codec::walk::Walker;
use crate::codec::{Naming, Text};
use alloc::vec::Vec;
use loyalty_contract::{ENDPOINTS, ErrorCode, rename};

/// What a function returns, as JSON.
#[derive(Debug)]
pub struct Value(Vec<u8>);

impl Value {
    /// The JSON.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.0
    }
}

/// Checks the answer to a call and gives what the function returns. Only status 200 is success.
///
/// # Errors
/// What the answer reports, or `INVALID_RESPONSE` where it isn't what the contract promises.
pub fn finish(operation: u32, status: u16, text: &[u8], naming: Naming) -> Result<Value, Problem> {
    let Some(endpoint) = ENDPOINTS.get(operation as usize) else { return Err(Problem::internal()) };
    let text = canonical(text);
    if status != 200 {
        return Err(read_failure(endpoint, status, &text));
    }
    let out = Vec::with_capacity(text.len() + text.len() / 8);
    let mut walker = Walker::new(Text::new(&text), out, naming, false, Method::numbered(operation));
    if !answer(&mut walker) {
        return Err(Problem::found(ErrorCode::InvalidResponse, &walker.out, None));
    }
    Ok(Value(match endpoint.unwrap {
        Some(name) if naming == Naming::Js => get(&walker.out, rename::to_js(name).as_bytes()).to_vec(),
        Some(name) => get(&walker.out, name.as_bytes()).to_vec(),
        None => walker.out,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::Operation;

    const COUNT: u32 = Operation::CountAccounts as u32;
    const TRANSACTION: u32 = Operation::GetLoyaltyTransaction as u32;

    fn js(operation: u32, text: &str) -> Result<String, Problem> {
        finish(operation, 200, text.as_bytes(), Naming::Js)
            .map(|value| String::from_utf8(value.json().to_vec()).unwrap())
    }

    #[test]
    fn names_and_dates_change_and_nothing_else_does() {
        let text = r#"{ "x":{"id":[{"createdDate":"kept"}]}, "loyaltyTransaction" : {"accountId":"a", "createdDate" :"1970-01-01T00:00:01.000Z","id":"b","amount":5.0 ,"transactionType":"NEW","more":null} , "id":1}"#;
        assert_eq!(
            js(TRANSACTION, text).unwrap(),
            r#"{"accountId":"a", "_createdDate" :1000,"_id":"b","amount":5.0 ,"transactionType":"NEW","more":null}"#
        );
    }

    #[test]
    fn names_written_with_escapes_are_the_same_names() {
        let text = r#"{"loyaltyTransaction":{"\u0069d":"b","accountId":"a","\u0061mount":1,"transactionType":"EARN"}}"#;
        assert_eq!(
            js(TRANSACTION, text).unwrap(),
            r#"{"_id":"b","accountId":"a","amount":1,"transactionType":"EARN"}"#
        );
        let wrong = js(TRANSACTION, &text.replace(":1,", ":\"1\",")).unwrap_err();
        assert_eq!(wrong.code, ErrorCode::InvalidResponse);
    }

    #[test]
    fn a_stray_name_of_javascript_never_takes_the_place_of_what_was_checked() {
        let text = r#"{"loyaltyTransaction":{"_id":5,"id":"b","accountId":"a","amount":1,"transactionType":"EARN","_createdDate":"x"}}"#;
        assert_eq!(
            js(TRANSACTION, text).unwrap(),
            r#"{"__id":5,"_id":"b","accountId":"a","amount":1,"transactionType":"EARN","__createdDate":"x"}"#
        );
    }

    #[test]
    fn a_field_that_comes_twice_is_checked_twice() {
        assert_eq!(js(COUNT, r#"{"count":1,"count":2}"#).unwrap(), r#"{"count":1,"count":2}"#);
        assert!(js(COUNT, r#"{"count":1,"count":"2"}"#).is_err());
        assert!(js(COUNT, r#"{"count":null,"count":2}"#).is_err());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, said) in [
            (r#"{"count":"1"}"#, "count is not of the documented type"),
            (r#"{"x":1"#, "not what the contract promises"),
            ("{}", "count is required."),
            ("[]", "the answer is not of the documented type"),
            (r#"{"count":1}}"#, "not what the contract promises"),
            (r#"{"count":01}"#, "not what the contract promises"),
        ] {
            let problem = js(COUNT, text).unwrap_err();
            assert_eq!(problem.code, ErrorCode::InvalidResponse, "{text}");
            assert!(problem.violations.len() < 2, "{text}: {}", problem.message);
            assert!(problem.message.contains(said), "{text}: {}", problem.message);
        }
    }

    #[test]
    fn c04_every_code_that_travels_is_read_from_both_kinds_of_body() {
        for code in ErrorCode::ALL.iter().filter(|code| code.status() != 0) {
            let ours = format!(r#"{{"code":"{}","requestId":"r"}}"#, code.as_str());
            let problem = finish(COUNT, code.status(), ours.as_bytes(), Naming::Js).unwrap_err();
            assert_eq!((problem.code, problem.request_id.as_deref()), (*code, Some("r")));
            assert_eq!(problem.retryable, code.retryable());
            assert_eq!(problem.upstream_code, None);
            let theirs = format!(r#"{{"details":{{"applicationError":{{"code":"{}"}}}}}}"#, code.as_str());
            assert_eq!(finish(COUNT, code.status(), theirs.as_bytes(), Naming::Js).unwrap_err().code, *code);
        }
    }

    #[test]
    fn c04_what_the_body_says_of_repeating_wins() {
        let read = |body: &str, operation: Operation, status| {
            finish(operation as u32, status, body.as_bytes(), Naming::Js).unwrap_err().retryable
        };
        assert!(read("", Operation::GetAccount, 503));
        assert!(!read(r#"{"retryable":false}"#, Operation::GetAccount, 503));
        assert!(read(r#"{"retryable":true}"#, Operation::GetAccount, 500));
        assert!(read("", Operation::RedeemPointsForCoupon, 503));
        for lost in [408, 502, 504, 520, 524, 599] {
            assert!(!read("<html>", Operation::RedeemPointsForCoupon, lost), "{lost}");
        }
        assert!(read("<html>", Operation::EarnPoints, 524), "what carries a key may go again");
    }
}
