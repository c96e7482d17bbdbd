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
pub struct Call(Exchange);

fn text(effect: &Effect) -> String {
    serde_json::to_string(effect).unwrap_or_default()
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
        Ok(Call(Exchange::new(Arc::clone(&self.0), request)))
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
        Ok(Call(Exchange::order(Arc::clone(&self.0), order, request_id)))
    }

    /// SHA-256 of a text, in hexadecimal. Here it is done before WebCrypto's would have begun.
    pub fn digest(&self, text: &str) -> String {
        crate::canonical::hex(&crate::canonical::sha256(text))
    }

    /// The claims that the policy asks for, as a JSON list.
    pub fn claims(&self) -> String {
        json!(self.0.policy.claims()).to_string()
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
        text(&self.0.start(now as i64))
    }

    /// The effect after an event.
    pub fn step(&mut self, event: &str, now: f64) -> String {
        let event = serde_json::from_str::<Event>(event).unwrap_or_else(|error| Event::Failed {
            reason: format!("an event that can't be read: {error}"),
        });
        text(&self.0.step(event, now as i64))
    }
}
