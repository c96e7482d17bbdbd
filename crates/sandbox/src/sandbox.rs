//! The sandbox: one state machine. A request and the time come in, an answer goes out.

use loyalty_contract::Timestamp;
use loyalty_contract::validate::{self, Strictness};
use serde_json::Value;

use crate::api::{self, Context};
use crate::auth::seal::Seal;
use crate::auth::{Caller, Credentials, app, authorize, authorize_neighbour, oauth};
use crate::behaviour::Tolerance;
use crate::clock::Clock;
use crate::control;
use crate::error::Failure;
use crate::events::Cause;
use crate::faults::{Fault, Faults};
use crate::fixtures;
use crate::http::{Request, Response};
use crate::ids::{IdKind, IdSource};
use crate::jobs::{self, Jobs};
use crate::journal::{Entry, Journal};
use crate::ledger::Ledger;
use crate::ledger::table::Kept;
use crate::options::Options;
use crate::route::{Called, Target, find, payload};
use crate::store::Keeping;
use crate::throttle::Throttle;

/// The prefix that the official client puts before the paths on hosts that are not Wix's.
const SITE_PREFIX: &str = "/_api";
/// Where the sandbox describes itself, to anybody.
const OPENAPI_PATH: &str = "/openapi.json";

/// A local stand-in for the loyalty service of one site.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub(crate) options: Options,
    pub(crate) ids: IdSource,
    pub(crate) clock: Kept<Clock>,
    pub(crate) ledger: Ledger,
    pub(crate) jobs: Jobs,
    pub(crate) credentials: Credentials,
    pub(crate) faults: Kept<Faults>,
    pub(crate) journal: Journal,
    cursors: Seal,
    throttle: Throttle,
    requests: u64,
    requests_set_aside: Kept<u64>,
    /// The key that events are signed with, for a shell that wants the same one after a restart.
    pub(crate) signing_key: Option<String>,
    /// Whether somebody keeps all this.
    pub(crate) keeping: Keeping,
}

/// How many ids of requests are set aside at once.
const REQUESTS_AHEAD: u64 = 1_000;

impl Sandbox {
    /// A sandbox with its fixtures. `real_ms` is the time of the real clock.
    #[must_use]
    pub fn new(options: Options, real_ms: i64) -> Self {
        let mut sandbox = Self::empty(options, real_ms);
        let (options, now) = (&sandbox.options, sandbox.clock.now(real_ms));
        let mut ledger = fixtures::site(options.seed, options.accounts, now);
        ledger.revision_bump = options.behaviour.revision_bump;
        // From here on: the fixtures are no news.
        let instance = sandbox.credentials.instance_id();
        ledger.events.begin(options.seed, instance, options.webhooks.clone());
        sandbox.ledger = ledger;
        sandbox
    }

    /// A sandbox without fixtures, whose rows are put in order once they are there.
    pub(crate) fn empty(options: Options, real_ms: i64) -> Self {
        let ids = IdSource::new(options.seed);
        let clock = options.now.map_or(Clock::Running { ahead_ms: 0 }, |at| Clock::Standing { at });
        let mut ledger = Ledger::unsettled(ids, clock.now(real_ms), 0);
        ledger.revision_bump = options.behaviour.revision_bump;
        Self {
            ids,
            clock: Kept::new(clock),
            ledger,
            jobs: Jobs::new(ids, clock.now(real_ms)),
            credentials: Credentials::new(options.seed, ids, options.api_key.as_deref()),
            faults: Kept::new(Faults::new(options.seed, options.faults.as_ref())),
            journal: Journal::default(),
            cursors: Seal::new(options.seed, "cursor"),
            throttle: Throttle::default(),
            requests: 0,
            requests_set_aside: Kept::new(0),
            signing_key: None,
            keeping: Keeping::Not,
            options,
        }
    }

    /// Answers one request. `real_ms` is the time of the real clock.
    pub fn handle(&mut self, request: &Request, real_ms: i64) -> Response {
        self.settle(real_ms);
        let mut answer = self.answer(request, real_ms);
        answer.effects.wake_ms = self.wake_ms(real_ms);
        answer
    }

