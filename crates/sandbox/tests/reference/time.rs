//! What time brings about: expiry by inactivity. Dates are ISO texts of one form, which order as they are.

use super::model::{Event, Model, What};

/// The terms of expiry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) on: bool,
    pub(crate) months: i64,
    pub(crate) percent: i64,
}

impl Default for Terms {
    /// Those of a fresh site.
    fn default() -> Self {
        Self { on: false, months: 12, percent: 100 }
    }
}

/// The same day some months on, or the last one of a shorter month.
pub(crate) fn plus_months(date: &str, months: i64) -> String {
    let number = |part: &str| part.parse::<i64>().unwrap();
    let all = number(&date[..4]) * 12 + number(&date[5..7]) - 1 + months;
    let (year, month) = (all.div_euclid(12), all.rem_euclid(12) + 1);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    format!("{year:04}-{month:02}-{:02}{}", number(&date[8..10]).min(longest), &date[10..])
}

impl Model {
    /// Other terms or another status: nothing that happened before counts as rest.
    pub(crate) fn begin_terms(&mut self, terms: Terms) {
        if self.terms != terms {
            self.terms = terms;
            self.happen("", What::Terms);
        }
    }

    pub(crate) fn pause(&mut self, paused: bool) {
        if self.paused != paused {
            self.paused = paused;
            self.happen("", What::Terms);
        }
    }

    /// When the next points of the account expire, and how many.
    pub(crate) fn due(&self, account: &str) -> Option<(String, i64)> {
        self.due_after(account, &self.now)
    }

    /// A part of the balance expires whenever so many months have passed since the account last earned or redeemed.
    fn due_after(&self, account: &str, now: &str) -> Option<(String, i64)> {
        let Terms { on, months, percent } = self.terms;
        let amount = self.balance(account) * percent / 100;
        if !on || self.paused || amount == 0 {
            return None;
        }
        let began = self.log.iter().rfind(|event| match event.what {
            What::Created { .. } | What::Earned { .. } | What::Redeemed { .. } => event.account == account,
            What::Terms => true,
            _ => false,
        });
        let mut ends = (1..).map(|times| plus_months(&began.unwrap().at, months * times));
        ends.find(|end| end.as_str() > now).map(|end| (end, amount))
    }

    /// Goes on to a later time. What expires until then does so at its own time.
    pub(crate) fn go_on(&mut self, to: &str) {
        for account in self.ids() {
            let mut now = self.now.clone();
            while let Some((at, amount)) = self.due_after(&account, &now).filter(|(at, _)| at.as_str() <= to)
            {
                let what = What::Expired { transaction: String::new(), amount };
                self.log.push(Event { account: account.clone(), at: at.clone(), what });
                now = at;
            }
        }
        self.now = to.to_owned();
    }
}
