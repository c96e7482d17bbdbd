//! The sandbox: one state machine. A request and the time come in, an answer goes out.

use loyalty_contract::Timestamp;
use loyalty_contract::endpoint::{Endpoint, Method};
use loyalty_contract::path::{self, Route};
use loyalty_contract::validate::{self, Strictness, ViolatedRule, Violation};
use serde_json::{Map, Value, json};

use crate::api::{self, Context};
use crate::auth::seal::Seal;
use crate::auth::{Credentials, authorize, oauth};
use crate::clock::Clock;
use crate::control;
use crate::error::Failure;
use crate::faults::{Fault, Faults};
use crate::fixtures;
use crate::http::{Request, Response};
use crate::ids::{IdKind, IdSource};
use crate::journal::{Entry, Journal};
use crate::ledger::Ledger;
use crate::options::Options;
use crate::store::Table;
use crate::throttle::Throttle;

/// The prefix that the official client puts before the paths on hosts that are not Wix's.
const SITE_PREFIX: &str = "/_api";

/// A local stand-in for the loyalty service of one site.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub(crate) options: Options,
    pub(crate) ids: IdSource,
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
    pub(crate) credentials: Credentials,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    cursors: Seal,
    throttle: Throttle,
    requests: u64,
    requests_set_aside: u64,
}

/// How many ids of requests are set aside at once.
const REQUESTS_AHEAD: u64 = 1_000;

impl Sandbox {
    /// A sandbox with its fixtures. `real_ms` is the time of the real clock.
    #[must_use]
    pub fn new(options: Options, real_ms: i64) -> Self {
        let mut sandbox = Self::empty(options, real_ms);
        let (options, now) = (&sandbox.options, sandbox.clock.now(real_ms));
        sandbox.ledger = fixtures::site(options.seed, options.accounts, now);
        sandbox
    }

    /// A sandbox without fixtures, whose rows are put in order once they are there.
    pub(crate) fn empty(options: Options, real_ms: i64) -> Self {
        let ids = IdSource::new(options.seed);
        let clock = options.now.map_or(Clock::Running { ahead_ms: 0 }, |at| Clock::Standing { at });
        Self {
            ids,
            clock,
            ledger: Ledger::unsettled(ids, clock.now(real_ms), 0),
            credentials: Credentials::new(options.seed, ids, options.api_key.as_deref()),
            faults: Faults::new(options.seed),
            journal: Journal::default(),
            cursors: Seal::new(options.seed, "cursor"),
            throttle: Throttle::default(),
            requests: 0,
            requests_set_aside: 0,
            options,
        }
    }

    /// Answers one request. `real_ms` is the time of the real clock.
    pub fn handle(&mut self, request: &Request, real_ms: i64) -> Response {
        if control::owns(request.path()) {
            return control::answer(self, request, real_ms);
        }
        if request.method == "OPTIONS" {
            return preflight();
        }
        let now = self.clock.now(real_ms);
        let id = self.ids.nth(IdKind::Request, self.requests).to_string();
        self.requests += 1;
        if self.requests > self.requests_set_aside {
            self.requests_set_aside = self.requests + REQUESTS_AHEAD;
            self.ledger.changes.touch(Table::Site, 0);
        }
        let path = strip_site_prefix(request.path());
        let route = find(&request.method, path);
        let operation = match &route {
            Route::Found { endpoint, .. } => Some(endpoint.name),
            _ => None,
        };
        let (answer, fault) = match self.faults.strike(request, path, operation) {
            Ok(None) => (self.carry_out(request, path, &route, now), None),
            Ok(Some(fault)) => (self.carry_out_badly(request, path, &route, now, &fault), Some(fault)),
            Err(wrong) => (Failure::invalid_argument(wrong).response(), None),
        };
        self.journal.record(Entry {
            id: id.clone(),
            at: now,
            request: request.clone(),
            operation,
            status: answer.status,
            fault: fault.and_then(|fault| serde_json::to_value(fault).ok()),
        });
        answer
            .header("x-wix-request-id", id)
            .header("access-control-allow-origin", "*")
            .header("access-control-expose-headers", "x-wix-request-id, x-wix-consistent, retry-after")
    }

    /// The number behind the last request whose id was set aside.
    pub(crate) const fn requests_set_aside(&self) -> u64 {
        self.requests_set_aside
    }

    /// Goes on with the requests behind those that were set aside: which of them were used, nobody knows.
    pub(crate) const fn resume_requests(&mut self, set_aside: u64) {
        self.requests = set_aside;
        self.requests_set_aside = set_aside;
    }

    /// What the ready line tells, the address apart.
    #[must_use]
    pub fn ready(&self) -> Value {
        let ledger = &self.ledger;
        let members: Vec<Value> = ledger
            .accounts()
            .iter()
            .filter_map(|account| {
                let contact = ledger.contact(account.contact)?;
                let member = contact.member?;
                Some(json!({
                    "name": &*contact.name,
                    "memberId": member.to_string(),
                    "contactId": contact.id.to_string(),
                    "accountId": account.id.to_string(),
                    "token": self.credentials.member_token(member),
                }))
            })
            .take(fixtures::NAMED_MEMBERS)
            .collect();
        let spare = ledger.contacts().iter().skip(self.options.accounts as usize);
        let contacts: Vec<Value> = spare
            .filter(|contact| contact.account.is_none())
            .map(|contact| json!({ "contactId": contact.id.to_string() }))
            .collect();
        json!({
            "apiKey": self.credentials.api_key(),
            "siteId": self.credentials.site_id(),
            "members": members,
            "contacts": contacts,
        })
    }

