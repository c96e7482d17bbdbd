//! Carries bytes: the one file of the Rust shell that knows `gloo-net` and `web-sys`.
//!
//! gloo-net builds the `Request`. The rest it does in ways that trap on values that JavaScript can supply (an
//! abort with a string, a `fetch` that throws something else than an `Error`, a mocked response), and a trapped
//! future never settles. So the fetch, its rejections and the body are handled here, by what values do and not
//! by what class they are of.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use gloo_net::http::{Method, RequestBuilder};
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, RequestRedirect};

/// What to send.
pub(super) struct Outgoing<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'a str, String)],
    pub(super) body: Option<&'a str>,
}

/// What came back: any status, the whole body.
pub(super) struct Incoming {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) body: String,
}

/// Why nothing came back.
pub(super) enum Failure {
    /// The request can't be built: a header value or the URL is not valid.
    Invalid(String),
    /// `fetch` or the body failed with this value.
    Network(JsValue),
    /// The time was over.
    Timeout,
    /// The caller's signal was aborted, with this reason.
    Cancelled(JsValue),
}

/// Sends one request and reads its body, within the time and as long as the signal is not aborted.
pub(super) async fn send(
    outgoing: &Outgoing<'_>,
    timeout_ms: u32,
    signal: Option<&AbortSignal>,
) -> Result<Incoming, Failure> {
    if let Some(signal) = signal.filter(|signal| signal.aborted()) {
        return Err(Failure::Cancelled(signal.reason()));
    }
    let controller = AbortController::new().map_err(Failure::Network)?;
    let request = build(outgoing, &controller.signal())?;
    let timer = Timer::start(timeout_ms);
    let listener = signal.map(Listener::attach);
    let mut work = pin!(exchange(request));
    let mut time = pin!(JsFuture::from(timer.promise.clone()));
    let mut abort = pin!(async {
        match &listener {
            Some(listener) => drop(JsFuture::from(listener.promise.clone()).await),
            None => std::future::pending().await,
        }
    });
    let outcome = poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(result.map_err(Failure::Network));
        }
        if abort.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Failure::Cancelled(
                signal.map_or(JsValue::UNDEFINED, AbortSignal::reason),
            )));
        }
        time.as_mut().poll(context).map(|_| Err(Failure::Timeout))
    })
    .await;
    if matches!(outcome, Err(Failure::Timeout | Failure::Cancelled(_))) {
        // Without a reason: whatever it were, it would come back out of `fetch`.
        controller.abort();
    }
    match (&outcome, signal) {
        // An abort that `fetch` saw first is still the caller's.
        (Err(Failure::Network(_)), Some(signal)) if signal.aborted() => {
            Err(Failure::Cancelled(signal.reason()))
        }
        _ => outcome,
    }
}

/// Waits, unless the signal is aborted first.
pub(super) async fn pause(millis: u32, signal: Option<&AbortSignal>) -> Result<(), Failure> {
    let timer = Timer::start(millis);
    let listener = signal.map(Listener::attach);
    let both = js_sys::Array::of1(&timer.promise);
    if let Some(listener) = &listener {
        both.push(&listener.promise);
    }
    drop(JsFuture::from(Promise::race(&both)).await);
    match signal {
        Some(signal) if signal.aborted() => Err(Failure::Cancelled(signal.reason())),
        _ => Ok(()),
    }
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// A random number from 0 to 1, for jitter.
pub(super) fn random() -> f64 {
    js_sys::Math::random()
}

/// A random GUID for a key, from the host's cryptographic source.
pub(super) fn random_guid() -> Result<String, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    let bytes = js_sys::Uint8Array::new_with_length(16);
    let fill: Function = Reflect::get(&crypto, &"getRandomValues".into())?.dyn_into()?;
    fill.call1(&crypto, &bytes)?;
    let mut drawn = [0; 16];
    bytes.copy_to(&mut drawn);
    Ok(loyalty_contract::Guid::from_random(drawn).to_string())
}

