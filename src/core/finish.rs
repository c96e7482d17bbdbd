//! An answer in, a value or a problem out.

use super::problem::Problem;
use crate::codec::Naming;
use crate::codec::scan::Broken;
use crate::codec::schema::Endpoint;
use crate::codec::walk::{Role, Walker};
use alloc::vec::Vec;
use core::ops::Range;

/// What a function returns, as JSON.
#[derive(Debug)]
pub struct Value {
    text: Vec<u8>,
    range: Range<usize>,
}

impl Value {
    /// The JSON.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        self.text.get(self.range.clone()).unwrap_or_default()
    }
}

/// Checks the answer to a call and gives what the function returns. Only status 200 is success.
///
/// # Errors
/// What the answer reports, or `INVALID_RESPONSE` where it isn't what the contract promises.
pub fn finish(operation: u32, status: u16, text: &[u8], naming: Naming) -> Result<Value, Problem> {
    let endpoint = Endpoint::numbered(operation).ok_or_else(Problem::internal)?;
    if status != 200 {
        return Err(Problem::answered(endpoint, status, text));
    }
    let mut walker = Walker::new(text, naming, Role::Answer);
    match walker.answer(endpoint.response, endpoint.unwrap) {
        Ok(range) => Ok(Value { text: walker.out, range }),
        Err(Broken) => Err(Problem::invalid(walker.violations)),
    }
}