    fn carry_out(&mut self, request: &Request, path: &str, route: &Route, now: Timestamp) -> Response {
        match self.serve(request, path, route, now) {
            Ok(answer) => Response::json(200, &answer),
            Err(Refused { failure, wait_seconds: None }) => failure.response(),
            Err(Refused { failure, wait_seconds: Some(wait) }) => {
                failure.response().header("retry-after", wait.to_string())
            }
        }
    }

    fn carry_out_badly(
        &mut self,
        request: &Request,
        path: &str,
        route: &Route,
        now: Timestamp,
        fault: &Fault,
    ) -> Response {
        let answer =
            if fault.applies() { self.carry_out(request, path, route, now) } else { Response::empty(200) };
        fault.spoil(answer)
    }

    fn serve(
        &mut self,
        request: &Request,
        path: &str,
        route: &Route,
        now: Timestamp,
    ) -> Result<Value, Refused> {
        if path == oauth::PATH {
            if request.method != "POST" {
                return Err(Failure::wrong_method(&["POST"]).into());
            }
            self.ledger.changes.touch(Table::Site, 0);
            return Ok(self.credentials.token_call(request, &self.ledger, self.ids, now)?);
        }
        let (endpoint, params) = match route {
            Route::Found { endpoint, params } => (*endpoint, params),
            Route::WrongMethod(methods) => return Err(Failure::wrong_method(methods).into()),
            Route::BadId { name } => {
                return Err(
                    Failure::from(Violation::new(name, ViolatedRule::Format, "must be a GUID")).into()
                );
            }
            Route::Unknown => {
                return Err(Failure::not_found("The sandbox has nothing at this path.").into());
            }
        };
        let caller = self.credentials.identify(request, now)?;
        authorize(caller, endpoint)?;
        if let Some(most) = self.options.throttle {
            let credential = request.get("authorization").unwrap_or_default();
            self.throttle
                .count(credential, most, now)
                .map_err(|wait| Refused { failure: Failure::throttled(most), wait_seconds: Some(wait) })?;
        }
        let payload = payload(endpoint, params, request)?;
        let behaviour = self.options.behaviour();
        let strictness = if behaviour.lenient { Strictness::Lenient } else { Strictness::Strict };
        let violations = validate::request(endpoint, &payload, strictness);
        if !violations.is_empty() {
            return Err(Failure::Validation(violations).into());
        }
        let mut context =
            Context { ledger: &mut self.ledger, behaviour, cursors: &self.cursors, caller, now };
        Ok(api::call(endpoint, payload, &mut context)?)
    }
}

/// A refusal, and how long to wait where waiting helps.
struct Refused {
    failure: Failure,
    wait_seconds: Option<i64>,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, wait_seconds: None }
    }
}

/// The whole payload: body or query string, and the parameters of the path. The official client sends those
/// twice; they must agree, or one of the two would be ignored in silence.
fn payload(
    endpoint: &'static Endpoint,
    params: &[(&'static str, String)],
    request: &Request,
) -> Result<Value, Failure> {
    let mut fields = match endpoint.method {
        Method::Get => match path::parse_query(endpoint.request, request.query())? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        },
        Method::Post if request.body.trim().is_empty() => Map::new(),
        Method::Post => serde_json::from_str(&request.body)
            .map_err(|error| Failure::invalid_argument(format!("The body is no JSON object: {error}.")))?,
    };
    for (name, value) in params {
        match fields.get(*name) {
            Some(Value::String(again)) if !again.eq_ignore_ascii_case(value) => {
                return Err(Violation::new(name, ViolatedRule::Format, "is not the one in the path").into());
            }
            Some(Value::String(_) | Value::Null) | None => {}
            Some(_) => return Err(Violation::new(name, ViolatedRule::Type, "must be a string").into()),
        }
        fields.insert((*name).to_owned(), Value::from(value.as_str()));
    }
    Ok(Value::Object(fields))
}

/// The proxy's own routes are in the same table, but upstream has never heard of them.
fn find(method: &str, path: &str) -> Route {
    if path.starts_with("/actions/") { Route::Unknown } else { path::route(method, path) }
}

fn strip_site_prefix(path: &str) -> &str {
    path.strip_prefix(SITE_PREFIX).filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// Upstream is called from pages of any origin, with a token and never with cookies.
fn preflight() -> Response {
    Response::empty(204)
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "GET, POST")
        .header(
            "access-control-allow-headers",
            "authorization, content-type, x-wix-bi-gateway, x-wix-consistent, wix-site-id, wix-account-id",
        )
        .header("access-control-max-age", "600")
}
