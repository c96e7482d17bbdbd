//! The rules that a value can break: their names, and what is said of them.

macro_rules! rules {
    ($( $(#[doc = $doc:literal])* $variant:ident = $name:literal, $words:literal; )*) => {
        /// Which rule a value breaks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum ViolatedRule { $( $(#[doc = $doc])* $variant ),* }

        impl ViolatedRule {
            /// Every rule, in the order of the enum.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in answers and errors.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name),* } }

            /// What the client says of it, to be read behind the field's name. `#` stands for the limit.
            #[must_use]
            pub const fn words(self) -> &'static str { match self { $(Self::$variant => $words),* } }
        }
    };
}

rules! {
    /// It is missing.
    Required = "REQUIRED", "is required";
    /// It has another type.
    Type = "TYPE", "is not of the documented type";
    /// It is below the least.
    Min = "MIN", "must be at least #";
    /// It is above the greatest.
    Max = "MAX", "must be at most #";
    /// It is too short.
    MinLength = "MIN_LENGTH", "must have at least # characters or items";
    /// It is too long.
    MaxLength = "MAX_LENGTH", "must have at most # characters, items or levels";
    /// It has the type, but not the form.
    Format = "FORMAT", "does not have the documented form";
    /// There is no such field here.
    NotAllowed = "NOT_ALLOWED", "is not a field to give here";
    /// It is 0.
    NonZero = "NON_ZERO", "must not be 0";
    /// Of several fields, not the right number is given.
    OneOf = "ONE_OF", "must be given, or its alternative, but not both";
    /// It is no name, field or operator that the method knows.
    Unsupported = "UNSUPPORTED", "is not a name that this method supports";
}

impl ViolatedRule {
    /// The rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_numbered_as_they_are_listed() {
        for (number, rule) in ViolatedRule::ALL.iter().enumerate() {
            assert_eq!(*rule as usize, number);
            assert_eq!(ViolatedRule::from_name(rule.as_str()), Some(*rule));
        }
        assert_eq!(ViolatedRule::from_name("SOMETHING_NEW"), None);
    }
}
