//! A caller who was identified, and what each of its requests would work out of it anew: names in the store are hashes,
//! and the call that reads the own account is the same each time.

use crate::caller::Caller;
use crate::config::Config;
use crate::effect::UpstreamCall;
use crate::keys::shard;
use crate::store::Window;
use crate::twin::Twin;
use loyalty_contract::Operation;
use serde_json::Value;
use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

/// Ways to the own account: by member, by contact, by the caller's own token.
const MOST_READS: usize = 3;

/// A caller, and what is known of it.
#[derive(Debug)]
pub struct Known {
    caller: Caller,
    subject: Option<String>,
    shard: OnceCell<String>,
    window: RefCell<Option<Twin<Window>>>,
    reads: RefCell<Vec<Rc<OwnRead>>>,
}

/// A read of the own account, as it is made again and again.
#[derive(Debug)]
pub(crate) struct OwnRead {
    pub(crate) operation: Operation,
    pub(crate) payload: Value,
    /// Under which it is shared.
    pub(crate) key: Twin<String>,
    /// By which it is forgotten.
    pub(crate) tag: String,
    /// What goes up. `None` where the ids make no path.
    pub(crate) call: Option<Twin<UpstreamCall>>,
}

impl Known {
    pub(crate) fn new(caller: Caller) -> Self {
        let subject = caller.subject();
        Self {
            caller,
            subject,
            shard: OnceCell::new(),
            window: RefCell::default(),
            reads: RefCell::default(),
        }
    }

    /// What stands for this caller in keys and counters.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Its own place in the store.
    pub(crate) fn shard(&self, config: &Config, subject: &str) -> &str {
        self.shard.get_or_init(|| shard(&config.site_id, subject))
    }

    /// The window that its calls count in, while it is the one that ends then.
    pub(crate) fn window(&self, ends_at: i64, make: impl FnOnce() -> Window) -> Twin<Window> {
        latest(&self.window, ends_at, make)
    }

    /// A read of its account, made the first time.
    pub(crate) fn read(
        &self,
        operation: Operation,
        payload: &Value,
        make: impl FnOnce() -> OwnRead,
    ) -> Rc<OwnRead> {
        let is_it = |read: &&Rc<OwnRead>| read.operation == operation && read.payload == *payload;
        if let Some(read) = self.reads.borrow().iter().find(is_it) {
            return Rc::clone(read);
        }
        let made = Rc::new(make());
        let mut reads = self.reads.borrow_mut();
        if reads.len() < MOST_READS {
            reads.push(Rc::clone(&made));
        }
        made
    }
}

impl Deref for Known {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// The window that was counted in last, or the next one.
pub(crate) fn latest(
    held: &RefCell<Option<Twin<Window>>>,
    ends_at: i64,
    make: impl FnOnce() -> Window,
) -> Twin<Window> {
    let mut held = held.borrow_mut();
    match &*held {
        Some(window) if window.expires_at == ends_at => window.clone(),
        _ => held.insert(Twin::new(make())).clone(),
    }
}
