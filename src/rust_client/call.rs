//! One call, from typed request to typed answer: the core decides, the transport carries.

use loyalty_contract::ErrorCode;
use loyalty_contract::endpoint::{Arg, Effect, Endpoint, EndpointType, Retry};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::JsValue;

use super::transport::{self, Failure, Incoming, Outgoing};
use super::{Client, DEFAULT_TIMEOUT_MS};
use crate::Error;
use crate::codec::Naming;
use crate::core::retry::{self, Decision};
use crate::core::{self, Request};

/// Every retry takes one from the purse, every success puts a tenth back.
pub(super) const FULL_BUDGET: f64 = 10.0;

const CLIENT: &str = concat!("loyalty-edge-rust/", env!("CARGO_PKG_VERSION"));

/// Calls a method. `T` is what its JavaScript function would return: the answer, or the one entity in it.
pub(super) async fn call<E, T>(client: &Client, request: &E::Request) -> Result<T, Error>
where
    E: EndpointType,
    E::Request: Serialize,
    T: DeserializeOwned,
{
    let endpoint = E::ENDPOINT;
    let call = Call::prepare(client, endpoint, serde_json::to_value(request))?;
    let value = call.run().await.map_err(|error| match &call.key {
        Some(key) => error.with_key(key),
        None => error,
    })?;
    serde_json::from_slice(value.json())
        .map_err(|error| Error::new(ErrorCode::InvalidResponse, &error.to_string()))
}

struct Call<'a> {
    client: &'a Client,
    operation: u32,
    request: Request,
    key: Option<String>,
    began: f64,
    deadline: f64,
}

impl<'a> Call<'a> {
    fn prepare(
        client: &'a Client,
        endpoint: &'static Endpoint,
        payload: serde_json::Result<Value>,
    ) -> Result<Self, Error> {
        let internal = |error: serde_json::Error| Error::new(ErrorCode::Internal, &error.to_string());
        let mut payload = payload.map_err(internal)?;
        let key = match &client.options.idempotency_key {
            _ if !endpoint.is_write() => None,
            Some(key) => Some(key.clone()),
            None => Some(transport::random_guid().map_err(|cause| {
                Error::new(ErrorCode::Internal, "this host has no crypto.getRandomValues").with_cause(cause)
            })?),
        };
        if endpoint.effect == Effect::Write(Retry::BodyKey) {
            own_key(&mut payload, client.options.idempotency_key.as_deref())?;
        }
        let arguments = serde_json::to_string(&arguments(endpoint, payload)).map_err(internal)?;
        let operation = endpoint.operation as u32;
        let fill = key.as_deref().unwrap_or_default().as_bytes();
        let request = core::begin(operation, arguments.as_bytes(), fill, Naming::Wire)?;
        let deadline = f64::from(client.options.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS));
        Ok(Self { client, operation, request, key, began: transport::now_ms(), deadline })
    }

    fn elapsed(&self) -> f64 {
        transport::now_ms() - self.began
    }

    async fn run(&self) -> Result<core::Value, Error> {
        let budget = &self.client.budget;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (error, retry_after_ms) = match self.attempt().await? {
                Ok(value) => {
                    budget.set((budget.get() + 0.1).min(FULL_BUDGET));
                    return Ok(value);
                }
                Err(failed) => failed,
            };
            let failure = retry::Failure {
                operation: self.operation,
                attempt,
                status: error.status().unwrap_or_default(),
                retryable: error.is_retryable(),
                retry_after_ms,
                elapsed_ms: self.elapsed(),
                deadline_ms: self.deadline,
                budget: budget.get(),
                random: transport::random(),
            };
            match retry::decide(&failure) {
                Decision::GiveUp => return Err(error),
                Decision::OutcomeUnknown => {
                    let status = error.status().unwrap_or_default();
                    return Err(Error::new(ErrorCode::OutcomeUnknown, "").with_status(status));
                }
                Decision::Wait(millis) => {
                    budget.set(budget.get() - 1.0);
                    #[allow(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "below the deadline"
                    )]
                    transport::pause(millis as u32, self.client.options.signal.as_ref())
                        .await
                        .map_err(|failure| failed(failure).0)?;
                }
            }
        }
    }

    /// One attempt. The outer error is final; the inner one may be tried again.
    async fn attempt(&self) -> Result<Result<core::Value, (Error, f64)>, Error> {
        let mut headers = vec![("X-Loyalty-Client", CLIENT.to_owned())];
        if let Some(token) = self.client.token.as_ref().and_then(|source| source()) {
            headers.push(("Authorization", caller_token(token)?));
        }
        if let Some(key) = &self.key {
            headers.push(("Idempotency-Key", key.clone()));
        }
        let body = self.request.body();
        let body = if body.is_empty() { None } else { std::str::from_utf8(body).ok() };
        if body.is_some() {
            headers.push(("Content-Type", "application/json".to_owned()));
        }
        let url = format!("{}{}", self.client.proxy, self.request.path());
        let outgoing = Outgoing { method: self.request.method(), url: &url, headers: &headers, body };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to what a timer takes"
        )]
        let left = (self.deadline - self.elapsed()).clamp(0.0, f64::from(i32::MAX)) as u32;
        match transport::send(&outgoing, left, self.client.options.signal.as_ref()).await {
            Ok(incoming) => Ok(self.finish(incoming)),
            Err(failure @ (Failure::Invalid(_) | Failure::Cancelled(_))) => Err(failed(failure).0),
            Err(failure) => Ok(Err(failed(failure))),
        }
    }

    fn finish(&self, incoming: Incoming) -> Result<core::Value, (Error, f64)> {
        let Incoming { status, retry_after, request_id, body } = incoming;
        core::finish(self.operation, status, body.as_bytes(), Naming::Wire).map_err(|problem| {
            let error = Error::from(problem).with_status(status).with_request_id(request_id);
            (error, retry_after.as_deref().map_or(0.0, retry_after_ms))
        })
    }
}

