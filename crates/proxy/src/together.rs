//! Several steps of one request at once, each with its own effects under way.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

/// A step among others.
pub(crate) type Step<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Lets all run and gives what each came to, in their order. Nothing is woken: the exchange polls all of them whenever
/// one event has come.
pub(crate) async fn all<T>(mut steps: Vec<Step<'_, T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = steps.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (step, done) in steps.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(value) = step.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
