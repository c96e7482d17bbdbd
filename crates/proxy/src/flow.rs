//! The order of it all: from a request to its answer.

use crate::answered::{Answered, Shown};
use crate::audit::Trail;
use crate::backend::{self, Order};
use crate::boundary::{self, Origin};
use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::config::Config;
use crate::decide::{Scope, Verdict, decide};
use crate::effect::{Answer, Auth, Effect, Event, Summary, UpstreamCall};
use crate::known::Known;
use crate::problem::Problem;
use crate::rate::{self, Rates, Told};
use crate::request::Request;
use crate::route::{self, Target};
use crate::shell::Shell;
use crate::store::StoreOp;
use crate::twin::Twin;
use crate::upstream::{self, Outcome};
use crate::{adjust, bulk, document, earn, idempotency, me, once, own, payload, preview, session, webhook};
use loyalty_contract::endpoint::Method;
use loyalty_contract::{Endpoint, ErrorCode, Operation};
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// How long it is believed that the store is well, or not.
const READY_MS: i64 = 1_000;

/// What the steps of one request share.
pub(crate) struct Context {
    pub(crate) config: Rc<Config>,
    pub(crate) request: Request,
    pub(crate) shell: Shell,
    pub(crate) trail: Trail,
    pub(crate) rates: Rates,
}

/// An answer before its headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Which answer of upstream the body is to the letter, by its number.
    pub(crate) came: Option<u32>,
    pub(crate) consistent: Option<String>,
    /// Where a browser goes on to.
    pub(crate) location: Option<String>,
}

impl Reply {
    pub(crate) fn ok(value: &Value, consistent: Option<String>) -> Self {
        Self { status: 200, body: value.to_string(), consistent, ..Self::default() }
    }
}

/// Answers a request. Never fails: what goes wrong is an answer too.
pub(crate) async fn answer(config: Rc<Config>, request: Request, shell: Shell) -> Answer {
    let context = Context { config, request, shell, trail: Trail::default(), rates: Rates::default() };
    let origin = match boundary::origin(&context.config, &context.request) {
        Ok(origin) => origin,
        Err(problem) => return context.refuse(&problem, &None),
    };
    if boundary::is_preflight(&context.request) {
        return boundary::preflight(&context.request.request_id, &origin);
    }
    let result = context.handle(&origin).await;
    context.close_trail(&result).await;
    match result {
        Ok(reply) => context.reply(reply, &origin),
        Err(problem) => context.refuse(&problem, &origin),
    }
}

/// Carries out an order of the developer's own backend.
pub(crate) async fn order(config: Rc<Config>, order: Order, request_id: String, shell: Shell) -> Answer {
    let request = Request { method: "ORDER".to_owned(), request_id, ..Request::default() };
    let context = Context { config, request, shell, trail: Trail::default(), rates: Rates::default() };
    let result = backend::carry_out(&context, order).await;
    context.close_trail(&result).await;
    match result {
        Ok(reply) => context.reply(reply, &None),
        Err(problem) => context.refuse(&problem, &None),
    }
}

/// The answer where nothing is left to do: a shell that goes on after the end.
pub(crate) fn nothing_left() -> Effect {
    let problem = Problem::new(ErrorCode::ProxyInternal, "the proxy failed; its log has the request id");
    Effect::Answer {
        answer: Answer {
            status: problem.status(),
            head: Twin::new(vec![
                ("content-type", "application/problem+json".to_owned()),
                ("cache-control", "no-store".to_owned()),
                ("x-content-type-options", "nosniff".to_owned()),
            ]),
            rest: Vec::new(),
            request_id: String::new(),
            body: problem.body(""),
            as_it_came: false,
            log: vec!["the exchange was stepped out of order".to_owned()],
            summary: Summary { code: Some(problem.code.as_str()), ..Summary::default() },
        },
    }
}

