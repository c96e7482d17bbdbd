//! What a request line leads to: the upstream's methods, our own, or nothing.

use crate::config::Config;
use crate::problem::Problem;
use crate::request::Request;
use crate::session::Way;
use loyalty_contract::path::{self, Route};
use loyalty_contract::{Endpoint, ErrorCode, Operation};

/// Where a request goes.
#[derive(Debug)]
pub(crate) enum Target {
    /// A method of the API.
    Call {
        /// Its row.
        endpoint: &'static Endpoint,
        /// The values in the path, by name.
        params: Vec<(&'static str, String)>,
    },
    /// A named earn.
    Action {
        /// The action's name.
        name: String,
    },
    /// What a named earn would pay, and nothing else.
    Preview {
        /// The action's name.
        name: String,
    },
    /// What a loyalty page shows, at once.
    Me,
    /// An event of the loyalty service's.
    Webhook,
    /// Is the proxy up? And its store, where that is asked?
    Health {
        /// Whether to ask the store too.
        ready: bool,
    },
    /// What the proxy takes and gives.
    Document,
    /// A step of a session.
    Session(Way),
}

/// Our routes that need no `X-Loyalty-Client` (P16).
pub(crate) fn is_open(config: &Config, request: &Request) -> bool {
    matches!(own_path(config, request), Some("/healthz" | "/openapi.json" | "/webhooks"))
}

/// Our routes that a browser opens as pages (P16).
pub(crate) fn is_navigation(config: &Config, request: &Request) -> bool {
    own_path(config, request).and_then(|path| Way::of(config, path)).is_some_and(Way::is_navigation)
}

/// Whether the request is for the proxy at all.
pub(crate) fn is_mounted(config: &Config, request: &Request) -> bool {
    own_path(config, request).is_some()
}

/// The path behind the mount, as it was sent: nothing is decoded or cleaned up on the way.
fn own_path<'a>(config: &Config, request: &'a Request) -> Option<&'a str> {
    let path = request.split().0.strip_prefix(config.base_path.as_str())?;
    path.starts_with('/').then_some(path)
}

pub(crate) fn route(config: &Config, request: &Request) -> Result<Target, Problem> {
    let unknown = || Problem::new(ErrorCode::NotFound, "there is no such method here");
    let path = own_path(config, request).ok_or_else(unknown)?;
    if let Some(way) = Way::of(config, path) {
        let fits = request.method == way.method();
        return if fits { Ok(Target::Session(way)) } else { Err(wrong_method(&[way.method()])) };
    }
    let ours = match path {
        "/healthz" => Some("GET"),
        "/me" | "/openapi.json" => Some("GET"),
        "/webhooks" => Some("POST"),
        _ => None,
    };
    if let Some(method) = ours {
        return match (request.method == method, path) {
            (false, _) => Err(wrong_method(&[method])),
            (true, "/healthz") => Ok(Target::Health { ready: request.split().1 == Some("ready") }),
            (true, "/webhooks") => Ok(Target::Webhook),
            (true, "/me") => Ok(Target::Me),
            (true, _) => Ok(Target::Document),
        };
    }
    if let Some(name) = path.strip_prefix("/actions/").and_then(|rest| rest.strip_suffix("/preview"))
        && is_action(name)
    {
        let fits = request.method == "POST";
        return if fits {
            Ok(Target::Preview { name: name.to_owned() })
        } else {
            Err(wrong_method(&["POST"]))
        };
    }
    match path::route(&request.method, path) {
        Route::Found { endpoint, params } if endpoint.operation == Operation::Earn => {
            let name = params.into_iter().next().map(|(_, value)| value).ok_or_else(unknown)?;
            Ok(Target::Action { name })
        }
        Route::Found { endpoint, params } => Ok(Target::Call { endpoint, params }),
        Route::WrongMethod(methods) => Err(wrong_method(&methods)),
        Route::BadId { name } => Err(Problem::argument(name, "FORMAT", "is not an id")),
        Route::Unknown => Err(unknown()),
    }
}

/// Whether the text can name an action, as the contract has it.
fn is_action(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

fn wrong_method(methods: &[&str]) -> Problem {
    let allow = methods.join(", ");
    let mut problem = Problem::new(ErrorCode::MethodNotAllowed, format!("this takes {allow}"));
    problem.allow = Some(allow);
    problem
}
