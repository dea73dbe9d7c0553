//! How a group is put into words: when its hosts answer, who can read it, who may join. Shared by all pages of groups,
//! and by posts above the writing box.

use crate::web::Words;

use super::super::group::{Hours, JoinRule, Organisation};

const DAY_KEYS: [&str; 7] =
    ["groups-day-0", "groups-day-1", "groups-day-2", "groups-day-3", "groups-day-4", "groups-day-5", "groups-day-6"];

/// The name of a day, Monday = 0.
pub fn day(t: &Words, day: u8) -> String {
    DAY_KEYS.get(usize::from(day)).map(|key| t.say(key)).unwrap_or_default()
}

/// "Aalst, Herning and Zwolle".
pub fn listed(t: &Words, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => t.with("groups-list-and", &[("first", &first.join(", ")), ("last", last)]),
    }
}

/// "Monday to Friday, 10:00 to 16:00".
pub fn hours(t: &Words, hours: &Hours) -> String {
    let (from, until) = hours.span();
    let days = match hours.run() {
        Some((first, last)) => t.with("groups-days-run", &[("first", &day(t, first)), ("last", &day(t, last))]),
        None => listed(t, &hours.days().iter().map(|d| day(t, *d)).collect::<Vec<_>>()),
    };
    t.with("groups-hours", &[("days", &days), ("from", &from), ("until", &until)])
}

/// Who can read the group, in one sentence that names every organisation (care.md §5, screen 3).
///
/// `house` is the name of this house; `others` are the organisations without it.
pub fn readers(t: &Words, house: &str, others: &[Organisation]) -> String {
    if others.is_empty() {
        return t.with("groups-readers-house", &[("house", house)]);
    }
    let mut names = vec![house.to_owned()];
    names.extend(others.iter().map(|organisation| organisation.name.clone()));
    let count = names.len().to_string();
    t.with("groups-readers-partners", &[("count", &count), ("names", &listed(t, &names))])
}

/// Who may join, as one sentence.
pub fn join_rule(t: &Words, rule: JoinRule) -> String {
    t.say(match rule {
        JoinRule::Open => "groups-join-open",
        JoinRule::Ask => "groups-join-ask",
        JoinRule::Invite => "groups-join-invite",
    })
}

/// The name of a language that a group can be in.
pub fn language(t: &Words, tag: &str) -> String {
    match tag {
        "en" => t.say("groups-language-en"),
        "nl" => t.say("groups-language-nl"),
        "da" => t.say("groups-language-da"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Lang;

    fn t() -> Words {
        Words::new(Lang::En)
    }

    #[test]
    fn hours_are_said_in_words() {
        for (written, said) in [
            ("Mo-Fr 10:00-16:00", "Monday to Friday, 10:00 to 16:00"),
            ("Mo,We 09:30-12:00", "Monday and Wednesday, 09:30 to 12:00"),
            ("Tu,Th,Sa 09:30-12:00", "Tuesday, Thursday and Saturday, 09:30 to 12:00"),
            ("Su 14:00-15:00", "Sunday, 14:00 to 15:00"),
        ] {
            assert_eq!(hours(&t(), &Hours::parse(written).unwrap()), said);
        }
    }

    #[test]
    fn readers_are_named_one_by_one() {
        assert_eq!(readers(&t(), "Aalst", &[]), "Only people of Aalst can read this group.");
        let other = |name: &str| Organisation { id: format!("https://{name}.example"), name: name.to_owned() };
        assert_eq!(
            readers(&t(), "Aalst", &[other("Herning"), other("Zwolle")]),
            "People of 3 houses can read this group: Aalst, Herning and Zwolle."
        );
    }
}
