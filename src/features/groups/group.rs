//! What a group is: its name, purpose, rules and hours, who may join it and how far it reaches.
//! Plain values and pure rules; no database, no pages, no wire.

use serde::{Deserialize, Serialize};

use crate::base::html::{self, SafeHtml};
use crate::base::{Id, Iri, Origin, Timestamp};
use crate::federation::policy::Reach;

/// Longest name, in characters.
pub const MAX_NAME: usize = 80;
/// Longest purpose, in characters.
pub const MAX_PURPOSE: usize = 2_000;
/// Most rules of a group.
pub const MAX_RULES: usize = 20;
/// Longest single rule, in characters.
pub const MAX_RULE: usize = 300;

/// Who may become a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinRule {
    /// Anyone who can see the group, at once.
    Open,
    /// The hosts say yes or no.
    Ask,
    /// Only who was invited.
    Invite,
}

impl JoinRule {
    /// As stored and as said on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ask => "ask",
            Self::Invite => "invite",
        }
    }

    /// Reads the stored or sent form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Ask, Self::Invite].into_iter().find(|rule| rule.as_str() == text)
    }
}

/// An organisation that can read a group, as the home names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its origin.
    pub id: String,
    /// Its name in words.
    pub name: String,
}

/// A group that lives here or at a partner.
#[derive(Clone, Debug)]
pub struct Group {
    /// Id of its row and of its actor.
    pub id: Id,
    /// Wire id of its actor.
    pub uri: Iri,
    /// The partner it lives at; `None`: this house.
    pub home: Option<Id>,
    /// Name.
    pub name: String,
    /// Purpose as typed (Markdown); empty for groups of partners.
    pub purpose: String,
    /// Purpose as shown.
    pub purpose_html: SafeHtml,
    /// The rules, one sentence each.
    pub rules: Vec<String>,
    /// When the hosts answer.
    pub hours: Option<Hours>,
    /// Language tag, empty when not said.
    pub language: String,
    /// Name of the host as members see it.
    pub host_name: String,
    /// Who may join.
    pub join: JoinRule,
    /// How far it reaches.
    pub reach: Reach,
    /// Shown in the directory.
    pub listed: bool,
    /// Since when it is for reading only.
    pub archived_at: Option<Timestamp>,
    /// Since when its home no longer shares it with this house.
    pub ended_at: Option<Timestamp>,
    /// Groups of partners: the organisations its home named last. For groups of this house ask [`super::organisations`].
    pub shared_with: Vec<Organisation>,
    /// Grows with every organisation that is added.
    pub list_version: i64,
    /// When it last grew.
    pub shared_with_changed_at: Option<Timestamp>,
    /// When it was founded, or first heard of.
    pub founded_at: Timestamp,
    /// `updated` on the wire.
    pub updated_at: Timestamp,
}

impl Group {
    /// Whether this house is its home.
    pub fn is_local(&self) -> bool {
        self.home.is_none()
    }

    /// Whether something may be written in it: not archived, and still shared with us.
    pub fn is_open_for_writing(&self) -> bool {
        self.archived_at.is_none() && self.ended_at.is_none()
    }

    /// The next value of `updated`: now, and always later than the one before.
    pub fn next_update(&self, now: Timestamp) -> Timestamp {
        now.later_than(self.updated_at)
    }

    /// Whether everybody of this house may know that it exists.
    pub fn is_findable(&self) -> bool {
        self.ended_at.is_none() && (self.listed || self.join != JoinRule::Invite)
    }

    /// Whether a home names this house among the readers of its group.
    pub fn names(list: &[Organisation], origin: &Origin) -> bool {
        list.iter().any(|organisation| organisation.id.trim_end_matches('/') == origin.as_str())
    }
}

/// A name that a group can have: 2 to 80 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupName(String);

impl GroupName {
    /// Reads what was typed; spaces around and doubled inside are taken out.
    pub fn parse(text: &str) -> Option<Self> {
        let text = html::one_line(text, MAX_NAME + 1);
        (2..=MAX_NAME).contains(&text.chars().count()).then_some(Self(text))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a founder or editor filled in, checked.
#[derive(Clone, Debug)]
pub struct Charter {
    /// Name.
    pub name: GroupName,
    /// Purpose (Markdown).
    pub purpose: String,
    /// Rules.
    pub rules: Vec<String>,
    /// Answering hours.
    pub hours: Option<Hours>,
    /// Who may join.
    pub join: JoinRule,
    /// Language tag.
    pub language: String,
    /// Shown in the directory.
    pub listed: bool,
}

impl Charter {
    /// The smallest complete group: a name and who may join.
    pub fn named(name: GroupName, join: JoinRule) -> Self {
        Self { name, purpose: String::new(), rules: Vec::new(), hours: None, join, language: String::new(), listed: true }
    }

    /// The purpose as shown.
    pub fn purpose_html(&self) -> SafeHtml {
        html::from_markdown(&self.purpose)
    }
}

/// Rules from a text box, one a line: trimmed, empty lines left out, bounded in number and length.
pub fn rules_from(text: &str) -> Vec<String> {
    text.lines().map(|line| html::one_line(line, MAX_RULE)).filter(|line| !line.is_empty()).take(MAX_RULES).collect()
}

/// A short name for `preferredUsername`: lower-case letters, digits and `_`; never empty.
pub fn handle_of(name: &str) -> String {
    let mut handle = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => handle.push(c),
            'æ' | 'ä' => handle.push_str("ae"),
            'ø' | 'ö' => handle.push_str("oe"),
            'å' => handle.push_str("aa"),
            'é' | 'è' | 'ê' | 'ë' => handle.push('e'),
            'ü' => handle.push('u'),
            'ï' => handle.push('i'),
            _ if !handle.ends_with('_') && !handle.is_empty() => handle.push('_'),
            _ => {}
        }
    }
    handle.truncate(48);
    let handle = handle.trim_matches('_');
    if handle.is_empty() { "group".to_owned() } else { handle.to_owned() }
}

