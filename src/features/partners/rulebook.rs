//! The rules as one readable file (TOML): writing it, reading it, and what another one would change. Reading is all or
//! nothing: one rule that is not understood, one partner or group that is not known, and nothing of the file counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Toml};
use serde::Deserialize;

use crate::base::{Id, Origin};
use crate::db::{Conn, DbError};
use crate::features::groups;
use crate::federation::partners;
use crate::federation::rules::{Flow, Rules, Scope, Strangers};

/// Version of the file.
const VERSION: i64 = 1;
/// The largest file that is read, in bytes.
const MOST: usize = 262_144;

/// Partners and groups by the addresses that the file names them by, with what people call them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    partners: BTreeMap<String, (Id, String)>,
    groups: BTreeMap<String, (Id, String)>,
}

impl Names {
    /// Everything that a rule can be about now.
    ///
    /// # Errors
    /// Database trouble.
    pub async fn load(conn: &mut Conn) -> Result<Self, DbError> {
        let known = partners::list(conn).await?.into_iter();
        let partners = known.map(|partner| (partner.origin.to_string(), (partner.id, partner.name))).collect();
        let all = groups::all_here(conn).await?.into_iter();
        let groups = all.map(|group| (group.uri.to_string(), (group.id, group.name))).collect();
        Ok(Self { partners, groups })
    }

    /// These addresses, each for an id and a name (feature `fuzz`).
    #[cfg(feature = "fuzz")]
    pub fn known(partners: &[(&str, Id, &str)], groups: &[(&str, Id, &str)]) -> Self {
        let map = |list: &[(&str, Id, &str)]| {
            list.iter().map(|(address, id, name)| ((*address).to_owned(), (id.clone(), (*name).to_owned()))).collect()
        };
        Self { partners: map(partners), groups: map(groups) }
    }

    fn partner(&self, id: &Id) -> (&str, &str) {
        let found = self.partners.iter().find(|(_, (known, _))| known == id);
        found.map_or(("?", "?"), |(address, (_, name))| (address.as_str(), name.as_str()))
    }

    fn group(&self, id: &Id) -> (&str, &str) {
        let found = self.groups.iter().find(|(_, (known, _))| known == id);
        found.map_or(("?", "?"), |(address, (_, name))| (address.as_str(), name.as_str()))
    }

    /// What people call a scope: the partner, the group, or both.
    pub fn of(&self, scope: &Scope) -> String {
        let names = [scope.group.as_ref().map(|id| self.group(id).1), scope.partner.as_ref().map(|id| self.partner(id).1)];
        names.into_iter().flatten().collect::<Vec<_>>().join(" – ")
    }
}

/// Why a file does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not TOML, or not of this form.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// A rule that this program does not know.
    #[error("the file has a rule that is not known here: {0}")]
    UnknownRule(String),
    /// A value that the rule cannot have.
    #[error("the file gives a rule a value that it cannot have: {0}")]
    BadValue(String),
    /// A partner that is not known.
    #[error("the file names a partner that is not known here: {0}; add it first")]
    UnknownPartner(String),
    /// A group that is not known.
    #[error("the file names a group that is not known here: {0}")]
    UnknownGroup(String),
    /// Two sections for the same thing.
    #[error("the file says two things about the same: {0}")]
    Twice(String),
    /// Written for another version.
    #[error("the file is of version {0}; this program reads version 1")]
    Version(i64),
}

