//! `POST /oauth2/token`: tokens for visitors and for members, as the official client asks for them. Those of apps are
//! in [`super::app`].

use loyalty_contract::Timestamp;
use serde_json::{Map, Value, json};

use super::Credentials;
use super::token::{self, ACCESS_PREFIX, LIFETIME_SECONDS, REFRESH_PREFIX, Subject};
use crate::error::Failure;
use crate::http::Request;
use crate::ids::{Id, IdKind, IdSource};
use crate::ledger::Ledger;

/// Where it answers.
pub(crate) const PATH: &str = "/oauth2/token";

impl Credentials {
    /// Answers a token call.
    ///
    /// # Errors
    /// 400 for what is missing or wrong, 401 for a bad token or key, 404 for an unknown member.
    pub(crate) fn token_call(
        &mut self,
        request: &Request,
        ledger: &Ledger,
        ids: IdSource,
        now: Timestamp,
    ) -> Result<Value, Failure> {
        let body: Map<String, Value> = serde_json::from_str(&request.body)
            .map_err(|_| Failure::invalid_argument("The token call takes a JSON object."))?;
        // The official client writes some grants in camelCase and others in snake_case.
        let text = |camel: &str, snake: &str| {
            body.get(camel)
                .or_else(|| body.get(snake))
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let need = |camel: &str, snake: &str| {
            text(camel, snake).ok_or_else(|| Failure::invalid_argument(format!("{camel} is missing.")))
        };
        match need("grantType", "grant_type")? {
            "anonymous" => {
                need("clientId", "client_id")?;
                let visitor = ids.nth(IdKind::Visitor, *self.visitors);
                *self.visitors += 1;
                Ok(self.pair(Subject::Visitor(visitor), now))
            }
            "refresh_token" => {
                need("clientId", "client_id")?;
                match token::read(&self.seal, REFRESH_PREFIX, need("refreshToken", "refresh_token")?, now) {
                    // An app's is worth something together with its secret only, at `/oauth/access`.
                    Some(subject @ (Subject::Visitor(_) | Subject::Member(_))) => Ok(self.pair(subject, now)),
                    _ => Err(Failure::unauthenticated(
                        "The refresh token is not one of a visitor or member of this sandbox.",
                    )),
                }
            }
            "authorized_client" => {
                self.check_backend(request, now)?;
                let member = need("memberId", "member_id")?;
                let contact = Id::parse(member).and_then(|id| ledger.contact_of_member(id));
                let member = contact
                    .and_then(|contact| contact.member)
                    .ok_or_else(|| Failure::not_found("No member of this site has that id."))?;
                Ok(self.pair(Subject::Member(member), now))
            }
            "client_credentials" => self.app_signs_in(&body, now),
            "strip_bound_session" => self.unbind(&body, now),
            other => Err(Failure::invalid_argument(format!(
                "The sandbox does not know the grant \"{other}\"; it knows anonymous, refresh_token, \
                 authorized_client, client_credentials and strip_bound_session."
            ))),
        }
    }

    /// A backend that signs a member in sends a visitor's token and the API key, joined by a comma.
    fn check_backend(&self, request: &Request, now: Timestamp) -> Result<(), Failure> {
        let sent = request.get("authorization").unwrap_or_default();
        let (visitor, key) = sent.split_once(',').unwrap_or(("", sent));
        let known =
            visitor.is_empty() || token::read(&self.seal, ACCESS_PREFIX, visitor.trim(), now).is_some();
        if known && self.is_api_key(key.trim()) {
            return Ok(());
        }
        Err(Failure::unauthenticated(
            "authorized_client needs a visitor's token and the API key in the Authorization header: \
             \"<visitor token>,<API key>\".",
        ))
    }

    pub(super) fn pair(&self, subject: Subject, now: Timestamp) -> Value {
        let until = Timestamp(now.0.saturating_add(LIFETIME_SECONDS * 1_000));
        json!({
            "access_token": token::make(&self.seal, ACCESS_PREFIX, subject, Some(until)),
            "refresh_token": token::make(&self.seal, REFRESH_PREFIX, subject, None),
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
        })
    }

    /// Who a token speaks for: for tests.
    #[cfg(test)]
    pub(crate) fn whose(&self, access_token: &str, now: Timestamp) -> Option<super::Caller> {
        self.identify(&Request::new("GET", "/").header("authorization", access_token), now).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Caller;

    fn ask(credentials: &mut Credentials, ledger: &Ledger, auth: &str, body: &Value) -> Result<Value, u16> {
        let request = Request::new("POST", PATH).header("authorization", auth).json(body);
        credentials
            .token_call(&request, ledger, IdSource::new(1), Timestamp(0))
            .map_err(|failure| failure.status())
    }

    #[test]
    fn visitors_members_and_refreshes() {
        let ids = IdSource::new(1);
        let mut credentials = Credentials::new(1, ids, None);
        let mut ledger = Ledger::new(ids, Timestamp(0));
        let member = ledger.add_contact("Ada Pine", "ada@shop.example", true).member.unwrap();
        let visitor =
            ask(&mut credentials, &ledger, "", &json!({"clientId": "c", "grantType": "anonymous"})).unwrap();
        let access = visitor["access_token"].as_str().unwrap().to_owned();
        assert_eq!(credentials.whose(&access, Timestamp(0)), Some(Caller::Visitor));
        assert_eq!(visitor["expires_in"], 14_400);
        assert_eq!(credentials.whose(&access, Timestamp(14_400_000)), None, "it ends");

        let both = format!("{access},{}", credentials.api_key());
        let grant = json!({"grant_type": "authorized_client", "scope": "offline_access", "member_id": member.to_string()});
        let signed_in = ask(&mut credentials, &ledger, &both, &grant).unwrap();
        assert_eq!(
            credentials.whose(signed_in["access_token"].as_str().unwrap(), Timestamp(0)),
            Some(Caller::Member(member))
        );
        let again = json!({"clientId": "c", "grantType": "refresh_token", "refreshToken": signed_in["refresh_token"]});
        let renewed = ask(&mut credentials, &ledger, "", &again).unwrap();
        assert_eq!(
            credentials.whose(renewed["access_token"].as_str().unwrap(), Timestamp(0)),
            Some(Caller::Member(member))
        );

        for (auth, body, status) in [
            (access.as_str(), grant.clone(), 401),
            ("", grant.clone(), 401),
            ("forged,SANDBOX.forged", grant, 401),
            (
                &both,
                json!({"grant_type": "authorized_client", "member_id": ids.nth(IdKind::Member, 99).to_string()}),
                404,
            ),
            (&both, json!({"grant_type": "authorized_client"}), 400),
            ("", json!({"clientId": "c", "grantType": "refresh_token", "refreshToken": access}), 401),
            ("", json!({"grantType": "refresh_token", "refreshToken": visitor["refresh_token"]}), 400),
            // Without the app's secret, its refresh token is no way to its power.
            (
                "",
                json!({"clientId": "c", "grantType": "refresh_token", "refreshToken": credentials.app_refresh_token()}),
                401,
            ),
            ("", json!({"grantType": "anonymous"}), 400),
            ("", json!({"clientId": "c", "grantType": "password"}), 400),
            ("", json!([]), 400),
        ] {
            assert_eq!(ask(&mut credentials, &ledger, auth, &body), Err(status), "{auth} {body}");
        }
    }
}
