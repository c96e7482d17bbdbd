//! Error codes: one closed list, for the TypeScript union, the docs table, the proxy's answers and both shells.

/// Who or what failed: the first thing to know about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The caller: wrong arguments, no permission, not enough points.
    Caller,
    /// The path between page and proxy.
    Path,
    /// The proxy itself, or what it stores in.
    Proxy,
    /// The loyalty service behind the proxy.
    Upstream,
    /// Bytes that were not what was promised.
    Bytes,
    /// This package.
    Package,
}

impl Blame {
    /// The name in the docs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Path => "path",
            Self::Proxy => "proxy",
            Self::Upstream => "upstream",
            Self::Bytes => "bytes",
            Self::Package => "package",
        }
    }
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])* $variant:ident = $name:literal, $status:expr, $blame:ident, $retryable:literal; )*) => {
        /// What went wrong. The names are the contract: they are never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum ErrorCode { $( $(#[doc = $doc])* $variant ),* }

        impl ErrorCode {
            /// Every code, in the order of the enum.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in JavaScript and in answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name),* } }

            /// The status that the proxy answers with it; 0 where it never travels.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status),* } }

            /// Who failed.
            #[must_use]
            pub const fn blame(self) -> Blame { match self { $(Self::$variant => Blame::$blame),* } }

            /// Whether the same call may succeed later, unchanged.
            #[must_use]
            pub const fn retryable(self) -> bool { match self { $(Self::$variant => $retryable),* } }

            /// What it means and what to do.
            #[must_use]
            pub const fn doc(self) -> &'static str { match self { $(Self::$variant => concat!($($doc),*)),* } }
        }
    };
}

codes! {
    /// An argument or field is missing, unknown or outside its limits; `violations` names each. Nothing was sent or changed.
    InvalidArgument = "INVALID_ARGUMENT", 400, Caller, false;
    /// There is no token, or it is expired, tampered with or not for this proxy. Sign in again.
    Unauthenticated = "UNAUTHENTICATED", 401, Caller, false;
    /// The policy does not let this caller do this.
    PermissionDenied = "PERMISSION_DENIED", 403, Caller, false;
    /// A cap or cooldown of the action is reached; `retryAt` says when it is over, if ever.
    LimitReached = "LIMIT_REACHED", 403, Caller, false;
    /// The page's origin is not on the proxy's list, or a request header that proves the client is missing.
    OriginDenied = "ORIGIN_DENIED", 403, Caller, false;
    /// There is no such thing, or it isn't the caller's.
    NotFound = "NOT_FOUND", 404, Caller, false;
    /// The caller has no loyalty account yet.
    AccountNotFound = "ACCOUNT_NOT_FOUND", 404, Caller, false;
    /// The path exists, but not with this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, Caller, false;
    /// The body of the request did not arrive in time.
    RequestTimeout = "REQUEST_TIMEOUT", 408, Path, true;
    /// The contact has an account already.
    AlreadyExists = "ALREADY_EXISTS", 409, Caller, false;
    /// The revision is stale: read the account again and decide anew.
    RevisionConflict = "REVISION_CONFLICT", 409, Caller, false;
    /// A transaction with this idempotency key exists: the points were already moved.
    TransactionAlreadyExists = "TRANSACTION_ALREADY_EXISTS", 409, Caller, false;
    /// The same call is still being carried out: ask again in a moment with the same key.
    InProgress = "IN_PROGRESS", 409, Proxy, true;
    /// The body is larger than the proxy takes.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", 413, Caller, false;
    /// The body is not `application/json`.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, Caller, false;
    /// The idempotency key was used before for another call.
    IdempotencyConflict = "IDEMPOTENCY_CONFLICT", 422, Caller, false;
    /// The balance is too small. Nothing was changed.
    InsufficientPoints = "INSUFFICIENT_POINTS", 428, Caller, false;
    /// The loyalty program is a draft or paused.
    ProgramNotActive = "PROGRAM_NOT_ACTIVE", 428, Caller, false;
    /// The loyalty service refuses it as things stand: the reward is not to be had now, the entity is in another state.
    /// Nothing was changed.
    FailedPrecondition = "FAILED_PRECONDITION", 428, Caller, false;
    /// The request headers are too many or too large.
    HeadersTooLarge = "HEADERS_TOO_LARGE", 431, Caller, false;
    /// Too many calls: `retryAfterMs` says how long to wait.
    RateLimited = "RATE_LIMITED", 429, Proxy, true;
    /// The proxy failed. Its log has the `requestId`.
    ProxyInternal = "PROXY_INTERNAL", 500, Proxy, false;
    /// This server does not offer the method yet.
    NotImplemented = "NOT_IMPLEMENTED", 501, Upstream, false;
    /// The loyalty service answered with an error of its own.
    UpstreamError = "UPSTREAM_ERROR", 502, Upstream, true;
    /// The loyalty service refused the proxy's credential: its owner has to mend it.
    UpstreamAuth = "UPSTREAM_AUTH", 502, Upstream, false;
    /// The loyalty service answered with something that is not what its documentation promises.
    UpstreamInvalid = "UPSTREAM_INVALID", 502, Upstream, false;
    /// Whether the points moved is unknown: look at the transactions before trying again.
    OutcomeUnknown = "OUTCOME_UNKNOWN", 502, Upstream, false;
    /// The proxy can't do it now, for want of its store or of the loyalty service.
    Unavailable = "UNAVAILABLE", 503, Proxy, true;
    /// The loyalty service did not answer in time.
    UpstreamTimeout = "UPSTREAM_TIMEOUT", 504, Upstream, true;
    /// The request did not reach the proxy, or its answer did not come back.
    NetworkError = "NETWORK_ERROR", 0, Path, true;
    /// The call took longer than `timeoutMs`.
    Timeout = "TIMEOUT", 0, Path, true;
    /// The caller's `signal` was aborted; `cause` is its reason.
    Cancelled = "CANCELLED", 0, Caller, false;
    /// The answer is not what the contract promises: not JSON, cut short, of wrong types.
    InvalidResponse = "INVALID_RESPONSE", 0, Bytes, false;
    /// The configuration is wrong; thrown at once by `createClient`, `configure` and `createProxy`.
    InvalidConfiguration = "INVALID_CONFIGURATION", 0, Caller, false;
    /// A fault of this package. The next call works; please report it.
    Internal = "INTERNAL", 0, Package, false;
}

