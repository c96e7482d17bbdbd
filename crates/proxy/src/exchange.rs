//! One request as a state machine. The states are an `async fn`'s, made by the compiler from code in reading order;
//! nothing runs it but [`Exchange::step`], so it is as deterministic as a hand-written one.

use crate::config::Config;
use crate::effect::{Effect, Event};
use crate::flow;
use crate::request::Request;
use crate::shell::Shell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A request on its way. Dropping it at any point stands for a process that died there.
pub struct Exchange {
    shell: Shell,
    future: Option<Pin<Box<dyn Future<Output = crate::effect::Answer>>>>,
}

impl Exchange {
    /// Takes a request in.
    #[must_use]
    pub fn new(config: Arc<Config>, request: Request) -> Self {
        let shell = Shell::default();
        let future = Box::pin(flow::answer(config, request, shell.clone()));
        Self { shell, future: Some(future) }
    }

    /// The first effect. `now` is in milliseconds since 1970.
    pub fn start(&mut self, now: i64) -> Effect {
        self.shell.set_now(now);
        self.advance()
    }

    /// The next effect, now that the last one came to this event.
    pub fn step(&mut self, event: Event, now: i64) -> Effect {
        self.shell.deliver(event, now);
        self.advance()
    }

    fn advance(&mut self) -> Effect {
        let Some(future) = self.future.as_mut() else { return flow::nothing_left() };
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => {
                self.future = None;
                Effect::Answer { answer }
            }
            Poll::Pending => match self.shell.take_effect() {
                Some(effect) => effect,
                None => {
                    self.future = None;
                    flow::nothing_left()
                }
            },
        }
    }
}
