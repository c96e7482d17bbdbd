//! Requests and answers as JSON text: how the JavaScript shell talks to the state machine.

use serde::{Deserialize, Serialize};

use crate::events::hook::Delivery;
use crate::http::{Request, Response};
use crate::sandbox::Sandbox;

#[derive(Deserialize)]
struct Incoming {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outgoing<'a> {
    status: u16,
    headers: &'a [(String, String)],
    body: &'a str,
    delay_ms: u32,
    drop: bool,
    cut_at: Option<usize>,
    /// Events to deliver, when there is where to.
    deliver: Vec<Delivery>,
    wake_ms: Option<u32>,
}

impl Sandbox {
    /// Answers one request given as JSON text, with JSON text.
    pub fn handle_json(&mut self, request: &str, real_ms: i64) -> String {
        let answer = match serde_json::from_str::<Incoming>(request) {
            Ok(Incoming { method, target, headers, body }) => {
                self.handle(&Request { method, target, headers, body }, real_ms)
            }
            // Only a broken shell gets here.
            Err(error) => {
                Response::text(500, "text/plain", format!("The shell's request can't be read: {error}."))
            }
        };
        let outgoing = Outgoing {
            status: answer.status,
            headers: &answer.headers,
            body: &answer.body,
            delay_ms: answer.effects.delay_ms,
            drop: answer.effects.drop,
            cut_at: answer.effects.cut_at,
            deliver: self.ledger.events.take_deliveries(),
            wake_ms: answer.effects.wake_ms,
        };
        serde_json::to_string(&outgoing).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use serde_json::{Value, json};

    #[test]
    fn text_in_and_text_out() {
        let mut sandbox = Sandbox::new(Options::default(), 0);
        let request = json!({"method": "GET", "target": "/nowhere", "headers": [["x-a", "b"]], "body": ""});
        let answer: Value = serde_json::from_str(&sandbox.handle_json(&request.to_string(), 0)).unwrap();
        assert_eq!(
            (&answer["status"], &answer["drop"], &answer["delayMs"]),
            (&json!(404), &json!(false), &json!(0))
        );
        let broken: Value = serde_json::from_str(&sandbox.handle_json("{", 0)).unwrap();
        assert_eq!(broken["status"], 500);
    }
}
