//! `client.points()`

use loyalty_contract::accounts::PointsResponse;
use loyalty_contract::points::{Earn, EarnRequest};

use super::{Client, call::call};
use crate::Error;

/// The functions of points: what the proxy adds to the service's own.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a>(pub(super) &'a Client);

impl Points<'_> {
    /// Earns points by a named action of the proxy's policy, which knows what it is worth. `subject` says what it was
    /// done to, such as the ID of a reviewed product.
    ///
    /// `POST {proxy}/actions/{action}`
    ///
    /// # Errors
    /// `LIMIT_REACHED` where a cap of the action is reached, `PERMISSION_DENIED` where the policy doesn't grant it or
    /// its proof failed.
    pub async fn earn(&self, action: &str, subject: Option<&str>) -> Result<PointsResponse, Error> {
        let request =
            EarnRequest { action: action.to_owned(), subject: subject.map(str::to_owned), parameters: None };
        self.earn_with(&request).await
    }

    /// The same with parameters for the policy's table or its `confirm` hook.
    ///
    /// # Errors
    /// As [`Points::earn`].
    pub async fn earn_with(&self, request: &EarnRequest) -> Result<PointsResponse, Error> {
        call::<Earn, _>(self.0, request).await
    }
}