/// A day of the week, Monday first.
pub type Weekday = u8;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// When the hosts of a group answer: days and one span of the day, written `Mo-Fr 10:00-16:00` or `Mo,We 09:30-12:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    days: Vec<Weekday>,
    from: u16,
    until: u16,
}

impl Hours {
    /// From days (0 = Monday) and minutes since midnight; `None` without a day or with an end that is not after the start.
    pub fn new(days: impl IntoIterator<Item = Weekday>, from: u16, until: u16) -> Option<Self> {
        let mut days: Vec<Weekday> = days.into_iter().filter(|day| *day < 7).collect();
        days.sort_unstable();
        days.dedup();
        (!days.is_empty() && from < until && until <= 24 * 60).then_some(Self { days, from, until })
    }

    /// Reads the written form; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (days, span) = text.trim().split_once(' ')?;
        let (from, until) = span.trim().split_once('-')?;
        let mut found = Vec::new();
        for part in days.split(',') {
            match part.split_once('-') {
                Some((first, last)) => {
                    let (first, last) = (day(first)?, day(last)?);
                    if first > last {
                        return None;
                    }
                    found.extend(first..=last);
                }
                None => found.push(day(part)?),
            }
        }
        Self::new(found, minutes(from)?, minutes(until)?)
    }

    /// The days, Monday = 0.
    pub fn days(&self) -> &[Weekday] {
        &self.days
    }

    /// First and last minute as `10:00` and `16:00`.
    pub fn span(&self) -> (String, String) {
        (clock(self.from), clock(self.until))
    }

    /// Whether this minute of this day is within them.
    pub fn covers(&self, day: Weekday, minute: u16) -> bool {
        self.days.contains(&day) && (self.from..self.until).contains(&minute)
    }

    /// Whether the days are one unbroken run of at least three (`Monday to Friday`).
    pub fn run(&self) -> Option<(Weekday, Weekday)> {
        let (first, last) = (*self.days.first()?, *self.days.last()?);
        (self.days.len() >= 3 && usize::from(last - first) + 1 == self.days.len()).then_some((first, last))
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |day: &Weekday| DAYS.get(usize::from(*day)).copied().unwrap_or_default();
        match self.run() {
            Some((first, last)) => write!(f, "{}-{}", name(&first), name(&last))?,
            None => f.write_str(&self.days.iter().map(name).collect::<Vec<_>>().join(","))?,
        }
        write!(f, " {}-{}", clock(self.from), clock(self.until))
    }
}

fn day(text: &str) -> Option<Weekday> {
    DAYS.iter().position(|day| *day == text.trim()).and_then(|at| Weekday::try_from(at).ok())
}

/// Reads `9:30` or `09:30` as minutes since midnight.
pub fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() > 2 || minute.len() != 2 || !hour.bytes().chain(minute.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    ((hour < 24 && minute < 60) || (hour == 24 && minute == 0)).then_some(hour * 60 + minute)
}

fn clock(at: u16) -> String {
    format!("{:02}:{:02}", at / 60, at % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_two_to_eighty_characters_on_one_line() {
        for (typed, name) in [
            ("Morning coffee", Some("Morning coffee")),
            ("  Morning \n coffee ", Some("Morning coffee")),
            ("Te", Some("Te")),
            ("T", None),
            ("   ", None),
            ("", None),
        ] {
            assert_eq!(GroupName::parse(typed).as_ref().map(GroupName::as_str), name, "{typed:?}");
        }
        assert!(GroupName::parse(&"å".repeat(80)).is_some());
        assert!(GroupName::parse(&"å".repeat(81)).is_none());
    }

    #[test]
    fn hours_are_read_and_written_the_same_way() {
        for (text, written) in [
            ("Mo-Fr 10:00-16:00", Some("Mo-Fr 10:00-16:00")),
            ("Mo,We 9:30-12:00", Some("Mo,We 09:30-12:00")),
            ("Mo,Tu,We 09:00-10:00", Some("Mo-We 09:00-10:00")),
            ("Sa 00:00-24:00", Some("Sa 00:00-24:00")),
            ("Fr-Mo 10:00-16:00", None),
            ("Mo-Fr 16:00-10:00", None),
            ("Mo-Fr 10:00-25:00", None),
            ("Mo-Fr 10:60-12:00", None),
            ("Ma-Vr 10:00-16:00", None),
            ("Mo-Fr", None),
            ("", None),
        ] {
            assert_eq!(Hours::parse(text).map(|hours| hours.to_string()).as_deref(), written, "{text:?}");
        }
    }

    #[test]
    fn rules_are_one_a_line_and_bounded() {
        assert_eq!(rules_from(" Be kind \n\n No names.\r\n"), vec!["Be kind", "No names."]);
        assert_eq!(rules_from(&"x\n".repeat(100)).len(), MAX_RULES);
        assert_eq!(rules_from(&"y".repeat(1000))[0].len(), MAX_RULE);
    }

    #[test]
    fn handles_keep_to_the_letters_everyone_takes() {
        for (name, handle) in [("Morning coffee", "morning_coffee"), ("Blåbær & te", "blaabaer_te"), ("朝", "group"), ("--", "group")] {
            assert_eq!(handle_of(name), handle, "{name}");
        }
    }
}