impl Context {
    async fn handle(&self, origin: &Origin) -> Result<Reply, Problem> {
        if !route::is_mounted(&self.config, &self.request) {
            return Err(Problem::new(ErrorCode::NotFound, "the proxy is mounted at another path"));
        }
        if route::is_navigation(&self.config, &self.request) {
            session::navigation(&self.request)?;
        } else if !route::is_open(&self.config, &self.request) {
            boundary::client(&self.config, &self.request, origin)?;
        }
        let target = route::route(&self.config, &self.request)?;
        if self.request.method == Method::Post.as_str() && !matches!(target, Target::Webhook) {
            boundary::content_type(&self.request)?;
        }
        let (operation, action) = match &target {
            Target::Health { ready } => return self.health(*ready).await,
            Target::Webhook => return webhook::receive(self).await,
            Target::Me => return self.me().await,
            Target::Document => return document::serve(self).await,
            Target::Call { endpoint, .. } => {
                if !endpoint.is_write() {
                    self.shell.changes_nothing();
                }
                (endpoint.operation, None)
            }
            Target::Session(way) => return session::walk(self, *way).await,
            Target::Action { name } | Target::Preview { name } => (Operation::Earn, Some(name.as_str())),
        };
        self.trail.operation(operation, action);
        // Who may earn may ask what it would be. It is no claim: it counts as a call, and not as one of the action, and
        // a proof of the bot check that is good for once is left for the claim.
        let previews = matches!(target, Target::Preview { .. });
        if previews {
            self.shell.changes_nothing();
            self.trail.route("preview");
        }
        let caller = self.identify().await?;
        let verdict = decide(&self.config.policy, &caller, operation, action);
        let allowed = matches!(verdict, Verdict::Allow(_));
        rate::incoming(self, &caller, action.filter(|_| allowed && !previews)).await?;
        let scope = match verdict {
            Verdict::Allow(scope) => scope,
            Verdict::Deny(why) => return Err(self.deny(&caller, operation, why).await),
        };
        if !previews && self.config.policy.needs_bot_check(operation, action) {
            self.shell.bot_check(&caller, operation.endpoint().name, action).await?;
        }
        match target {
            Target::Action { name } => earn::earn(self, &caller, &name).await,
            Target::Preview { name } => preview::preview(self, &caller, &name).await,
            Target::Call { endpoint, params } => {
                let payload = self.payload(&caller, endpoint, &params).await?;
                match scope {
                    Scope::Own => own::call(self, &caller, endpoint, &payload).await,
                    Scope::Any => self.any(&caller, endpoint, &payload).await,
                }
            }
            Target::Health { .. } | Target::Webhook | Target::Document | Target::Me | Target::Session(_) => {
                Err(self.shell.broken("a route of our own went on as a method"))
            }
        }
    }

    /// Who calls. A token that is refused is a verdict too, and is written down.
    async fn identify(&self) -> Result<Rc<Known>, Problem> {
        rate::arriving(self).await?;
        let caller = self.shell.identify().await;
        match &caller {
            Ok(caller) => self.trail.caller(caller),
            Err(_) => self.trail.somebody(json!({ "role": "unknown" })),
        }
        caller
    }

    /// Alive, and where that is asked, ready: the store answers. Many who ask at once are one look at it.
    async fn health(&self, ready: bool) -> Result<Reply, Problem> {
        self.trail.route("health");
        if !ready {
            return Ok(Reply::ok(&json!({ "status": "ok" }), None));
        }
        let key = Twin::new(fingerprint(&["ready", &self.config.site_id]));
        let well = match self.shell.recall(&key).await {
            Some(text) => text == "ok",
            None => {
                let now = self.shell.now().0;
                let well = self.shell.store(StoreOp::Get { key: key.to_string(), now }).await.is_ok();
                let text = if well { "ok" } else { "away" };
                self.shell.share(key, Some(text.to_owned()), now + READY_MS, Vec::new()).await;
                well
            }
        };
        if well {
            return Ok(Reply::ok(&json!({ "status": "ok", "store": "ok" }), None));
        }
        Err(Problem::new(ErrorCode::Unavailable, "the proxy's store does not answer; try again")
            .retry_after(2))
    }

