//! The sandbox: one state machine. A request and the time come in, an answer goes out.

use loyalty_contract::ENDPOINTS;
use loyalty_contract::Timestamp;
use loyalty_contract::endpoint::{Endpoint, Identity, Method};
use loyalty_contract::neighbours::{NEIGHBOURS, Neighbour};
use loyalty_contract::path::{self, Route};
use loyalty_contract::schema::Record;
use loyalty_contract::validate::{self, Strictness, ViolatedRule, Violation};
use serde_json::{Map, Value, json};

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
        // In the order of creation, which is that of the slots: the fixtures' are all of one moment.
        let mut rewards: Vec<_> = ledger.rewards_by_date().iter().map(|(_, _, slot)| *slot).collect();
        rewards.sort_unstable();
        let rewards = rewards.iter().filter_map(|slot| ledger.reward(*slot)).filter(|reward| reward.active);
        let rewards: Vec<String> = rewards.map(|reward| reward.id.to_string()).collect();
        let tiers: Vec<String> = ledger.ladder().map(|tier| tier.id.to_string()).collect();
        json!({
            "apiKey": self.credentials.api_key(),
            "siteId": self.credentials.site_id(),
            "appId": self.credentials.app_id(),
            "appSecret": self.credentials.app_secret(),
            "instanceId": self.credentials.instance_id().to_string(),
            "appRefreshToken": self.credentials.app_refresh_token(),
            "members": members,
            "contacts": contacts,
            "rewards": rewards,
            "tiers": tiers,
        })
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

/// The whole payload: body or query string, and the parameters of the path. The official client sends those
/// twice; they must agree, or one of the two would be ignored in silence.
fn payload(method: &Called, params: &[(&'static str, String)], request: &Request) -> Result<Value, Failure> {
    let mut fields = if !method.has_body() {
        match path::parse_query(method.request(), request.query())? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    } else if request.body.trim().is_empty() {
        Map::new()
    } else {
        serde_json::from_str(&request.body)
            .map_err(|error| Failure::invalid_argument(format!("The body is no JSON object: {error}.")))?
    };
    for (name, value) in params {
        put(&mut fields, name, name, value)?;
    }
    Ok(Value::Object(fields))
}

/// Puts a parameter where it belongs: `tier.id` into the `tier`.
fn put(fields: &mut Map<String, Value>, whole: &str, name: &str, value: &str) -> Result<(), Failure> {
    if let Some((head, tail)) = name.split_once('.') {
        return match fields.entry(head).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(inner) => put(inner, whole, tail, value),
            _ => Err(Violation::new(head, ViolatedRule::Type, "must be an object").into()),
        };
    }
    match fields.get(name) {
        Some(Value::String(again)) if !again.eq_ignore_ascii_case(value) => {
            return Err(Violation::new(whole, ViolatedRule::Format, "is not the one in the path").into());
        }
        Some(Value::String(_) | Value::Null) | None => {}
        Some(_) => return Err(Violation::new(whole, ViolatedRule::Type, "must be a string").into()),
    }
    fields.insert(name.to_owned(), Value::from(value));
    Ok(())
}

/// What a request line names, in either table.
#[derive(Debug)]
enum Called {
    Method(&'static Endpoint),
    Neighbour(&'static Neighbour),
}

impl Called {
    fn name(&self) -> &'static str {
        match self {
            Self::Method(endpoint) => endpoint.name,
            Self::Neighbour(neighbour) => neighbour.name,
        }
    }

    fn request(&self) -> &'static Record {
        match self {
            Self::Method(endpoint) => endpoint.request,
            Self::Neighbour(neighbour) => neighbour.request,
        }
    }

    fn has_body(&self) -> bool {
        match self {
            Self::Method(endpoint) => endpoint.method == Method::Post,
            Self::Neighbour(neighbour) => neighbour.verb.has_body(),
        }
    }
}

/// A method that was found, and the parameters of its path.
#[derive(Debug)]
struct Target {
    method: Called,
    params: Vec<(&'static str, String)>,
}

/// Finds the method. The neighbours come first: `program-settings` is theirs, and no tier's id.
fn find(method: &str, path: &str) -> Result<Target, Failure> {
    let neighbour = path::neighbour(method, path);
    if let Route::Found { endpoint, params } = neighbour {
        return Ok(Target { method: Called::Neighbour(endpoint), params });
    }
    // A path without parameters is that path, and not a bad id in the place of one.
    let exact: Vec<&str> = rows().filter(|(_, own)| *own == path).map(|(method, _)| method).collect();
    if !exact.is_empty() && !exact.contains(&method) {
        return Err(Failure::wrong_method(&exact));
    }
    // The proxy's own routes are in the same table, but upstream has never heard of them.
    let own = match path::route(method, path) {
        Route::Found { endpoint, .. } if endpoint.identity == Identity::Proxy => Route::Unknown,
        _ if path.starts_with("/actions/") => Route::Unknown,
        own => own,
    };
    let bad_id = |name| Failure::from(Violation::new(name, ViolatedRule::Format, "must be a GUID"));
    match (own, neighbour) {
        (Route::Found { endpoint, params }, _) => Ok(Target { method: Called::Method(endpoint), params }),
        (Route::WrongMethod(mut methods), Route::WrongMethod(more)) => {
            methods.extend(more);
            methods.sort_unstable();
            methods.dedup();
            Err(Failure::wrong_method(&methods))
        }
        (Route::BadId { name }, _) | (_, Route::BadId { name }) => Err(bad_id(name)),
        (Route::WrongMethod(methods), _) | (_, Route::WrongMethod(methods)) => {
            Err(Failure::wrong_method(&methods))
        }
        (Route::Unknown, _) => Err(Failure::not_found("The sandbox has nothing at this path.")),
    }
}

/// Method and path of every row that upstream has, too.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let methods = ENDPOINTS.iter().filter(|row| row.identity != Identity::Proxy);
    let neighbours = NEIGHBOURS.iter().map(|row| (row.verb.as_str(), row.path));
    methods.map(|row| (row.method.as_str(), row.path)).chain(neighbours)
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
