//! One request as a state machine. The states are an `async fn`'s, made by the compiler from code in reading order;
//! nothing runs it but [`Exchange::step`], so it is as deterministic as a hand-written one.

use crate::backend::Order;
use crate::config::Config;
use crate::effect::{Effect, Event, Started};
use crate::flow;
use crate::host::Host;
use crate::known::Known;
use crate::request::Request;
use crate::shell::Shell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A request on its way. Dropping it at any point stands for a process that died there.
pub struct Exchange {
    shell: Shell,
    future: Option<Pin<Box<dyn Future<Output = crate::effect::Answer>>>>,
    /// The numbers of the effects under way.
    flying: Vec<u32>,
}

impl Exchange {
    /// Takes a request in.
    #[must_use]
    pub fn new(config: Rc<Config>, request: Request) -> Self {
        Self::begin(config, request, Shell::default())
    }

    /// The same at a host that answers some effects at once, from a caller that it has identified already.
    #[must_use]
    pub fn at(config: Rc<Config>, request: Request, host: Rc<dyn Host>, caller: Option<Rc<Known>>) -> Self {
        Self::begin(config, request, Shell::at(host, caller))
    }

    fn begin(config: Rc<Config>, request: Request, shell: Shell) -> Self {
        let future = Box::pin(flow::answer(config, request, shell.clone()));
        Self { shell, future: Some(future), flying: Vec::new() }
    }

    /// Takes an order of the developer's own backend in. Its answer has a status and a body, and goes to no page.
    #[must_use]
    pub fn order(config: Rc<Config>, order: Order, request_id: String) -> Self {
        Self::order_to(config, order, request_id, Shell::default())
    }

    /// The same at a host that answers some effects at once.
    #[must_use]
    pub fn order_at(config: Rc<Config>, order: Order, request_id: String, host: Rc<dyn Host>) -> Self {
        Self::order_to(config, order, request_id, Shell::at(host, None))
    }

    fn order_to(config: Rc<Config>, order: Order, request_id: String, shell: Shell) -> Self {
        let future = Box::pin(flow::order(config, order, request_id, shell.clone()));
        Self { shell, future: Some(future), flying: Vec::new() }
    }

    /// The caller, once that is known. Another request of the same one can begin with it.
    #[must_use]
    pub fn caller(&self) -> Option<Rc<Known>> {
        self.shell.caller()
    }

    /// The first effect. `now` is in milliseconds since 1970.
    pub fn start(&mut self, now: i64) -> Effect {
        self.shell.set_now(now);
        self.advance()
    }

    /// The next effect, now that the last one came to this event.
    pub fn step(&mut self, event: Event, now: i64) -> Effect {
        let (id, event) = match (event, self.flying.as_slice()) {
            (Event::Happened { id, event }, flying) if flying.contains(&id) => (id, *event),
            (Event::Happened { .. }, _) => return self.abandon(),
            (event, [only]) => (*only, event),
            _ => return self.abandon(),
        };
        self.flying.retain(|flying| *flying != id);
        self.shell.deliver(id, event, now);
        self.advance()
    }

    fn advance(&mut self) -> Effect {
        let Some(future) = self.future.as_mut() else { return flow::nothing_left() };
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            self.future = None;
            return Effect::Answer { answer };
        }
        let alone = self.flying.is_empty();
        let mut start = self.shell.take_effects();
        self.flying.extend(start.iter().map(|started| started.id));
        match start.len() {
            0 if alone => self.abandon(),
            1 if alone => start.pop().map_or_else(flow::nothing_left, |Started { effect, .. }| effect),
            _ => Effect::Several { start },
        }
    }

    fn abandon(&mut self) -> Effect {
        self.future = None;
        flow::nothing_left()
    }
}