impl ErrorCode {
    /// The code of that name.
    #[must_use]
    pub fn from_name(name: impl AsRef<[u8]>) -> Option<Self> {
        let name = name.as_ref();
        Self::ALL.iter().copied().find(|code| code.as_str().as_bytes() == name)
    }

    /// Reads an error answer of the loyalty service or of any proxy: its own code where it has one that we know,
    /// else the status decides.
    #[must_use]
    pub fn classify(status: u16, upstream_code: Option<&str>) -> Self {
        Self::classify_bytes(status, upstream_code.map(str::as_bytes))
    }

    /// The same, of a code that was not checked to be UTF-8.
    #[must_use]
    pub fn classify_bytes(status: u16, upstream_code: Option<&[u8]>) -> Self {
        match upstream_code {
            Some(b"validationError") => return Self::InvalidArgument,
            Some(b"ABORTED") => return Self::RevisionConflict,
            Some(b"RESOURCE_EXHAUSTED") => return Self::RateLimited,
            Some(b"UNIMPLEMENTED") => return Self::NotImplemented,
            // 428 here, and 400 where the code is turned into a status as gRPC has it.
            Some(b"FAILED_PRECONDITION") if matches!(status, 400 | 428) => return Self::FailedPrecondition,
            Some(name) => {
                if let Some(code) = Self::from_name(name).filter(|code| code.status() == status) {
                    return code;
                }
            }
            None => {}
        }
        match status {
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 | 504 => Self::UpstreamTimeout,
            409 => Self::AlreadyExists,
            413 => Self::PayloadTooLarge,
            415 => Self::UnsupportedMediaType,
            422 => Self::IdempotencyConflict,
            428 => Self::FailedPrecondition,
            429 => Self::RateLimited,
            431 => Self::HeadersTooLarge,
            500 => Self::ProxyInternal,
            501 => Self::NotImplemented,
            503 => Self::Unavailable,
            400..=499 => Self::InvalidArgument,
            502 | 505..=599 => Self::UpstreamError,
            _ => Self::InvalidResponse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_travels_comes_back_as_itself() {
        for code in ErrorCode::ALL.iter().copied().filter(|code| code.status() != 0) {
            assert_eq!(ErrorCode::classify(code.status(), Some(code.as_str())), code, "{}", code.as_str());
            assert!(code.as_str().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
            assert!(code.doc().len() > 20, "{}", code.as_str());
        }
    }

    #[test]
    fn upstream_words_and_bare_statuses() {
        for (status, upstream, code) in [
            (400, Some("validationError"), ErrorCode::InvalidArgument),
            (409, Some("ABORTED"), ErrorCode::RevisionConflict),
            (409, Some("TRANSACTION_ALREADY_EXISTS"), ErrorCode::TransactionAlreadyExists),
            (428, Some("INSUFFICIENT_POINTS"), ErrorCode::InsufficientPoints),
            (428, Some("FAILED_PRECONDITION"), ErrorCode::FailedPrecondition),
            (400, Some("FAILED_PRECONDITION"), ErrorCode::FailedPrecondition),
            (428, Some("SOMETHING_NEW"), ErrorCode::FailedPrecondition),
            (428, None, ErrorCode::FailedPrecondition),
            (500, Some("FAILED_PRECONDITION"), ErrorCode::ProxyInternal),
            (429, Some("RESOURCE_EXHAUSTED"), ErrorCode::RateLimited),
            (501, Some("UNIMPLEMENTED"), ErrorCode::NotImplemented),
            (404, Some("SOMETHING_NEW"), ErrorCode::NotFound),
            // A code that contradicts its status is not believed.
            (500, Some("UNAUTHENTICATED"), ErrorCode::ProxyInternal),
            (502, None, ErrorCode::UpstreamError),
            (418, None, ErrorCode::InvalidArgument),
            (302, None, ErrorCode::InvalidResponse),
        ] {
            assert_eq!(ErrorCode::classify(status, upstream), code, "{status} {upstream:?}");
        }
    }
}