    async fn me(&self) -> Result<Reply, Problem> {
        self.shell.changes_nothing();
        self.trail.route("me");
        let caller = self.identify().await?;
        rate::incoming(self, &caller, None).await?;
        me::me(self, &caller).await
    }

    /// The refusal of a call. Where a customer tried to say an amount, it names the field (P5).
    async fn deny(&self, caller: &Caller, operation: Operation, why: &str) -> Problem {
        let mut problem = Problem::new(ErrorCode::PermissionDenied, why);
        let moves_points = matches!(
            operation,
            Operation::EarnPoints | Operation::AdjustPoints | Operation::BulkAdjustPoints
        );
        if moves_points && caller.role.is_customer() {
            let body = self.shell.body(payload::MAX_BODY).await;
            problem.violations = body
                .and_then(|text| payload::parse_body(&text))
                .map(|body| payload::named_amounts(&body))
                .unwrap_or_default();
        }
        problem
    }

    /// The body of a POST.
    pub(crate) async fn body(&self) -> Result<Map<String, Value>, Problem> {
        payload::parse_body(&self.shell.body(payload::MAX_BODY).await?)
    }

    async fn payload(
        &self,
        caller: &Caller,
        endpoint: &'static Endpoint,
        params: &[(&'static str, String)],
    ) -> Result<Value, Problem> {
        let body = match endpoint.method {
            Method::Get => None,
            Method::Post => Some(self.body().await?),
        };
        let payload = payload::assemble(endpoint, params, self.request.split().1, body)?;
        let mask = self.config.policy.mask(caller.role, endpoint.operation);
        let refused = mask.map(|mask| mask.refused(endpoint, &payload)).unwrap_or_default();
        if refused.is_empty() { Ok(payload) } else { Err(payload::masked(refused)) }
    }

    /// A call of any account: what staff and admin may, and what is the same for everybody.
    pub(crate) async fn any(
        &self,
        caller: &Caller,
        endpoint: &'static Endpoint,
        payload: &Value,
    ) -> Result<Reply, Problem> {
        if !endpoint.is_write() {
            let (answer, consistent) = self.read_any(endpoint, payload).await?;
            return Ok(self.shown(caller, endpoint, answer, consistent));
        }
        // The official client can't send the header: without it the write is accepted and not replayable.
        let key = idempotency::key(self.request.idempotency_key.as_deref())?;
        let once = key.and_then(|key| once::Once::for_call(self, caller, endpoint, payload, &key));
        once::run(self, once, async |_| {
            let (answer, consistent) = match endpoint.operation {
                Operation::AdjustPoints => adjust::adjust(self, endpoint, payload).await?,
                Operation::BulkAdjustPoints => {
                    // Behind the record: a repeat is answered, and neither counted nor held against the accounts of now.
                    bulk::check(self, payload).await.map_err(once::Failure::Refused)?;
                    own::write(self, endpoint, payload, Auth::Credential).await?
                }
                _ => own::write(self, endpoint, payload, Auth::Credential).await?,
            };
            Ok(self.shown(caller, endpoint, answer, consistent))
        })
        .await
    }

    /// An upstream answer as this caller may see it (P6).
    pub(crate) fn shown(
        &self,
        caller: &Caller,
        endpoint: &'static Endpoint,
        answer: Answered,
        consistent: Option<String>,
    ) -> Reply {
        let (record, is_customer) = (endpoint.response, caller.role.is_customer());
        let mask = self.config.policy.mask(caller.role, endpoint.operation);
        if let Some(mask) = mask.filter(|mask| mask.answer.is_some()) {
            return Reply::ok(&mask.masked(record, answer.seen(record, is_customer)), consistent);
        }
        let came = answer.came;
        match answer.shown(record, is_customer) {
            Shown::AsItCame(body) => Reply { status: 200, body, came, consistent, location: None },
            Shown::Made(body) => Reply { status: 200, body, consistent, ..Reply::default() },
        }
    }

    /// One call upstream.
    pub(crate) async fn send(&self, endpoint: &'static Endpoint, payload: &Value, auth: Auth) -> Outcome {
        match self.exchange(endpoint, payload, auth).await {
            Ok(event) => self.understood(endpoint, auth, &event),
            Err(problem) => Outcome::Refused(problem),
        }
    }

    /// What an answer means that has just come. The log is told of one that is upstream's fault.
    pub(crate) fn understood(&self, endpoint: &'static Endpoint, auth: Auth, event: &Event) -> Outcome {
        let mut outcome = upstream::read(endpoint, auth, event);
        match &mut outcome {
            Outcome::Done { answer, .. } => answer.came = Some(self.shell.replies()),
            Outcome::Refused(problem) | Outcome::Unknown(problem) => {
                if matches!(problem.code.status(), 500..) {
                    self.shell.log(format!("upstream {}: {}", endpoint.name, problem.code.as_str()));
                }
            }
        }
        outcome
    }

    /// The same, as it comes: an error where nothing was sent.
    pub(crate) async fn exchange(
        &self,
        endpoint: &'static Endpoint,
        payload: &Value,
        auth: Auth,
    ) -> Result<Event, Problem> {
        let call = upstream::call(endpoint, payload, auth, self.request.consistent.as_deref());
        self.exchange_by(call.map(Twin::new)).await
    }

    /// The same with a call that is there; `None` where an id made no path.
    pub(crate) async fn exchange_by(&self, call: Option<Twin<UpstreamCall>>) -> Result<Event, Problem> {
        rate::upstream(self).await?;
        let call = call.ok_or_else(|| Problem::argument("", "FORMAT", "an id in the path is not a GUID"))?;
        Ok(self.shell.upstream(call).await)
    }

    /// A call upstream that changes nothing.
    pub(crate) async fn read(
        &self,
        endpoint: &'static Endpoint,
        payload: &Value,
        auth: Auth,
    ) -> Result<(Answered, Option<String>), Problem> {
        self.send(endpoint, payload, auth).await.done()
    }

    async fn close_trail(&self, result: &Result<Reply, Problem>) {
        let Some(record) = self.trail.outcome(self, result) else { return };
        // The answer stands by now; that its record is missing is in the log.
        let _ = self.shell.audit(record).await;
    }

    fn reply(&self, reply: Reply, origin: &Origin) -> Answer {
        let mut told = self.told(None);
        if let Some(location) = reply.location {
            told.headers.push(("location", location));
            // The path that led here holds a code; it is nobody's business on the next page.
            told.headers.push(("referrer-policy", "no-referrer".to_owned()));
        }
        if let Some(consistent) = reply.consistent {
            told.headers.push(("x-wix-consistent", consistent));
        }
        let as_it_came = reply.came == Some(self.shell.replies());
        Answer { as_it_came, ..self.answer(reply.status, origin, told, reply.body, None) }
    }

    fn refuse(&self, problem: &Problem, origin: &Origin) -> Answer {
        let mut told = self.told(Some(problem));
        if let Some(allow) = &problem.allow {
            told.headers.push(("allow", allow.clone()));
        }
        let body = problem.body(&self.request.request_id);
        self.answer(problem.status(), origin, told, body, Some(problem.code))
    }

    fn answer(
        &self,
        status: u16,
        origin: &Origin,
        told: Told,
        body: String,
        code: Option<ErrorCode>,
    ) -> Answer {
        let head = self.config.heads.of(origin, content_type(status), &told.limits);
        let request_id = self.request.request_id.clone();
        let (log, summary) = (self.shell.take_log(), self.trail.summary(self, code));
        Answer { status, head, rest: told.headers, request_id, body, as_it_came: false, log, summary }
    }
}

const fn content_type(status: u16) -> &'static str {
    match status {
        200 => "application/json; charset=utf-8",
        303 => "text/plain; charset=utf-8",
        _ => "application/problem+json; charset=utf-8",
    }
}
