//! The JavaScript side of the border, as Rust asks it: what it holds in memory it tells at once, and what it was shown
//! once it keeps as an object of its own.

use crate::effect::{Answer, Effect, Event, UpstreamCall};
use crate::store::{StoreOp, StoreReply};
use crate::twin::Twin;
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// `pkg/proxy/host.js`
    pub type Host;

    #[wasm_bindgen(method)]
    fn window(this: &Host, json: &str) -> JsValue;

    #[wasm_bindgen(method)]
    fn call(this: &Host, json: &str) -> JsValue;

    #[wasm_bindgen(method)]
    fn head(this: &Host, json: &str) -> JsValue;

    /// How many are left in the window; −1 where it is full, −2 where it can't be told at once.
    #[wasm_bindgen(method)]
    fn hit(this: &Host, window: &JsValue, now: f64, here: bool) -> f64;

    /// The reply as JSON, where it can be told at once.
    #[wasm_bindgen(method)]
    fn store(this: &Host, op: &str, here: bool) -> Option<String>;

    /// A text; `null` where nothing is kept, `undefined` where that can't be told at once.
    #[wasm_bindgen(method)]
    fn recall(this: &Host, key: &JsValue) -> JsValue;

    #[wasm_bindgen(method, js_name = endsAlone)]
    fn ends_alone(this: &Host, key: &JsValue) -> bool;

    /// Whether it was done.
    #[wasm_bindgen(method)]
    fn share(this: &Host, key: &JsValue, text: Option<String>, until: f64, tags: &str) -> bool;

    /// Whether it was done.
    #[wasm_bindgen(method)]
    fn forget(this: &Host, tags: &str) -> bool;

    /// `None` for the body: it is the text that came last, to the letter.
    #[wasm_bindgen(method)]
    fn answer(this: &Host, status: u16, head: &JsValue, rest: &str, body: Option<&str>, log: &str)
    -> JsValue;
}

/// JSON text; empty where there is none, which no type of ours comes to.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The host of an engine.
pub(crate) struct Outside(pub(crate) Host);

impl Outside {
    /// A call as the shell has it.
    pub(crate) fn call(&self, call: &Twin<UpstreamCall>) -> JsValue {
        call.theirs(|call| self.0.call(&json(call))).cloned().unwrap_or_default()
    }

    /// An answer as the shell has it.
    pub(crate) fn answer(&self, answer: &Answer) -> JsValue {
        let head = answer.head.theirs(|head| self.0.head(&json(head))).cloned().unwrap_or_default();
        // One line for a name and one for its value: no line break gets into a header, whoever made its value.
        let rest = answer.rest.iter().filter(|(_, value)| !value.contains(['\r', '\n']));
        let rest: String = rest.flat_map(|(name, value)| [name, "\n", value, "\n"]).collect();
        let log = if answer.log.is_empty() { String::new() } else { json(&answer.log) };
        let body = (!answer.as_it_came).then_some(answer.body.as_str());
        self.0.answer(answer.status, &head, &rest, body, &log)
    }

    fn key(key: &Twin<String>) -> JsValue {
        key.theirs(|key| JsValue::from_str(key)).cloned().unwrap_or_default()
    }

    /// One window is what nearly all count in: it is known by its object.
    fn store(&self, op: &StoreOp, here: bool) -> Option<Event> {
        if let StoreOp::Hit { windows, now } = op
            && let [window] = windows.as_slice()
        {
            let theirs = window.theirs(|window| self.0.window(&json(window)))?;
            let left = self.0.hit(theirs, *now as f64, here);
            return match left {
                0.0.. => Some(StoreReply::Ok { left: vec![left as u32] }),
                -1.0 => Some(StoreReply::Limit {
                    counter: window.counter.clone(),
                    expires_at: Some(window.expires_at),
                }),
                _ => None,
            }
            .map(|reply| Event::Stored { reply });
        }
        let reply = self.0.store(&json(op), here)?;
        serde_json::from_str(&reply).ok().map(|reply| Event::Stored { reply })
    }
}

impl crate::host::Host for Outside {
    fn at_once(&self, effect: &Effect) -> Option<Event> {
        match effect {
            Effect::Store { op, .. } => self.store(op, false),
            Effect::Here { op } => self.store(op, true),
            Effect::Recall { key } => {
                let kept = self.0.recall(&Self::key(key));
                if kept.is_undefined() { None } else { Some(Event::Recalled { text: kept.as_string() }) }
            }
            Effect::Share { key, text, until, tags } => self
                .0
                .share(&Self::key(key), text.clone(), *until as f64, &tags.join("\n"))
                .then_some(Event::Noted),
            Effect::Forget { tags } => self.0.forget(&tags.join("\n")).then_some(Event::Noted),
            _ => None,
        }
    }

    fn ends_alone(&self, key: &Twin<String>) -> bool {
        self.0.ends_alone(&Self::key(key))
    }
}
