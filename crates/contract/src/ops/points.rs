//! The proxy's own: points earned by a named action of the policy.

use super::accounts::PointsResponse;
use super::endpoint;
use crate::record::record;
use crate::values::Json;
use alloc::string::String;

record! {
    /// What was done, in the policy's terms. No amount: the policy knows it.
    pub struct EarnRequest {
        /// Name of the action, as the policy has it.
        action as "action": String [Len(1, 64), Key],
        /// What it was done to, such as the ID of a reviewed product, 1 to 128 characters.
        subject as "subject": Option<String> [Len(1, 128)],
        /// What the policy's amount or its `confirm` hook asks for.
        parameters as "parameters": Option<Json>,
    }
}
endpoint! {
    /// Earns points by a named action of the proxy's policy.
    /// The policy fixes the amount and the caps; the page only says what was done.
    Earn(EarnRequest) -> PointsResponse {
        Post "/actions/{action}", "earn" in Points,
        args: &[
            Field { js: "action", wire: "action", optional: false },
            Spread { js: "request", optional: true },
        ],
        unwrap: None,
        identity: Proxy "",
        effect: Write(Retry::HeaderKey),
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/earn-points",
    }
}
