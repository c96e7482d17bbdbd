//! Tokens of an app: what a backend that is installed on the site signs in with, as the official `AppStrategy` asks.

use loyalty_contract::Timestamp;
use serde_json::{Map, Value, json};

use super::seal::Seal;
use super::token::{self, ACCESS_PREFIX, REFRESH_PREFIX, Subject};
use super::{Caller, Credentials};
use crate::error::Failure;
use crate::events::Cause;
use crate::http::Request;
use crate::ids::{Id, IdKind, IdSource};

const ACCESS_PATH: &str = "/oauth/access";
const INFO_PATH: &str = "/oauth2/token-info";

/// The one app of the site.
#[derive(Debug, Clone)]
pub(crate) struct App {
    id: Id,
    instance: Id,
    owner: Id,
    secret: String,
}

impl App {
    /// The app of a seed.
    #[must_use]
    pub(crate) fn new(seed: u64, ids: IdSource) -> Self {
        let [id, instance, owner] = [1, 2, 3].map(|n| ids.nth(IdKind::Site, n));
        Self { id, instance, owner, secret: Seal::new(seed, "app secret").secret() }
    }
}

/// Whether the path is one of the calls here. The grants of `/oauth2/token` come by way of that call.
#[must_use]
pub(crate) fn owns(path: &str) -> bool {
    matches!(path, ACCESS_PATH | INFO_PATH)
}

type Body = Map<String, Value>;

fn need<'a>(body: &'a Body, name: &str) -> Result<&'a str, Failure> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Failure::invalid_argument(format!("{name} is missing.")))
}

impl Credentials {
    /// The app's id.
    #[must_use]
    pub(crate) fn app_id(&self) -> String {
        self.app.id.to_string()
    }

    /// The app's secret.
    #[must_use]
    pub(crate) fn app_secret(&self) -> &str {
        &self.app.secret
    }

    /// The id of the app on this site.
    #[must_use]
    pub(crate) fn instance_id(&self) -> Id {
        self.app.instance
    }

    /// The refresh token that the app was given when it was installed.
    #[must_use]
    pub(crate) fn app_refresh_token(&self) -> String {
        token::make(&self.seal, REFRESH_PREFIX, Subject::App(self.app.instance), None)
    }

    /// Who an event says it was.
    #[must_use]
    pub(crate) fn cause(&self, caller: Caller) -> Cause {
        match caller {
            Caller::App => Cause::App(self.app.id),
            Caller::Member(id) => Cause::Member(id),
            Caller::Visitor => Cause::Unknown,
        }
    }

    /// Who gives orders by the control plane.
    #[must_use]
    pub(crate) fn owner(&self) -> Cause {
        Cause::Owner(self.app.owner)
    }

    /// Answers a call of one of the two paths here.
    ///
    /// # Errors
    /// 400 for what is missing or wrong, 401 for a bad secret or token.
    pub(crate) fn app_call(&self, path: &str, request: &Request, now: Timestamp) -> Result<Value, Failure> {
        let body: Body = serde_json::from_str(&request.body)
            .map_err(|_| Failure::invalid_argument("The call takes a JSON object."))?;
        if path == INFO_PATH {
            return self.token_info(need(&body, "token")?, now);
        }
        match need(&body, "grant_type")? {
            "refresh_token" => {
                self.check_app(&body)?;
                let refresh = need(&body, "refresh_token")?;
                match token::read(&self.seal, REFRESH_PREFIX, refresh, now) {
                    Some(app @ Subject::App(_)) => Ok(self.pair(app, now)),
                    _ => Err(Failure::unauthenticated("The refresh token is not one of this app.")),
                }
            }
            other => Err(Failure::invalid_argument(format!(
                "The sandbox does not know the grant \"{other}\" here; it knows refresh_token."
            ))),
        }
    }

    /// `client_credentials`
    pub(super) fn app_signs_in(&self, body: &Body, now: Timestamp) -> Result<Value, Failure> {
        self.check_app(body)?;
        if Id::parse(need(body, "instance_id")?) != Some(self.app.instance) {
            return Err(Failure::unauthenticated("The app is not installed with this instance_id."));
        }
        Ok(self.pair(Subject::App(self.app.instance), now))
    }

    /// `strip_bound_session`: a token that a page's session was bound to, without the bond. The sandbox binds none.
    pub(super) fn unbind(&self, body: &Body, now: Timestamp) -> Result<Value, Failure> {
        self.check_secret(need(body, "client_secret")?)?;
        let subject = token::read(&self.seal, ACCESS_PREFIX, need(body, "access_token")?, now)
            .ok_or_else(|| Failure::unauthenticated("The access token is not one of this sandbox."))?;
        Ok(self.pair(subject, now))
    }