impl Fault {
    /// Key of the sentence and what it is about.
    pub fn key(&self) -> (&'static str, String) {
        match self {
            Self::Unreadable(why) => ("partners-book-unreadable", why.clone()),
            Self::UnknownRule(what) => ("partners-book-unknown-rule", what.clone()),
            Self::BadValue(what) => ("partners-book-bad-value", what.clone()),
            Self::UnknownPartner(what) => ("partners-book-unknown-partner", what.clone()),
            Self::UnknownGroup(what) => ("partners-book-unknown-group", what.clone()),
            Self::Twice(what) => ("partners-book-twice", what.clone()),
            Self::Version(version) => ("partners-book-version", version.to_string()),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct House {
    share: Option<String>,
    directory: Option<String>,
    media: Option<String>,
    join: Option<String>,
    strangers: Option<String>,
    #[serde(default)]
    known: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    partner: Option<String>,
    group: Option<String>,
    share: Option<String>,
    directory: Option<String>,
    media: Option<String>,
    join: Option<String>,
    strangers: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    version: i64,
    #[serde(default)]
    house: House,
    #[serde(default)]
    rule: Vec<Section>,
}

/// Reads a file.
///
/// # Errors
/// The first thing in it that does not count.
pub fn read(text: &str, names: &Names) -> Result<Rules, Fault> {
    if text.len() > MOST {
        return Err(Fault::Unreadable("it is too large".to_owned()));
    }
    let book: Book = Figment::new().merge(Toml::string(text)).extract().map_err(|error| fault(&error))?;
    if book.version != VERSION {
        return Err(Fault::Version(book.version));
    }
    let mut rules = Rules::default();
    let house = book.house;
    let flows = [house.share, house.directory, house.media, house.join];
    write_into(&mut rules, &Scope::HOUSE, flows, house.strangers)?;
    let known = house.known.iter().map(|text| Origin::parse(text).map_err(|_| Fault::BadValue(format!("known = {text}"))));
    rules.set_known(known.collect::<Result<Vec<_>, _>>()?);
    let mut seen = vec![Scope::HOUSE];
    for section in book.rule {
        let scope = scope(&section, names)?;
        if seen.contains(&scope) {
            return Err(Fault::Twice(names.of(&scope)));
        }
        write_into(&mut rules, &scope, [section.share, section.directory, section.media, section.join], section.strangers)?;
        seen.push(scope);
    }
    Ok(rules)
}

fn fault(error: &figment::Error) -> Fault {
    match &error.kind {
        Kind::UnknownField(name, _) => Fault::UnknownRule(name.clone()),
        _ => Fault::Unreadable(error.to_string().lines().next().unwrap_or_default().to_owned()),
    }
}

fn scope(section: &Section, names: &Names) -> Result<Scope, Fault> {
    let partner = match &section.partner {
        Some(address) => {
            let plain = address.trim_end_matches('/');
            Some(names.partners.get(plain).ok_or_else(|| Fault::UnknownPartner(address.clone()))?.0.clone())
        }
        None => None,
    };
    let group = match &section.group {
        Some(address) => Some(names.groups.get(address).ok_or_else(|| Fault::UnknownGroup(address.clone()))?.0.clone()),
        None => None,
    };
    if partner.is_none() && group.is_none() {
        return Err(Fault::BadValue("[[rule]] without partner and group".to_owned()));
    }
    Ok(Scope { partner, group })
}

fn write_into(rules: &mut Rules, scope: &Scope, flows: [Option<String>; 4], strangers: Option<String>) -> Result<(), Fault> {
    for (flow, value) in Flow::ALL.into_iter().zip(flows) {
        let allow = match value.as_deref() {
            None => continue,
            Some("allow") => true,
            Some("deny") => false,
            Some(other) => return Err(Fault::BadValue(format!("{} = {other}", flow.as_str()))),
        };
        rules.add(flow, scope.clone(), allow);
    }
    if let Some(value) = strangers {
        let strangers = Strangers::parse(&value).ok_or_else(|| Fault::BadValue(format!("strangers = {value}")))?;
        rules.add_strangers(scope.clone(), strangers);
    }
    Ok(())
}

/// Writes the rules as a file that people can read and change.
pub fn write(rules: &Rules, names: &Names) -> String {
    let mut out = String::from(
        "# What may flow between this house and its partners. The narrowest rule wins; without a rule it is no.\n\
         # share, directory, media, join: allow or deny. strangers: allow, known or never.\n",
    );
    _ = writeln!(out, "version = {VERSION}\n\n[house]");
    body(&mut out, rules, &Scope::HOUSE);
    let known: Vec<String> = rules.known().iter().map(|origin| quoted(origin)).collect();
    _ = writeln!(out, "known = [{}]", known.join(", "));
    for scope in rules.scopes().into_iter().filter(|scope| *scope != Scope::HOUSE) {
        _ = writeln!(out, "\n[[rule]] # {}", comment(&names.of(&scope)));
        if let Some(group) = &scope.group {
            _ = writeln!(out, "group = {}", quoted(names.group(group).0));
        }
        if let Some(partner) = &scope.partner {
            _ = writeln!(out, "partner = {}", quoted(names.partner(partner).0));
        }
        body(&mut out, rules, &scope);
    }
    out
}

fn body(out: &mut String, rules: &Rules, scope: &Scope) {
    for flow in Flow::ALL {
        if let Some(allow) = rules.exact(flow, scope) {
            _ = writeln!(out, "{} = \"{}\"", flow.as_str(), if allow { "allow" } else { "deny" });
        }
    }
    if let Some(strangers) = rules.exact_strangers(scope) {
        _ = writeln!(out, "strangers = \"{}\"", strangers.as_str());
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn comment(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// One rule that would be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about, as people call it; empty: the whole house.
    pub scope: String,
    /// `share`, `directory`, `media`, `join`, `strangers`, `known`.
    pub what: &'static str,
    /// Before; empty: no rule.
    pub before: String,
    /// After; empty: no rule.
    pub after: String,
}

/// The same with the scope itself: for the audit log, which holds ids and codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is about.
    pub scope: Scope,
    /// `share`, `directory`, `media`, `join`, `strangers`, `known`.
    pub what: &'static str,
    /// Before; empty: no rule.
    pub before: String,
    /// After; empty: no rule.
    pub after: String,
}

impl Change {
    /// As codes and ids: what it is about, and from what to what.
    pub fn words(&self) -> String {
        let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        let mut words = self.what.to_owned();
        for (kind, id) in [("partner", &self.scope.partner), ("group", &self.scope.group)] {
            if let Some(id) = id {
                _ = write!(words, " {kind} {id}");
            }
        }
        _ = write!(words, " {}>{}", or_none(&self.before), or_none(&self.after));
        words
    }
}

/// What putting `after` in the place of `before` would change, in words that people use.
pub fn differences(before: &Rules, after: &Rules, names: &Names) -> Vec<Difference> {
    let known = |rules: &Rules| rules.known().iter().cloned().collect::<Vec<_>>().join(", ");
    let flows = changes(before, after).into_iter().filter(|change| change.what != "known");
    let mut found: Vec<Difference> =
        flows.map(|Change { scope, what, before, after }| Difference { scope: names.of(&scope), what, before, after }).collect();
    if before.known() != after.known() {
        found.push(Difference { scope: String::new(), what: "known", before: known(before), after: known(after) });
    }
    found
}

/// What putting `after` in the place of `before` would change, one by one. A known organisation that is added or taken away is a
/// change of its own.
pub fn changes(before: &Rules, after: &Rules) -> Vec<Change> {
    let mut found = Vec::new();
    let mut add = |scope: &Scope, what, before: &str, after: &str| {
        if before != after {
            found.push(Change { scope: scope.clone(), what, before: before.to_owned(), after: after.to_owned() });
        }
    };
    let word = |allow: Option<bool>| match allow {
        None => "",
        Some(true) => "allow",
        Some(false) => "deny",
    };
    let mut scopes = before.scopes();
    scopes.extend(after.scopes());
    for scope in &scopes {
        for flow in Flow::ALL {
            add(scope, flow.as_str(), word(before.exact(flow, scope)), word(after.exact(flow, scope)));
        }
        let strangers = |rules: &Rules| rules.exact_strangers(scope).map_or("", Strangers::as_str);
        add(scope, "strangers", strangers(before), strangers(after));
    }
    for gone in before.known().difference(after.known()) {
        add(&Scope::HOUSE, "known", gone, "");
    }
    for new in after.known().difference(before.known()) {
        add(&Scope::HOUSE, "known", "", new);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let id = |c: &str| Id::parse(&c.repeat(26)).unwrap();
        Names {
            partners: BTreeMap::from([
                ("https://b.example".to_owned(), (id("b"), "Herning \"1\"".to_owned())),
                ("https://c.example".to_owned(), (id("c"), "Zwolle".to_owned())),
            ]),
            groups: BTreeMap::from([("https://a.example/g/1".to_owned(), (id("g"), "Morning\ncoffee".to_owned()))]),
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let names = names();
        let scope = |partner: Option<&str>, group: Option<&str>| Scope {
            partner: partner.and_then(|c| Id::parse(&c.repeat(26))),
            group: group.and_then(|c| Id::parse(&c.repeat(26))),
        };
        let mut rules = Rules::installed();
        rules.set(Flow::Share, &scope(Some("b"), None), Some(false));
        rules.set(Flow::Share, &scope(Some("b"), Some("g")), Some(true));
        rules.set_strangers(&scope(None, Some("g")), Some(Strangers::Known));
        rules.set_known([Origin::parse("https://d.example").unwrap()]);
        let text = write(&rules, &names);
        assert_eq!(read(&text, &names), Ok(rules.clone()), "{text}");
        assert_eq!(differences(&rules, &rules, &names), Vec::new());
        let changes = differences(&Rules::installed(), &rules, &names);
        assert_eq!(changes.len(), 4, "{changes:?}");
        let words: Vec<String> = super::changes(&Rules::installed(), &rules).iter().map(Change::words).collect();
        let (b, g) = ("b".repeat(26), "g".repeat(26));
        assert_eq!(
            words,
            [
                format!("strangers group {g} none>known"),
                format!("share partner {b} none>deny"),
                format!("share partner {b} group {g} none>allow"),
                "known none>https://d.example".to_owned()
            ]
        );
        let back: Vec<String> = super::changes(&rules, &Rules::installed()).iter().map(Change::words).collect();
        assert!(back.contains(&format!("share partner {b} deny>none")) && back.contains(&"known https://d.example>none".to_owned()));
    }

    #[test]
    fn one_thing_that_is_not_known_and_nothing_counts() {
        for (text, fault) in [
            ("version = 1\n[house]\nshare = \"allow\"\nwhisper = \"allow\"\n", Fault::UnknownRule("whisper".to_owned())),
            ("version = 1\n[[rule]]\npartner = \"https://b.example\"\ngossip = \"deny\"\n", Fault::UnknownRule("gossip".to_owned())),
            (
                "version = 1\n[[rule]]\npartner = \"https://x.example\"\nshare = \"deny\"\n",
                Fault::UnknownPartner("https://x.example".to_owned()),
            ),
            ("version = 1\n[[rule]]\ngroup = \"https://a.example/g/9\"\n", Fault::UnknownGroup("https://a.example/g/9".to_owned())),
            ("version = 1\n[house]\nshare = \"perhaps\"\n", Fault::BadValue("share = perhaps".to_owned())),
            ("version = 1\n[house]\nstrangers = \"deny\"\n", Fault::BadValue("strangers = deny".to_owned())),
            ("version = 1\n[[rule]]\nshare = \"deny\"\n", Fault::BadValue("[[rule]] without partner and group".to_owned())),
            ("version = 2\n", Fault::Version(2)),
            (
                "version = 1\n[[rule]]\npartner = \"https://c.example\"\n[[rule]]\npartner = \"https://c.example/\"\n",
                Fault::Twice("Zwolle".to_owned()),
            ),
        ] {
            assert_eq!(read(text, &names()), Err(fault), "{text}");
        }
        for text in ["", "version", "share = [", "version = \"x\""] {
            assert!(matches!(read(text, &names()), Err(Fault::Unreadable(_))), "{text}");
        }
        assert_eq!(read("version = 1", &names()), Ok(Rules::default()), "no rule is no");
    }
}
