//! The 1 method of programs.

use super::{EmptyRequest, endpoint};
use crate::record::record;
use crate::types::LoyaltyProgram;

record! {
    /// The program.
    pub struct GetLoyaltyProgramResponse {
        /// The program.
        loyalty_program as "loyaltyProgram": LoyaltyProgram,
    }
}
endpoint! {
    /// Reads the site's loyalty program.
    GetLoyaltyProgram(EmptyRequest) -> GetLoyaltyProgramResponse {
        Get "/loyalty-programs/v1/program", "getLoyaltyProgram" in Programs,
        args: &[],
        unwrap: None,
        identity: App "LOYALTY.READ_PROGRAM",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/program/get-loyalty-program",
    }
}