fn failed(failure: Failure) -> (Error, f64) {
    let error = match failure {
        Failure::Invalid(message) => Error::new(ErrorCode::InvalidConfiguration, &message),
        Failure::Network(cause) => Error::new(ErrorCode::NetworkError, "").with_cause(cause),
        Failure::Timeout => Error::new(ErrorCode::Timeout, ""),
        Failure::Cancelled(reason) => Error::new(ErrorCode::Cancelled, "").with_cause(reason),
    };
    (error, 0.0)
}

/// `Retry-After` in both of its forms, in milliseconds.
fn retry_after_ms(text: &str) -> f64 {
    match text.trim().parse::<u32>() {
        Ok(seconds) => f64::from(seconds) * 1000.0,
        Err(_) => {
            let at = js_sys::Date::new(&JsValue::from_str(text)).get_time();
            if at.is_finite() { (at - transport::now_ms()).max(0.0) } else { 0.0 }
        }
    }
}

/// A key in the request's own field wins; two different ones are a mistake; an empty one is none.
fn own_key(payload: &mut Value, option: Option<&str>) -> Result<(), Error> {
    let Some(object) = payload.as_object_mut() else { return Ok(()) };
    match object.get("idempotencyKey").and_then(Value::as_str) {
        Some("") => drop(object.remove("idempotencyKey")),
        Some(own) if option.is_some_and(|option| option != own) => {
            let message = "the request and the call's options name different idempotency keys: leave one out";
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        _ => {}
    }
    Ok(())
}

/// The payload as the arguments of the JavaScript function, which is what the core reads.
fn arguments(endpoint: &Endpoint, mut payload: Value) -> Vec<Value> {
    let mut take = |name: &str| payload.as_object_mut().and_then(|object| object.remove(name));
    let positional: Vec<_> = endpoint
        .args
        .iter()
        .map(|arg| match arg {
            Arg::Field { wire, .. } => take(wire).or(Some(Value::Null)),
            Arg::Spread { .. } => None,
        })
        .collect();
    positional.into_iter().map(|value| value.unwrap_or_else(|| payload.take())).collect()
}

/// A token of the caller's own. An elevated credential must not be where pages are.
fn caller_token(token: String) -> Result<String, Error> {
    let bare = token.strip_prefix("Bearer ").unwrap_or(&token).to_ascii_uppercase();
    if ["IST.", "SANDBOX."].iter().any(|prefix| bare.starts_with(prefix)) {
        let message =
            "this token is an elevated credential: give it to the proxy, and the member's own token here";
        return Err(Error::new(ErrorCode::InvalidConfiguration, message));
    }
    Ok(token)
}
