//! The exports that the JavaScript shell calls. Synchronous, so two calls can never meet inside.

use wasm_bindgen::prelude::*;

use crate::options::Options;
use crate::sandbox::Sandbox;

/// One sandbox in wasm memory.
#[wasm_bindgen(js_name = Sandbox)]
#[derive(Debug)]
pub struct Handle {
    sandbox: Sandbox,
}

/// Milliseconds as JavaScript counts them.
fn millis(now: f64) -> i64 {
    // The cast saturates, and makes 0 of NaN.
    now as i64
}

#[wasm_bindgen(js_class = Sandbox)]
impl Handle {
    /// Starts a sandbox. The options are JSON text, the time is `Date.now()`.
    ///
    /// # Errors
    /// A sentence that names the wrong option.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, now: f64) -> Result<Handle, String> {
        let options = Options::from_json(options)?;
        Ok(Self { sandbox: Sandbox::new(options, millis(now)) })
    }

    /// Answers one request. Request and answer are JSON text.
    pub fn handle(&mut self, request: &str, now: f64) -> String {
        self.sandbox.handle_json(request, millis(now))
    }

    /// A copy of the whole state, to go back to.
    pub fn snapshot(&self) -> Handle {
        Self { sandbox: self.sandbox.clone() }
    }

    /// Goes back to a copy.
    pub fn restore(&mut self, snapshot: &Handle) {
        self.sandbox = snapshot.sandbox.clone();
    }

    /// Carries out what is due. Gives the milliseconds until something else is, if anything will be.
    pub fn tick(&mut self, now: f64) -> Option<u32> {
        self.sandbox.tick(millis(now))
    }

    /// What the ready line tells, as JSON text.
    pub fn ready(&self) -> String {
        self.sandbox.ready().to_string()
    }
}