    /// Carries out what is due by now. Gives the milliseconds until something else is, if anything will be.
    /// A shell that never calls it loses nothing: each request begins with it too.
    pub fn tick(&mut self, real_ms: i64) -> Option<u32> {
        self.settle(real_ms);
        self.wake_ms(real_ms)
    }

    fn settle(&mut self, real_ms: i64) {
        let clock = *self.clock;
        // Only an app starts a job.
        self.ledger.events.set_cause(self.credentials.cause(Caller::App));
        self.jobs.work(&mut self.ledger, clock.now(real_ms), clock.is_still());
        self.ledger.events.set_cause(Cause::Unknown);
        self.ledger.end_redemptions(real_ms, |due| clock.now(due));
        self.keep_time(real_ms);
    }

    /// What the sandbox's own clock brings about.
    pub(crate) fn keep_time(&mut self, real_ms: i64) {
        let now = self.clock.now(real_ms);
        // Whoever moved the clock, what time brings about is nobody's deed.
        self.ledger.events.set_cause(Cause::Unknown);
        self.ledger.expire_due(now);
        self.ledger.move_window(now);
    }

    fn wake_ms(&self, real_ms: i64) -> Option<u32> {
        let due = self.ledger.next_coupon_ms()?;
        u32::try_from(due.saturating_sub(real_ms).max(0)).ok()
    }