fn build(outgoing: &Outgoing<'_>, signal: &AbortSignal) -> Result<web_sys::Request, Failure> {
    let method = match outgoing.method {
        "POST" => Method::POST,
        _ => Method::GET,
    };
    let mut builder = RequestBuilder::new(outgoing.url)
        .method(method)
        .redirect(RequestRedirect::Manual)
        .abort_signal(Some(signal));
    for (name, value) in outgoing.headers {
        // gloo-net traps on a value that `Headers` refuses.
        if !value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            return Err(Failure::Invalid(format!(
                "the header {name} has a character that headers can't carry"
            )));
        }
        builder = builder.header(name, value);
    }
    let request = match outgoing.body {
        Some(body) => builder.body(JsValue::from_str(body)),
        None => builder.build(),
    };
    request.map(Into::into).map_err(|error| Failure::Invalid(error.to_string()))
}

/// The fetch and its body. Nothing here asks what class a value is of.
async fn exchange(request: web_sys::Request) -> Result<Incoming, JsValue> {
    let global = js_sys::global();
    let fetch: Function = Reflect::get(&global, &"fetch".into())?.dyn_into()?;
    let response = settle(fetch.call1(&global, &request)?).await?;
    let status = Reflect::get(&response, &"status".into())?.as_f64().unwrap_or(0.0);
    let headers = Reflect::get(&response, &"headers".into())?;
    let read: Function = Reflect::get(&response, &"text".into())?.dyn_into()?;
    let body = settle(read.call0(&response)?).await?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u16")]
    let status = status.clamp(0.0, 65_535.0) as u16;
    Ok(Incoming {
        status,
        retry_after: header(&headers, "retry-after"),
        request_id: header(&headers, "x-request-id"),
        body: body.as_string().unwrap_or_default(),
    })
}

async fn settle(value: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&value)).await
}

fn header(headers: &JsValue, name: &str) -> Option<String> {
    let get: Function = Reflect::get(headers, &"get".into()).ok()?.dyn_into().ok()?;
    get.call1(headers, &name.into()).ok()?.as_string()
}

fn global_function(name: &str) -> Option<Function> {
    Reflect::get(&js_sys::global(), &name.into()).ok()?.dyn_into().ok()
}

/// A promise that resolves after a time; the timer is cleared when this is dropped.
struct Timer {
    promise: Promise,
    id: Rc<Cell<Option<JsValue>>>,
}

impl Timer {
    fn start(millis: u32) -> Self {
        let id = Rc::new(Cell::new(None));
        let kept = Rc::clone(&id);
        let promise = Promise::new(&mut |resolve, _| {
            if let Some(set) = global_function("setTimeout") {
                kept.set(set.call2(&js_sys::global(), &resolve, &millis.into()).ok());
            }
        });
        Self { promise, id }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let (Some(clear), Some(id)) = (global_function("clearTimeout"), self.id.take()) {
            drop(clear.call1(&js_sys::global(), &id));
        }
    }
}

/// A promise that resolves when a signal is aborted; the listener is removed when this is dropped.
struct Listener<'a> {
    promise: Promise,
    signal: &'a AbortSignal,
    resolve: Rc<Cell<Option<Function>>>,
}

impl<'a> Listener<'a> {
    fn attach(signal: &'a AbortSignal) -> Self {
        let resolve = Rc::new(Cell::new(None));
        let kept = Rc::clone(&resolve);
        let promise = Promise::new(&mut |resolve, _| {
            if signal.add_event_listener_with_callback("abort", &resolve).is_ok() {
                kept.set(Some(resolve));
            }
        });
        Self { promise, signal, resolve }
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        if let Some(resolve) = self.resolve.take() {
            drop(self.signal.remove_event_listener_with_callback("abort", &resolve));
        }
    }
}
