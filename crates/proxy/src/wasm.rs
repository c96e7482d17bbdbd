//! The exports that the JavaScript shell drives, by numbers: no handle has to be freed, and whatever a request leaves
//! behind is gone with its answer.

use crate::backend::Order;
use crate::config::{Config, Options};
use crate::effect::{Effect, Event, Summary};
use crate::exchange::Exchange;
use crate::known::Known;
use crate::request::Request;
use crate::wasm_host::{Host, Outside, json};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// So many callers are remembered; the one that came longest ago goes first.
const REMEMBERED: u32 = 1_024;

/// A proxy's settings, checked, and its requests on their way.
#[wasm_bindgen]
pub struct Engine {
    config: Rc<Config>,
    host: Rc<Outside>,
    calls: RefCell<HashMap<u32, Exchange>>,
    callers: RefCell<HashMap<u32, Rc<Known>>>,
    count: Cell<u32>,
    summary: RefCell<Summary>,
}

#[wasm_bindgen]
impl Engine {
    /// Checks the options; throws a text of one mistake a line. `host` answers at once what it can.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, host: Host) -> Result<Engine, String> {
        let options: Options = serde_json::from_str(options).map_err(|error| error.to_string())?;
        let config = Config::new(&options).map_err(|mistakes| mistakes.join("\n"))?;
        Ok(Self {
            config: Rc::new(config),
            host: Rc::new(Outside(host)),
            calls: RefCell::default(),
            callers: RefCell::default(),
            count: Cell::new(0),
            summary: RefCell::default(),
        })
    }

    /// Takes a request in: its lines (see [`Request::read`]) and, where it is known already, the number of its caller.
    /// Gives the first effect, or the answer.
    pub fn begin(&self, id: u32, lines: &str, caller: u32, now: f64) -> JsValue {
        let request = Request::read(lines);
        let caller = self.callers.borrow().get(&caller).cloned();
        let config = Rc::clone(&self.config);
        self.start(id, Exchange::at(config, request, self.host.clone(), caller), now)
    }

    /// Takes an order of the developer's own backend in.
    pub fn order(&self, id: u32, text: &str, now: f64) -> Result<JsValue, String> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Ordered {
            request_id: String,
            #[serde(flatten)]
            order: Order,
        }
        let Ordered { request_id, order } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let config = Rc::clone(&self.config);
        Ok(self.start(id, Exchange::order_at(config, order, request_id, self.host.clone()), now))
    }

    /// The effect after an event, which is JSON.
    pub fn step(&self, id: u32, event: &str, now: f64) -> JsValue {
        let event = serde_json::from_str::<Event>(event).unwrap_or_else(|error| Event::Failed {
            reason: format!("an event that can't be read: {error}"),
        });
        self.go_on(id, |exchange| exchange.step(event, now as i64))
    }

    /// The same after an answer of upstream: its status, a line for each name and each value of its headers, its text.
    pub fn replied(&self, id: u32, status: u16, headers: &str, text: String, now: f64) -> JsValue {
        let mut lines = headers.lines().map(str::to_owned);
        let pairs = std::iter::from_fn(|| Some((lines.next()?, lines.next()?)));
        let event = Event::Replied { status, headers: pairs.collect(), text };
        self.go_on(id, |exchange| exchange.step(event, now as i64))
    }

    /// The same after a body that was read.
    pub fn body(&self, id: u32, text: String, now: f64) -> JsValue {
        self.go_on(id, |exchange| exchange.step(Event::Body { text }, now as i64))
    }

    /// Remembers the caller of a request on its way, and gives the number that it is known by; 0 where there is none.
    pub fn remember(&self, id: u32) -> u32 {
        let caller = self.calls.borrow().get(&id).and_then(Exchange::caller);
        let Some(caller) = caller else { return 0 };
        let number = self.count.get().checked_add(1).unwrap_or(1);
        self.count.set(number);
        let mut callers = self.callers.borrow_mut();
        callers.remove(&number.wrapping_sub(REMEMBERED));
        callers.insert(number, caller);
        number
    }

    /// Lets go of a request that will not be answered.
    pub fn end(&self, id: u32) {
        drop(self.calls.borrow_mut().remove(&id));
    }

    /// What the log tells of the request that was answered last, as JSON.
    pub fn summary(&self) -> String {
        json(&*self.summary.borrow())
    }

    /// The report on a policy, as JSON: mistakes, matrix, warnings, and the explanation that was asked for.
    pub fn review(policy: &str, role: Option<String>, operation: Option<String>) -> Result<String, String> {
        let policy = serde_json::from_str(policy).map_err(|error| error.to_string())?;
        let question = role.as_deref().zip(operation.as_deref());
        Ok(crate::policy::review(&policy, question).to_string())
    }

    /// SHA-256 of a text, in hexadecimal. Here it is done before WebCrypto's would have begun.
    pub fn digest(&self, text: &str) -> String {
        crate::canonical::hex(&crate::canonical::sha256(text))
    }

    /// The claims that the policy asks for, as a JSON list.
    pub fn claims(&self) -> String {
        json(&self.config.policy.claims())
    }

    /// The window that a call upstream counts in at a time, as JSON.
    pub fn budget(&self, now: f64) -> String {
        json(&crate::rate::budget(&self.config, now as i64))
    }

    /// The names of the policy's actions, as a JSON list.
    pub fn actions(&self) -> String {
        json(&self.config.policy.action_names().collect::<Vec<_>>())
    }
}

impl Engine {
    fn start(&self, id: u32, mut exchange: Exchange, now: f64) -> JsValue {
        let effect = exchange.start(now as i64);
        self.told(id, exchange, effect)
    }

    /// Nothing is borrowed while the exchange goes on: the host is asked meanwhile.
    fn go_on(&self, id: u32, step: impl FnOnce(&mut Exchange) -> Effect) -> JsValue {
        let held = self.calls.borrow_mut().remove(&id);
        let Some(mut exchange) = held else { return self.out(crate::flow::nothing_left()) };
        let effect = step(&mut exchange);
        self.told(id, exchange, effect)
    }

    fn told(&self, id: u32, exchange: Exchange, effect: Effect) -> JsValue {
        if !matches!(effect, Effect::Answer { .. }) {
            self.calls.borrow_mut().insert(id, exchange);
        }
        self.out(effect)
    }

    /// An effect as the shell has it: the call and the answer as objects of its own, anything else as JSON text.
    fn out(&self, effect: Effect) -> JsValue {
        match effect {
            Effect::Answer { answer } => {
                let given = self.host.answer(&answer);
                *self.summary.borrow_mut() = answer.summary;
                given
            }
            Effect::Upstream { call } => self.host.call(&call),
            effect => JsValue::from_str(&json(&effect)),
        }
    }
}