    fn answer(&mut self, request: &Request, real_ms: i64) -> Response {
        if control::owns(request.path()) {
            return control::answer(self, request, real_ms);
        }
        if request.method == "OPTIONS" {
            return preflight();
        }
        let now = self.clock.now(real_ms);
        let id = self.ids.nth(IdKind::Request, self.requests).to_string();
        self.requests += 1;
        if self.requests > *self.requests_set_aside {
            *self.requests_set_aside = self.requests + REQUESTS_AHEAD;
        }
        let path = strip_site_prefix(request.path());
        let route = find(&request.method, path);
        let operation = match &route {
            Ok(found) => Some(found.method.name()),
            Err(_) => None,
        };
        let moment = Moment { now, real_ms };
        let struck = Faults::of_header(request).map(|own| own.or_else(|| self.strike(path, operation)));
        let (answer, fault) = match struck {
            Ok(None) => (self.carry_out(request, path, &route, moment), None),
            Ok(Some(fault)) => (self.carry_out_badly(request, path, &route, moment, &fault), Some(fault)),
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

    /// Asked only where there are rules: each call that they see counts for them.
    fn strike(&mut self, path: &str, operation: Option<&str>) -> Option<Fault> {
        if self.faults.is_idle() { None } else { self.faults.strike(path, operation) }
    }

    /// The number behind the last request whose id was set aside.
    pub(crate) fn requests_set_aside(&self) -> u64 {
        *self.requests_set_aside
    }

    /// Whether ids of requests were set aside since the last time.
    pub(crate) const fn take_set_aside(&mut self) -> bool {
        self.requests_set_aside.take_written()
    }

    /// Lets the row of the site be written.
    pub(crate) fn set_site_aside(&mut self) {
        self.requests_set_aside.note();
    }

    /// Goes on with the requests behind those that were set aside: which of them were used, nobody knows.
    pub(crate) fn resume_requests(&mut self, set_aside: u64) {
        self.requests = set_aside;
        *self.requests_set_aside = set_aside;
    }

    /// The key that events are signed with, as the shell gave it.
    #[must_use]
    pub fn signing_key(&self) -> Option<&str> {
        self.signing_key.as_deref()
    }

    /// Keeps the key that events are signed with.
    pub fn keep_signing_key(&mut self, key: String) {
        self.signing_key = Some(key);
        self.set_site_aside();
    }

    fn carry_out(
        &mut self,
        request: &Request,
        path: &str,
        route: &Result<Target, Failure>,
        moment: Moment,
    ) -> Response {
        match self.serve(request, path, route, moment) {
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
        route: &Result<Target, Failure>,
        moment: Moment,
        fault: &Fault,
    ) -> Response {
        let answer =
            if fault.applies() { self.carry_out(request, path, route, moment) } else { Response::empty(200) };
        fault.spoil(answer)
    }

    fn serve(
        &mut self,
        request: &Request,
        path: &str,
        route: &Result<Target, Failure>,
        Moment { now, real_ms }: Moment,
    ) -> Result<Value, Refused> {
        if path == OPENAPI_PATH {
            if request.method != "GET" {
                return Err(Failure::wrong_method(&["GET"]).into());
            }
            return Ok(loyalty_openapi::sandbox());
        }
        if path == oauth::PATH {
            if request.method != "POST" {
                return Err(Failure::wrong_method(&["POST"]).into());
            }
            return Ok(self.credentials.token_call(request, &self.ledger, self.ids, now)?);
        }
        if let Some(place) = jobs::find(path) {
            return self.serve_job(request, place, now);
        }
        if app::owns(path) {
            if request.method != "POST" {
                return Err(Failure::wrong_method(&["POST"]).into());
            }
            return Ok(self.credentials.app_call(path, request, now)?);
        }
        let Target { method, params } = route.as_ref().map_err(Clone::clone)?;
        let caller = self.credentials.identify(request, now)?;
        match method {
            Called::Method(endpoint) => authorize(caller, endpoint)?,
            Called::Neighbour(neighbour) => authorize_neighbour(caller, neighbour)?,
        }
        self.ledger.events.set_cause(self.credentials.cause(caller));
        self.count(request, now)?;
        let mut payload = payload(method, params, request)?;
        let behaviour = self.options.behaviour();
        let lenient = behaviour.unknown_field == Tolerance::Ignore;
        let strictness = if lenient { Strictness::Lenient } else { Strictness::Strict };
        let violations = match method {
            Called::Method(endpoint) => validate::request(endpoint, &payload, strictness),
            Called::Neighbour(neighbour) => validate::plain_request(neighbour.request, &payload, strictness),
        };
        match method {
            Called::Method(endpoint) => behaviour.settle(endpoint, &mut payload, violations)?,
            Called::Neighbour(_) if violations.is_empty() => {}
            Called::Neighbour(_) => return Err(Failure::Validation(violations).into()),
        }
        let mut context = Context {
            ledger: &mut self.ledger,
            jobs: &mut self.jobs,
            behaviour,
            cursors: &self.cursors,
            caller,
            now,
            real_ms,
        };
        Ok(match method {
            Called::Method(endpoint) => api::call(endpoint, payload, &mut context)?,
            Called::Neighbour(neighbour) => api::neighbours::call(neighbour, payload, &mut context)?,
        })
    }

    /// Calls of `/async-jobs`, which are another service's upstream and so in no row of the table.
    fn serve_job(
        &mut self,
        request: &Request,
        place: jobs::Place<'_>,
        now: Timestamp,
    ) -> Result<Value, Refused> {
        if request.method != "GET" {
            return Err(Failure::wrong_method(&["GET"]).into());
        }
        if self.credentials.identify(request, now)? != Caller::App {
            return Err(Failure::permission_denied("Async jobs need an app's credential.").into());
        }
        self.count(request, now)?;
        Ok(self.jobs.answer(place, request.query(), &self.ledger, &self.cursors)?)
    }

    /// Counts a call of a credential, where calls are throttled.
    fn count(&mut self, request: &Request, now: Timestamp) -> Result<(), Refused> {
        let Some(most) = self.options.throttle else { return Ok(()) };
        let credential = request.get("authorization").unwrap_or_default();
        self.throttle
            .count(credential, most, now)
            .map_err(|wait| Refused { failure: Failure::throttled(most), wait_seconds: Some(wait) })
    }
}

/// The time of a request, by both clocks.
#[derive(Debug, Clone, Copy)]
struct Moment {
    now: Timestamp,
    real_ms: i64,
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

fn strip_site_prefix(path: &str) -> &str {
    path.strip_prefix(SITE_PREFIX).filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// Upstream is called from pages of any origin, with a token and never with cookies.
fn preflight() -> Response {
    Response::empty(204)
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE")
        .header(
            "access-control-allow-headers",
            "authorization, content-type, x-wix-bi-gateway, x-wix-consistent, wix-site-id, wix-account-id",
        )
        .header("access-control-max-age", "600")
}
