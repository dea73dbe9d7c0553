//! A line to call, the house's own door, and what is true about them now. Plain values and rules; the defaults are numbers
//! that were looked up when this was written, and every house is asked to call them itself (care R43).

use std::time::Duration;

use crate::base::Timestamp;
use crate::web::{Lang, Words};

/// The most lines one house may show: more would be hard to choose from.
pub const MAX_LINES: usize = 12;

/// How long a test call counts. Older than this, an admin is asked to call again.
pub const CHECK_EVERY: Duration = Duration::from_hours(90 * 24);

/// Somebody to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// For danger to life: shown first and by itself.
    pub danger: bool,
    /// Who answers.
    pub label: String,
    /// One or two numbers with `/` between them.
    pub numbers: String,
    /// When someone answers, in words.
    pub hours: String,
    /// For which country or town.
    pub place: String,
    /// On pages in this language only.
    pub lang: Option<Lang>,
    /// When someone of this house last called it.
    pub checked_at: Option<Timestamp>,
}

/// Why a line cannot be shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// Who answers is missing or longer than 80 characters.
    Label,
    /// No number, or something that cannot be dialled.
    Numbers,
    /// Hours or place are too long.
    Length,
}

impl LineFault {
    /// Key of the sentence that says so.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Label => "help-fault-label",
            Self::Numbers => "help-fault-numbers",
            Self::Length => "help-fault-length",
        }
    }
}

impl Line {
    /// Looks whether the line can be shown and dialled.
    ///
    /// # Errors
    /// Names what to change.
    pub fn check(&self) -> Result<(), LineFault> {
        let long = |text: &str, most: usize| text.chars().count() > most || text.chars().any(char::is_control);
        if self.label.trim().is_empty() || long(&self.label, 80) {
            return Err(LineFault::Label);
        }
        let dialled = self.dialled();
        let good = |(_, digits): &(String, String)| {
            let length = digits.trim_start_matches('+').len();
            (2..=15).contains(&length)
        };
        let typed = self.numbers.chars().all(|c| c.is_ascii_digit() || " +-()/".contains(c));
        if !typed || dialled.is_empty() || dialled.len() > 3 || !dialled.iter().all(good) {
            return Err(LineFault::Numbers);
        }
        if long(&self.hours, 120) || long(&self.place, 60) { Err(LineFault::Length) } else { Ok(()) }
    }

    /// Each number as it is shown, and as a telephone dials it.
    pub fn dialled(&self) -> Vec<(String, String)> {
        let numbers = self.numbers.split('/').map(str::trim).filter(|number| !number.is_empty());
        let digits = |number: &str| -> String {
            let plus = if number.starts_with('+') { "+" } else { "" };
            format!("{plus}{}", number.chars().filter(char::is_ascii_digit).collect::<String>())
        };
        numbers.map(|number| (number.to_owned(), digits(number))).collect()
    }
}

/// Whether the last test call of any line is too long ago, or never was.
pub fn is_stale(lines: &[Line], now: Timestamp) -> bool {
    lines.is_empty() || lines.iter().any(|line| line.checked_at.is_none_or(|at| now.since(at) > CHECK_EVERY))
}

/// The house's own door and people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Where one can walk in; empty when there is no such place.
    pub door: String,
    /// When, in words.
    pub door_hours: String,
    /// When peers answer here in writing, in words; empty when nobody promised it.
    pub peer_hours: String,
    /// Until when someone is at the door.
    pub staffed_until: Option<Timestamp>,
}

impl Status {
    /// Until when someone is at the door, if someone is there now.
    pub fn staffed(&self, now: Timestamp) -> Option<Timestamp> {
        self.staffed_until.filter(|until| *until > now)
    }
}

/// What a page in one language shows: danger to life first; the house's own lines, or those that come with the software.
pub(super) fn shown(stored: &[Line], t: Words) -> (Vec<Line>, Vec<Line>) {
    let here = stored.iter().filter(|line| line.lang.is_none_or(|lang| lang == t.lang()));
    let (mut danger, mut others): (Vec<Line>, Vec<Line>) = here.cloned().partition(|line| line.danger);
    if danger.is_empty() {
        danger.push(default_line(t, true, "112", ""));
    }
    if others.is_empty() {
        others = defaults(t);
    }
    (danger, others)
}

