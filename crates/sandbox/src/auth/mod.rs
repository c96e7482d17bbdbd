//! Who calls: an API key with its site, or a token that this sandbox made.

pub(crate) mod app;
pub(crate) mod oauth;
pub(crate) mod seal;
pub(crate) mod token;

use loyalty_contract::Timestamp;
use loyalty_contract::endpoint::{Endpoint, Identity};
use loyalty_contract::neighbours::Neighbour;

use crate::error::Failure;
use crate::http::Request;
use crate::ids::{Id, IdKind, IdSource};
use crate::ledger::table::Kept;
use seal::Seal;
use token::{ACCESS_PREFIX, Subject};

/// Who a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The elevated credential.
    App,
    /// A member's token.
    Member(Id),
    /// A token of somebody who is not signed in.
    Visitor,
}

/// The credentials of one sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    seal: Seal,
    api_key: String,
    site_id: String,
    app: app::App,
    /// How many visitors have had a token.
    pub visitors: Kept<u64>,
}

impl Credentials {
    /// The credentials of a seed, with another API key where one is given.
    #[must_use]
    pub(crate) fn new(seed: u64, ids: IdSource, api_key: Option<&str>) -> Self {
        let made = || format!("SANDBOX.{}", Seal::new(seed, "api key").secret());
        Self {
            seal: Seal::new(seed, "token"),
            api_key: api_key.map_or_else(made, str::to_owned),
            site_id: ids.nth(IdKind::Site, 0).to_string(),
            app: app::App::new(seed, ids),
            visitors: Kept::new(0),
        }
    }

    /// The API key.
    #[must_use]
    pub(crate) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The id that must come with the API key.
    #[must_use]
    pub(crate) fn site_id(&self) -> &str {
        &self.site_id
    }

    /// A member's token that never ends: what the ready line gives out.
    #[must_use]
    pub(crate) fn member_token(&self, member: Id) -> String {
        token::make(&self.seal, ACCESS_PREFIX, Subject::Member(member), None)
    }

    /// Who the request comes from.
    ///
    /// # Errors
    /// 401, with a sentence that says what is missing.
    pub(crate) fn identify(&self, request: &Request, now: Timestamp) -> Result<Caller, Failure> {
        let sent = request.get("authorization").filter(|sent| !sent.is_empty()).ok_or_else(|| {
            Failure::unauthenticated(
                "The Authorization header is missing: send the API key or a token in it, bare.",
            )
        })?;
        if self.is_api_key(sent) {
            return match request.get("wix-site-id") {
                Some(site) if site.eq_ignore_ascii_case(&self.site_id) => Ok(Caller::App),
                Some(_) => {
                    Err(Failure::unauthenticated("The wix-site-id header is not this sandbox's site."))
                }
                None => Err(Failure::unauthenticated("An API key needs the wix-site-id header beside it.")),
            };
        }
        match token::read(&self.seal, ACCESS_PREFIX, sent, now) {
            Some(Subject::Member(member)) => Ok(Caller::Member(member)),
            Some(Subject::Visitor(_)) => Ok(Caller::Visitor),
            Some(Subject::App(_)) => Ok(Caller::App),
            None => Err(Failure::unauthenticated(
                "The Authorization header holds neither this sandbox's API key nor a token that it made and that \
                 has not ended.",
            )),
        }
    }

    fn is_api_key(&self, sent: &str) -> bool {
        // Compared by their seals, so that the time it takes tells nothing of the key.
        self.seal.fits(&self.api_key, &self.seal.of(sent))
    }
}

/// Whether the caller may call the neighbour: only an app's credential may.
///
/// # Errors
/// 403, naming the permission.
pub(crate) fn authorize_neighbour(caller: Caller, neighbour: &Neighbour) -> Result<(), Failure> {
    if caller == Caller::App {
        return Ok(());
    }
    let Neighbour { name, permission, .. } = neighbour;
    Err(Failure::permission_denied(format!("{name} needs {permission} of an app's credential.")))
}

/// Whether the caller may call the method at all.
///
/// # Errors
/// 403, naming the permission.
pub(crate) fn authorize(caller: Caller, endpoint: &Endpoint) -> Result<(), Failure> {
    match (caller, endpoint.identity) {
        (Caller::App, Identity::App | Identity::AppOrMember) | (Caller::Member(_), Identity::AppOrMember) => {
            Ok(())
        }
        _ => Err(Failure::permission_denied(format!(
            "{} needs {} of an app's credential{}.",
            endpoint.name,
            endpoint.permission,
            if endpoint.identity == Identity::AppOrMember { ", or a member's token" } else { "" }
        ))),
    }
}
