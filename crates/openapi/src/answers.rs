//! The statuses that each call refuses with, and nothing else does.

/// Statuses, each with what it means.
pub(crate) type Refusals<'a> = &'a [(u16, &'static str)];

const BAD: (u16, &str) = (400, "INVALID_ARGUMENT, or a list of what is wrong with which field.");
const WHO: (u16, &str) = (401, "UNAUTHENTICATED: no credential, or not one of this sandbox.");
const MAY_NOT: (u16, &str) = (403, "PERMISSION_DENIED: the credential is good, but not for this.");
const NONE: (u16, &str) = (404, "NOT_FOUND: there is no such thing.");
const VERB: (u16, &str) = (405, "METHOD_NOT_ALLOWED: the path takes another method.");
const DONE: (u16, &str) = (409, "TRANSACTION_ALREADY_EXISTS: the key was used; nothing was changed.");
const TAKEN: (u16, &str) = (409, "ALREADY_EXISTS: there is one already; nothing was changed.");
const STALE: (u16, &str) = (409, "ABORTED: the revision is out of date; read again and decide anew.");
const STALE_OR_TAKEN: (u16, &str) =
    (409, "ABORTED: the revision is out of date. ALREADY_EXISTS: another one has the name or the points.");
const PAUSED: (u16, &str) = (428, "PROGRAM_NOT_ACTIVE: points move only while the program is ACTIVE.");
const STATE: (u16, &str) = (428, "FAILED_PRECONDITION: not in this state, or of this type.");
const POOR: (u16, &str) = (428, "INSUFFICIENT_POINTS, PROGRAM_NOT_ACTIVE or FAILED_PRECONDITION: not now.");
const BUSY: (u16, &str) = (429, "RESOURCE_EXHAUSTED: more calls a minute than the option `throttle` allows.");

/// What a call of that name refuses with.
pub(crate) fn refusals(name: &str) -> Vec<(u16, &'static str)> {
    let own: &[(u16, &str)] = match name {
        "createAccount" => &[NONE, TAKEN, PAUSED],
        "earnPoints" => &[NONE, DONE, PAUSED],
        "adjustPoints" => &[NONE, STALE, POOR],
        "bulkAdjustPoints" | "pauseLoyaltyProgram" => &[PAUSED],
        "getAccount"
        | "getCurrentMemberAccount"
        | "getAccountBySecondaryId"
        | "getLoyaltyTransaction"
        | "getTier"
        | "getReward"
        | "getCurrentMemberCoupons"
        | "getLoyaltyCoupon" => &[NONE],
        "redeemPointsForCoupon" | "redeemCurrentMemberPointsForCoupon" => &[NONE, POOR],
        "createTier" => &[TAKEN, STATE],
        "updateTier" => &[NONE, STALE_OR_TAKEN],
        "deleteTier" | "deleteReward" | "deleteLoyaltyCoupon" => &[NONE, STALE],
        "createTiersProgramSettings" => &[TAKEN],
        "updateTiersProgramSettings" => &[STALE],
        "updateReward" => &[NONE, STALE, STATE],
        _ => &[],
    };
    let mut all = vec![BAD, WHO, MAY_NOT, VERB, BUSY];
    all.extend_from_slice(own);
    all.sort_unstable();
    all
}

/// What a token call refuses with. It asks for no credential but those in it.
pub(crate) const TOKEN: Refusals<'_> = &[
    (400, "INVALID_ARGUMENT: the body is no JSON object, or a part that its grant needs is missing."),
    (401, "UNAUTHENTICATED: a token, secret or key is not one of this sandbox."),
    VERB,
];

/// The same of the grant that names a member.
pub(crate) const TOKEN_OF_MEMBER: Refusals<'_> = &[
    (400, "INVALID_ARGUMENT: the body is no JSON object, or a part that its grant needs is missing."),
    (401, "UNAUTHENTICATED: a token, secret or key is not one of this sandbox."),
    (404, "NOT_FOUND: no member of this site has that id."),
    VERB,
];

/// What a call about a job refuses with.
pub(crate) const JOB: Refusals<'_> = &[BAD, WHO, MAY_NOT, NONE, VERB, BUSY];

/// What the document itself refuses with.
pub(crate) const DOCUMENT: Refusals<'_> = &[VERB];