fn default_line(t: Words, danger: bool, numbers: &str, place: &str) -> Line {
    let place = if place.is_empty() { String::new() } else { t.say(place) };
    Line {
        danger,
        label: t.say(if danger { "help-danger" } else { "help-talk" }),
        numbers: numbers.to_owned(),
        hours: if danger { String::new() } else { t.say("help-day-and-night") },
        place,
        lang: None,
        checked_at: None,
    }
}

/// Only lines that the sources of care §1.8 name. Livslinien has hours that change, so none are claimed for it.
fn defaults(t: Words) -> Vec<Line> {
    let dutch = default_line(t, false, "113 / 0800-0113", "help-place-nl");
    let flemish = default_line(t, false, "1813", "help-place-be");
    let mut danish = default_line(t, false, "70 201 201", "help-place-dk");
    danish.hours = String::new();
    match t.lang() {
        Lang::Nl => vec![dutch, flemish],
        Lang::Da => vec![danish],
        Lang::En => vec![dutch, flemish, danish],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(numbers: &str) -> Line {
        Line { numbers: numbers.to_owned(), ..default_line(Words::new(Lang::En), false, "", "") }
    }

    #[test]
    fn numbers_can_be_dialled() {
        let dialled = |numbers: &str| line(numbers).dialled().into_iter().map(|(_, digits)| digits).collect::<Vec<_>>();
        assert_eq!(dialled("113 / 0800-0113"), ["113", "08000113"]);
        assert_eq!(dialled("+45 70 201 201"), ["+4570201201"]);
        assert_eq!(dialled("(030) 123 45 67"), ["0301234567"]);
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        for good in ["112", "113 / 0800-0113", "+45 70 201 201"] {
            assert_eq!(line(good).check(), Ok(()), "{good}");
        }
        for bad in ["", "/", "call me", "1", "112; drop", "1234567890123456", "112/113/114/115", "٠١٢"] {
            assert_eq!(line(bad).check(), Err(LineFault::Numbers), "{bad}");
        }
        assert_eq!(Line { label: " ".into(), ..line("112") }.check(), Err(LineFault::Label));
        assert_eq!(Line { hours: "x".repeat(121), ..line("112") }.check(), Err(LineFault::Length));
        assert_eq!(Line { place: "a\nb".into(), ..line("112") }.check(), Err(LineFault::Length));
    }

    #[test]
    fn danger_comes_first_and_is_never_missing() {
        for lang in Lang::ALL {
            let (danger, others) = shown(&[], Words::new(lang));
            assert_eq!(danger.len(), 1);
            assert_eq!(danger[0].numbers, "112");
            assert!(!others.is_empty() && others.iter().all(|line| line.check().is_ok()), "{others:?}");
        }
        let own = Line { lang: Some(Lang::Da), ..line("12 34 56 78") };
        let own = std::slice::from_ref(&own);
        assert_eq!(shown(own, Words::new(Lang::Da)).1, own);
        assert_ne!(shown(own, Words::new(Lang::Nl)).1, own);
    }

    #[test]
    fn a_test_call_counts_for_ninety_days() {
        let now = Timestamp::from_seconds(1_772_366_400);
        let called = |ago: Duration| Line { checked_at: Some(now.minus(ago)), ..line("113") };
        assert!(!is_stale(&[called(CHECK_EVERY)], now));
        assert!(is_stale(&[called(Duration::ZERO), called(CHECK_EVERY + Duration::from_secs(1))], now));
        assert!(is_stale(&[line("113")], now) && is_stale(&[], now));
    }

    #[test]
    fn nobody_is_there_after_the_hour_they_said() {
        let now = Timestamp::from_seconds(1000);
        let status = |until: i64| Status { staffed_until: Some(Timestamp::from_seconds(until)), ..Status::default() };
        assert!(status(1001).staffed(now).is_some());
        assert!(status(1000).staffed(now).is_none() && Status::default().staffed(now).is_none());
    }
}
