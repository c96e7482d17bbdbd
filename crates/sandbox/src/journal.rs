//! The requests that came, kept for tests: what a proxy sent is proved by what arrived.

use std::collections::VecDeque;

use loyalty_contract::Timestamp;
use serde_json::{Map, Value, json};

use crate::http::Request;

/// How many requests are kept; the oldest go first.
pub(crate) const MOST: usize = 1_000;
/// How much of a body is kept.
const MOST_BODY: usize = 16_384;

/// One request, and how it went.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The id that the answer had.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// As it came, the body cut to a length.
    pub request: Request,
    /// The method of the API that it called.
    pub operation: Option<&'static str>,
    /// The status of the answer.
    pub status: u16,
    /// The fault that it met.
    pub fault: Option<Value>,
}

impl Entry {
    fn to_json(&self) -> Value {
        // Names are lower-cased and repeated headers joined, as in the Headers of the web.
        let mut headers: Map<String, Value> = Map::new();
        for (name, value) in &self.request.headers {
            let name = name.to_ascii_lowercase();
            let joined = match headers.get(&name).and_then(Value::as_str) {
                Some(before) => format!("{before}, {value}"),
                None => value.clone(),
            };
            headers.insert(name, Value::from(joined));
        }
        json!({
            "requestId": self.id,
            "at": self.at,
            "method": self.request.method,
            "path": self.request.target,
            "headers": headers,
            "body": self.request.body,
            "operation": self.operation,
            "status": self.status,
            "fault": self.fault,
        })
    }
}

/// The last requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    dropped: u64,
}

impl Journal {
    /// Keeps a request.
    pub(crate) fn record(&mut self, mut entry: Entry) {
        if entry.request.body.len() > MOST_BODY {
            let cut = (0..=MOST_BODY).rev().find(|at| entry.request.body.is_char_boundary(*at));
            entry.request.body.truncate(cut.unwrap_or_default());
        }
        if self.entries.len() >= MOST {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(entry);
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The requests, oldest first, and how many older ones were dropped.
    #[must_use]
    pub(crate) fn to_json(&self) -> Value {
        let requests: Vec<Value> = self.entries.iter().map(Entry::to_json).collect();
        json!({ "requests": requests, "dropped": self.dropped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_bounded_and_keeps_headers() {
        let mut journal = Journal::default();
        for n in 0..=MOST {
            let mut request =
                Request::new("POST", "/x").header("Authorization", "a").header("authorization", "b");
            request.body = "ä".repeat(MOST_BODY);
            let (id, at) = (n.to_string(), Timestamp(0));
            journal.record(Entry { id, at, request, operation: None, status: 200, fault: None });
        }
        let kept = journal.to_json();
        assert_eq!(kept["requests"].as_array().unwrap().len(), MOST);
        assert_eq!((&kept["dropped"], &kept["requests"][0]["requestId"]), (&json!(1), &json!("1")));
        assert_eq!(kept["requests"][0]["headers"], json!({"authorization": "a, b"}));
        assert!(kept["requests"][0]["body"].as_str().unwrap().len() <= MOST_BODY);
        journal.clear();
        assert_eq!(journal.to_json(), json!({"requests": [], "dropped": 0}));
    }
}