    fn token_info(&self, token: &str, now: Timestamp) -> Result<Value, Failure> {
        let open = |prefix| token::open(&self.seal, prefix, token, now);
        let (subject, end) = open(ACCESS_PREFIX)
            .or_else(|| open(REFRESH_PREFIX))
            .ok_or_else(|| Failure::unauthenticated("The token is not one of this sandbox."))?;
        let (kind, id) = match subject {
            Subject::App(_) => ("APP", self.app.id),
            Subject::Member(id) => ("MEMBER", id),
            Subject::Visitor(id) => ("VISITOR", id),
        };
        let is_app = kind == "APP";
        Ok(json!({
            "active": true,
            "subjectType": kind,
            "subjectId": id.to_string(),
            "exp": end.map(|end| end.to_string()),
            "siteId": self.site_id,
            "clientId": is_app.then(|| self.app_id()),
            "instanceId": is_app.then(|| self.app.instance.to_string()),
        }))
    }

    fn check_app(&self, body: &Body) -> Result<(), Failure> {
        let known = Id::parse(need(body, "client_id")?) == Some(self.app.id);
        self.check_secret(need(body, "client_secret")?)?;
        if known { Ok(()) } else { Err(wrong_app()) }
    }

    fn check_secret(&self, sent: &str) -> Result<(), Failure> {
        // Compared by their seals, so that the time it takes tells nothing of the secret.
        if self.seal.fits(&self.app.secret, &self.seal.of(sent)) { Ok(()) } else { Err(wrong_app()) }
    }
}

fn wrong_app() -> Failure {
    Failure::unauthenticated("client_id and client_secret are not those of this sandbox's app.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::oauth;
    use crate::ledger::Ledger;

    const NOW: Timestamp = Timestamp(0);

    fn ask(credentials: &mut Credentials, path: &str, body: &Value) -> Result<Value, u16> {
        let request = Request::new("POST", path).json(body);
        let ids = IdSource::new(1);
        let answer = if path == oauth::PATH {
            credentials.token_call(&request, &Ledger::new(ids, NOW), ids, NOW)
        } else {
            credentials.app_call(path, &request, NOW)
        };
        answer.map_err(|failure| failure.status())
    }

    #[test]
    fn an_app_signs_in_renews_and_asks_whose_a_token_is() {
        let mut credentials = Credentials::new(1, IdSource::new(1), None);
        let (id, secret) = (credentials.app_id(), credentials.app_secret().to_owned());
        let instance = credentials.instance_id().to_string();
        let grant = json!({"grant_type": "client_credentials", "instance_id": instance, "client_id": id, "client_secret": secret});
        let tokens = ask(&mut credentials, oauth::PATH, &grant).unwrap();
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        assert_eq!(credentials.whose(&access, NOW), Some(Caller::App), "without a site id: the token has it");
        assert_eq!(credentials.whose(&access, Timestamp(14_400_000)), None, "it ends");

        let refresh = json!({"grant_type": "refresh_token", "refresh_token": credentials.app_refresh_token(), "client_id": id, "client_secret": secret});
        let renewed = ask(&mut credentials, ACCESS_PATH, &refresh).unwrap();
        assert_eq!(credentials.whose(renewed["access_token"].as_str().unwrap(), NOW), Some(Caller::App));
        let unbind =
            json!({"grant_type": "strip_bound_session", "client_secret": secret, "access_token": access});
        assert!(ask(&mut credentials, oauth::PATH, &unbind).is_ok());
        let info = ask(&mut credentials, INFO_PATH, &json!({"token": access})).unwrap();
        assert_eq!((&info["clientId"], &info["instanceId"]), (&json!(id), &json!(instance)));
        assert_eq!((&info["subjectType"], &info["exp"]), (&json!("APP"), &json!("14400")));

        let change = |mut body: Value, name: &str, value: Value| {
            body[name] = value;
            body
        };
        let member_refresh = token::make(
            &credentials.seal,
            REFRESH_PREFIX,
            Subject::Member(IdSource::new(1).nth(IdKind::Member, 0)),
            None,
        );
        for (path, body, status) in [
            (oauth::PATH, change(grant.clone(), "client_secret", json!("wrong")), 401),
            (oauth::PATH, change(grant.clone(), "client_id", json!(instance)), 401),
            (oauth::PATH, change(grant.clone(), "instance_id", json!(id)), 401),
            (oauth::PATH, change(grant, "client_secret", json!(null)), 400),
            (oauth::PATH, change(unbind.clone(), "client_secret", json!("wrong")), 401),
            (oauth::PATH, change(unbind, "access_token", json!("forged")), 401),
            (ACCESS_PATH, change(refresh.clone(), "client_secret", json!("wrong")), 401),
            // A member's refresh token must not become an app's power.
            (ACCESS_PATH, change(refresh.clone(), "refresh_token", json!(member_refresh)), 401),
            (ACCESS_PATH, change(refresh.clone(), "refresh_token", json!(access)), 401),
            (ACCESS_PATH, change(refresh, "grant_type", json!("authorization_code")), 400),
            (ACCESS_PATH, json!([]), 400),
            (INFO_PATH, json!({"token": "forged"}), 401),
            (INFO_PATH, json!({}), 400),
        ] {
            assert_eq!(ask(&mut credentials, path, &body), Err(status), "{path} {body}");
        }
    }
}
