//! The exports that the JavaScript shell drives: JSON text in, JSON text out.

use crate::backend::Order;
use crate::config::{Config, Options};
use crate::effect::{Effect, Event};
use crate::exchange::Exchange;
use crate::request::Request;
use serde_json::json;
use std::sync::Arc;
use wasm_bindgen::prelude::wasm_bindgen;

/// A proxy's settings, checked.
#[wasm_bindgen]
pub struct Engine(Arc<Config>);

/// One request on its way.
#[wasm_bindgen]
pub struct Call {
    exchange: Exchange,
    attached: String,
}

impl From<Exchange> for Call {
    fn from(exchange: Exchange) -> Self {
        Self { exchange, attached: String::new() }
    }
}

#[wasm_bindgen]
impl Engine {
    /// Checks the options; throws a text of one mistake a line.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<Engine, String> {
        let options: Options = serde_json::from_str(options).map_err(|error| error.to_string())?;
        Config::new(&options).map(|config| Self(Arc::new(config))).map_err(|mistakes| mistakes.join("\n"))
    }

    /// Takes a request in.
    pub fn begin(&self, request: &str) -> Result<Call, String> {
        let request: Request = serde_json::from_str(request).map_err(|error| error.to_string())?;
        Ok(Exchange::new(Arc::clone(&self.0), request).into())
    }

    /// The report on a policy, as JSON: mistakes, matrix, warnings, and the explanation that was asked for.
    pub fn review(policy: &str, role: Option<String>, operation: Option<String>) -> Result<String, String> {
        let policy = serde_json::from_str(policy).map_err(|error| error.to_string())?;
        let question = role.as_deref().zip(operation.as_deref());
        Ok(crate::policy::review(&policy, question).to_string())
    }

    /// Takes an order of the developer's own backend in.
    pub fn order(&self, text: &str) -> Result<Call, String> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Ordered {
            request_id: String,
            #[serde(flatten)]
            order: Order,
        }
        let Ordered { request_id, order } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok(Exchange::order(Arc::clone(&self.0), order, request_id).into())
    }

    /// SHA-256 of a text, in hexadecimal. Here it is done before WebCrypto's would have begun.
    pub fn digest(&self, text: &str) -> String {
        crate::canonical::hex(&crate::canonical::sha256(text))
    }

    /// The claims that the policy asks for, as a JSON list.
    pub fn claims(&self) -> String {
        json!(self.0.policy.claims()).to_string()
    }

    /// The window that a call upstream counts in at a time, as JSON.
    pub fn budget(&self, now: f64) -> String {
        serde_json::to_string(&crate::rate::budget(&self.0, now as i64)).unwrap_or_default()
    }

    /// The names of the policy's actions, as a JSON list.
    pub fn actions(&self) -> String {
        json!(self.0.policy.action_names().collect::<Vec<_>>()).to_string()
    }
}

#[wasm_bindgen]
impl Call {
    /// The first effect.
    pub fn start(&mut self, now: f64) -> String {
        let effect = self.exchange.start(now as i64);
        self.text(effect)
    }

    /// The effect after an event.
    pub fn step(&mut self, event: &str, now: f64) -> String {
        let event = serde_json::from_str::<Event>(event).unwrap_or_else(|error| Event::Failed {
            reason: format!("an event that can't be read: {error}"),
        });
        let effect = self.exchange.step(event, now as i64);
        self.text(effect)
    }

    /// The same after an answer of upstream, whose text comes as it is; `headers` are JSON.
    pub fn replied(&mut self, status: u16, headers: &str, text: String, now: f64) -> String {
        let event = match serde_json::from_str(headers) {
            Ok(headers) => Event::Replied { status, headers, text },
            Err(error) => Event::Failed { reason: format!("headers that can't be read: {error}") },
        };
        let effect = self.exchange.step(event, now as i64);
        self.text(effect)
    }

    /// What belongs to the last effect and stands beside it: the body of an answer, or the text that is shared.
    pub fn attached(&mut self) -> String {
        std::mem::take(&mut self.attached)
    }

    /// An effect as JSON text. What is long and text already goes beside it: within JSON every quotation mark of it
    /// would be escaped here, and read again there.
    fn text(&mut self, mut effect: Effect) -> String {
        self.attached = match &mut effect {
            Effect::Answer { answer } => std::mem::take(&mut answer.body),
            Effect::Share { text: Some(text), .. } => std::mem::take(text),
            _ => String::new(),
        };
        serde_json::to_string(&effect).unwrap_or_default()
    }
}
