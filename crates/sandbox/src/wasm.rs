//! The exports that the JavaScript shell calls. Synchronous, so two calls can never meet inside.

use wasm_bindgen::prelude::*;

use crate::options::Options;
use crate::sandbox::Sandbox;
use crate::store::{Everything, FORMAT, Opening};

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
        self.sandbox.become_another(snapshot.sandbox.clone());
    }

    /// Carries out what is due. Gives the milliseconds until something else is, if anything will be.
    pub fn tick(&mut self, now: f64) -> Option<u32> {
        self.sandbox.tick(millis(now))
    }

    /// What the ready line tells, as JSON text.
    pub fn ready(&self) -> String {
        self.sandbox.ready().to_string()
    }

    /// From now on, notes what every call writes, for `changes`.
    pub fn keep(&mut self) {
        self.sandbox.keep_changes();
    }

    /// What was written since the last time: to be stored before the answer leaves. Empty where nothing was.
    pub fn changes(&mut self) -> Vec<u8> {
        self.sandbox.take_changes()
    }

    /// The key that events are signed with, as `keepSigningKey` was given it.
    #[wasm_bindgen(js_name = signingKey)]
    pub fn signing_key(&self) -> Option<String> {
        self.sandbox.signing_key().map(str::to_owned)
    }

    /// Keeps the key that events are signed with.
    #[wasm_bindgen(js_name = keepSigningKey)]
    pub fn keep_signing_key(&mut self, key: String) {
        self.sandbox.keep_signing_key(key);
    }
}

/// All rows of a sandbox, piece by piece.
#[wasm_bindgen(js_name = Everything)]
#[derive(Debug, Default)]
pub struct Pieces(Everything);

#[wasm_bindgen(js_class = Everything)]
impl Pieces {
    /// At the first piece.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next piece; empty when there is none.
    pub fn piece(&mut self, of: &Handle) -> Vec<u8> {
        self.0.piece(&of.sandbox)
    }
}

/// A kept sandbox that is being read.
#[wasm_bindgen(js_name = Opening)]
#[derive(Debug)]
pub struct Reading(Opening);

#[wasm_bindgen(js_class = Opening)]
impl Reading {
    /// Begins. The options are JSON text with what was said for this start.
    ///
    /// # Errors
    /// A sentence that names the wrong option.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, now: f64) -> Result<Reading, String> {
        Opening::new(options, millis(now)).map(Self)
    }

    /// The version of the rows that it reads.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn format(&self) -> u32 {
        FORMAT
    }

    /// Takes rows, in the order of table and key.
    ///
    /// # Errors
    /// A sentence that says why this can't be the state of a sandbox, or not of one with these options.
    pub fn rows(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.0.rows(bytes)
    }

    /// The sandbox, which notes what every call writes.
    ///
    /// # Errors
    /// A sentence that says what does not add up.
    pub fn finish(self) -> Result<Handle, String> {
        Ok(Handle { sandbox: self.0.finish()? })
    }
}
