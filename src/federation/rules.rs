//! What may flow between this house and its partners, as rules that an admin writes: for the house, for a partner, for a
//! group, for a group at a partner. The narrowest rule wins, among equals a no wins, and without a rule it is no. Judging is
//! pure; loading and saving are at the end. Who may change rules is decided by the features above.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Id, Origin};
use crate::db::{Conn, DbError, Tx};
use crate::federation::declaration;
use crate::federation::partners::{self, Partner};
use crate::federation::policy::{Between, Others};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Groups of this house may be shared.
    Share,
    /// Shared groups stand in the partner's list of groups.
    Directory,
    /// Pictures and files of shared groups go along.
    Media,
    /// People of this house may join groups of the partner.
    Join,
}

impl Flow {
    /// All of them, in the order of pages and files.
    pub const ALL: [Self; 4] = [Self::Share, Self::Directory, Self::Media, Self::Join];

    /// As stored and as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Directory => "directory",
            Self::Media => "media",
            Self::Join => "join",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.as_str() == text)
    }
}

/// Whether people of this house may join groups that other organisations read too. The order is from wide to narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strangers {
    /// Whoever else reads it.
    Allow,
    /// Only when every other organisation is a partner of ours or on our list.
    Known,
    /// Only groups that no third organisation reads.
    Never,
}

impl Strangers {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Known, Self::Never];

    /// As stored and as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Known => "known",
            Self::Never => "never",
        }
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// What a rule covers. Nothing named: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// Only this partner.
    pub partner: Option<Id>,
    /// Only this group.
    pub group: Option<Id>,
}

impl Scope {
    /// Everything.
    pub const HOUSE: Self = Self { partner: None, group: None };

    /// One partner.
    pub const fn partner(partner: Id) -> Self {
        Self { partner: Some(partner), group: None }
    }

    /// One group.
    pub const fn group(group: Id) -> Self {
        Self { partner: None, group: Some(group) }
    }

    /// How narrow it is.
    fn width(&self) -> usize {
        usize::from(self.partner.is_some()) + usize::from(self.group.is_some())
    }

    fn covers(&self, partner: &Id, group: Option<&Id>) -> bool {
        self.partner.as_ref().is_none_or(|own| own == partner) && self.group.as_ref().is_none_or(|own| Some(own) == group)
    }
}

/// All rules of the house. A set: the order in which they were written says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    flows: BTreeSet<(Flow, Scope, bool)>,
    strangers: BTreeSet<(Scope, Strangers)>,
    known: BTreeSet<String>,
}

impl Rules {
    /// What a new house begins with: partners get what their agreement says.
    pub fn installed() -> Self {
        let mut rules = Self::default();
        for flow in Flow::ALL {
            rules.add(flow, Scope::HOUSE, true);
        }
        rules.add_strangers(Scope::HOUSE, Strangers::Allow);
        rules
    }

    /// Adds a rule. One that says the opposite for the same scope stays beside it, and the no wins.
    pub fn add(&mut self, flow: Flow, scope: Scope, allow: bool) {
        self.flows.insert((flow, scope, allow));
    }

    /// Puts a rule in the place of all others for the same scope; `None` takes them away.
    pub fn set(&mut self, flow: Flow, scope: &Scope, allow: Option<bool>) {
        self.flows.retain(|(what, where_, _)| (*what, where_) != (flow, scope));
        if let Some(allow) = allow {
            self.add(flow, scope.clone(), allow);
        }
    }

    /// Adds a rule about groups that others read too.
    pub fn add_strangers(&mut self, scope: Scope, strangers: Strangers) {
        self.strangers.insert((scope, strangers));
    }

    /// Puts such a rule in the place of others for the same scope; `None` takes them away.
    pub fn set_strangers(&mut self, scope: &Scope, strangers: Option<Strangers>) {
        self.strangers.retain(|(where_, _)| where_ != scope);
        if let Some(strangers) = strangers {
            self.add_strangers(scope.clone(), strangers);
        }
    }

    /// Organisations that are known without being partners.
    pub const fn known(&self) -> &BTreeSet<String> {
        &self.known
    }

    /// Puts another list of known organisations in place.
    pub fn set_known(&mut self, known: impl IntoIterator<Item = Origin>) {
        self.known = known.into_iter().map(|origin| origin.to_string()).collect();
    }

    /// What the rule for exactly this scope says, if there is one.
    pub fn exact(&self, flow: Flow, scope: &Scope) -> Option<bool> {
        let mut found = self.flows.iter().filter(|(what, where_, _)| (*what, where_) == (flow, scope)).map(|(_, _, allow)| *allow);
        let first = found.next()?;
        Some(first && found.all(|allow| allow))
    }

    /// The same for groups that others read too.
    pub fn exact_strangers(&self, scope: &Scope) -> Option<Strangers> {
        self.strangers.iter().filter(|(where_, _)| where_ == scope).map(|(_, strangers)| *strangers).max()
    }

    /// Every scope that some rule is about.
    pub fn scopes(&self) -> BTreeSet<Scope> {
        self.flows.iter().map(|(_, scope, _)| scope.clone()).chain(self.strangers.iter().map(|(scope, _)| scope.clone())).collect()
    }

    /// Whether this may flow. The narrowest rules decide, a no among them wins, and no rule is no.
    pub fn allows(&self, flow: Flow, partner: &Id, group: Option<&Id>) -> bool {
        let covering = || self.flows.iter().filter(|(what, scope, _)| *what == flow && scope.covers(partner, group));
        let Some(narrowest) = covering().map(|(_, scope, _)| scope.width()).max() else { return false };
        covering().filter(|(_, scope, _)| scope.width() == narrowest).all(|(_, _, allow)| *allow)
    }

    /// What holds for joining groups that others read too: the narrowest rules, the strictest among equals, without a rule never.
    pub fn strangers(&self, partner: &Id, group: Option<&Id>) -> Strangers {
        let covering = || self.strangers.iter().filter(|(scope, _)| scope.covers(partner, group));
        let narrowest = covering().map(|(scope, _)| scope.width()).max();
        covering().filter(|(scope, _)| Some(scope.width()) == narrowest).map(|(_, strangers)| *strangers).max().unwrap_or(Strangers::Never)
    }
}

/// What stands between this house and a partner, for one group or for all: what [`crate::federation::policy::decide`] asks.
pub fn between<'a>(partner: &'a Partner, rules: &'a Rules, declared: bool, group: Option<&'a Id>) -> Between<'a> {
    Between { partner, rules, declared, group, others: Others::None }
}

/// Whether this partner has said when somebody is there and who takes a worry (care I13).
///
/// # Errors
/// Database trouble.
pub async fn has_declared(conn: &mut Conn, partner: &Id) -> Result<bool, DbError> {
    let said = declaration::of_partner(conn, partner).await?;
    Ok(said.is_some_and(|said| !said.hours.trim().is_empty() && !said.worry_contact.trim().is_empty()))
}

/// Who else reads a group of `home`, as far as the rules ask: `named` are the origins that its home names.
///
/// # Errors
/// Database trouble.
pub async fn others(conn: &mut Conn, rules: &Rules, home: &Partner, ours: &Origin, named: &[String]) -> Result<Others, DbError> {
    let third = third(home, ours, named);
    if third.is_empty() {
        return Ok(Others::None);
    }
    Ok(judged(&third, &partners::list(conn).await?, rules))
}

/// The same where the partners are known already, as they are or as they would be.
pub fn others_among(all: &[Partner], rules: &Rules, home: &Partner, ours: &Origin, named: &[String]) -> Others {
    judged(&third(home, ours, named), all, rules)
}

/// Readers that are neither the group's home nor this house.
fn third<'a>(home: &Partner, ours: &Origin, named: &'a [String]) -> Vec<&'a str> {
    let readers: BTreeSet<&str> = named.iter().map(|origin| origin.trim_end_matches('/')).collect();
    readers.into_iter().filter(|origin| *origin != ours.as_str() && *origin != home.origin.as_str()).collect()
}

fn judged(third: &[&str], all: &[Partner], rules: &Rules) -> Others {
    if third.is_empty() {
        return Others::None;
    }
    let partners = all.iter().filter(|partner| matches!(partner.state, partners::State::Active | partners::State::Paused));
    let partners: BTreeSet<&str> = partners.map(|partner| partner.origin.as_str()).collect();
    let known = |origin: &&str| partners.contains(*origin) || rules.known.contains(*origin);
    if third.iter().all(known) { Others::Known } else { Others::Unknown }
}

/// The rules of this house.
///
/// # Errors
/// Database trouble.
pub async fn load(conn: &mut Conn) -> Result<Rules, DbError> {
    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT what, partner_id, group_id, effect FROM policy_rules").fetch_all(conn.sql()).await?;
    let mut rules = Rules::default();
    for (what, partner, group, effect) in rows {
        let scope = Scope { partner: Id::parse(&partner), group: Id::parse(&group) };
        match (Flow::parse(&what), Strangers::parse(&effect)) {
            // What cannot be read is a no.
            (Some(flow), _) => rules.add(flow, scope, effect == "allow"),
            (None, strangers) => rules.add_strangers(scope, strangers.unwrap_or(Strangers::Never)),
        }
    }
    let known: Vec<(String,)> = sqlx::query_as("SELECT origin FROM policy_known").fetch_all(conn.sql()).await?;
    rules.known = known.into_iter().map(|(origin,)| origin).collect();
    Ok(rules)
}

/// Puts these rules in the place of all others.
///
/// # Errors
/// Database trouble.
pub async fn save(tx: &mut Tx, rules: &Rules) -> Result<(), DbError> {
    sqlx::query("DELETE FROM policy_rules").execute(tx.sql()).await?;
    sqlx::query("DELETE FROM policy_known").execute(tx.sql()).await?;
    let mut rows: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    for (flow, scope, allow) in &rules.flows {
        let key = (flow.as_str(), scope.partner.as_ref().map_or("", Id::as_str), scope.group.as_ref().map_or("", Id::as_str));
        let said = rows.entry(key).or_insert("allow");
        if !allow {
            *said = "deny";
        }
    }
    // From wide to narrow, so that the strictest of one scope is what stays.
    for (scope, strangers) in &rules.strangers {
        let key = ("strangers", scope.partner.as_ref().map_or("", Id::as_str), scope.group.as_ref().map_or("", Id::as_str));
        rows.insert(key, strangers.as_str());
    }
    for ((what, partner, group), effect) in rows {
        sqlx::query("INSERT INTO policy_rules (what, partner_id, group_id, effect) VALUES ($1, $2, $3, $4)")
            .bind(what)
            .bind(partner)
            .bind(group)
            .bind(effect)
            .execute(tx.sql())
            .await?;
    }
    for origin in &rules.known {
        sqlx::query("INSERT INTO policy_known (origin) VALUES ($1)").bind(origin.as_str()).execute(tx.sql()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::database;

    fn id(n: u8) -> Id {
        Id::parse(&format!("{}{}", "a".repeat(25), char::from(b'a' + n))).expect("an id")
    }

    fn scope() -> impl Strategy<Value = Scope> {
        (proptest::option::of(0..3_u8), proptest::option::of(0..3_u8))
            .prop_map(|(partner, group)| Scope { partner: partner.map(id), group: group.map(id) })
    }

    fn flow() -> impl Strategy<Value = Flow> {
        (0..4_usize).prop_map(|at| Flow::ALL[at])
    }

    fn written() -> impl Strategy<Value = Vec<(Flow, Scope, bool)>> {
        proptest::collection::vec((flow(), scope(), any::<bool>()), 0..12)
    }

    fn of(list: &[(Flow, Scope, bool)]) -> Rules {
        let mut rules = Rules::default();
        for (flow, scope, allow) in list {
            rules.add(*flow, scope.clone(), *allow);
        }
        rules
    }

    proptest! {
        #[test]
        fn one_more_no_never_allows_more(list in written(), flow in flow(), scope in scope(), at in (0..3_u8, proptest::option::of(0..3_u8))) {
            let (partner, group) = (id(at.0), at.1.map(id));
            let before = of(&list);
            let mut after = before.clone();
            after.add(flow, scope, false);
            for asked in Flow::ALL {
                prop_assert!(before.allows(asked, &partner, group.as_ref()) || !after.allows(asked, &partner, group.as_ref()));
            }
        }

        #[test]
        fn the_order_says_nothing(list in written(), at in (0..3_u8, proptest::option::of(0..3_u8))) {
            let (partner, group) = (id(at.0), at.1.map(id));
            let turned: Vec<_> = list.iter().rev().cloned().collect();
            for asked in Flow::ALL {
                prop_assert_eq!(of(&list).allows(asked, &partner, group.as_ref()), of(&turned).allows(asked, &partner, group.as_ref()));
            }
        }

        #[test]
        fn the_narrowest_wins(list in written(), flow in flow(), allow in any::<bool>()) {
            let (partner, group) = (id(0), id(0));
            let exact = Scope { partner: Some(partner.clone()), group: Some(group.clone()) };
            let mut rules = of(&list);
            rules.set(flow, &exact, Some(allow));
            prop_assert_eq!(rules.allows(flow, &partner, Some(&group)), allow);
        }
    }

    #[test]
    fn without_a_rule_it_is_no_and_a_group_can_be_the_exception() {
        let mut rules = Rules::default();
        assert!(!rules.allows(Flow::Share, &id(0), None));
        assert_eq!(rules.strangers(&id(0), None), Strangers::Never);
        rules.add(Flow::Share, Scope::HOUSE, true);
        rules.add(Flow::Share, Scope::partner(id(0)), false);
        rules.add(Flow::Share, Scope { partner: Some(id(0)), group: Some(id(1)) }, true);
        assert!(rules.allows(Flow::Share, &id(0), Some(&id(1))) && !rules.allows(Flow::Share, &id(0), Some(&id(2))));
        assert!(rules.allows(Flow::Share, &id(1), Some(&id(2))));
        // A partner and a group are equally narrow: the no wins.
        rules.add(Flow::Share, Scope::group(id(2)), false);
        rules.add(Flow::Share, Scope::partner(id(1)), true);
        assert!(!rules.allows(Flow::Share, &id(1), Some(&id(2))));
    }

    #[tokio::test]
    async fn rules_are_kept_as_they_are() {
        for db in database::both().await {
            let mut tx = db.begin().await.unwrap();
            assert_eq!(load(&mut tx).await.unwrap(), Rules::installed());
            let mut rules = Rules::installed();
            rules.set(Flow::Join, &Scope::partner(id(1)), Some(false));
            rules.set_strangers(&Scope::group(id(2)), Some(Strangers::Known));
            rules.set_known([Origin::parse("https://d.example").unwrap()]);
            save(&mut tx, &rules).await.unwrap();
            save(&mut tx, &rules).await.unwrap();
            assert_eq!(load(&mut tx).await.unwrap(), rules);
        }
    }

    #[test]
    fn a_partner_is_narrower_than_the_house() {
        let mut rules = Rules::default();
        rules.add(Flow::Share, Scope::HOUSE, false);
        rules.add(Flow::Share, Scope::partner(id(0)), true);
        assert!(rules.allows(Flow::Share, &id(0), None) && !rules.allows(Flow::Share, &id(1), None));
        rules.add_strangers(Scope::HOUSE, Strangers::Never);
        rules.add_strangers(Scope::group(id(2)), Strangers::Allow);
        assert_eq!(rules.strangers(&id(0), Some(&id(2))), Strangers::Allow);
        assert_eq!(rules.strangers(&id(0), Some(&id(1))), Strangers::Never);
    }

    #[test]
    fn what_a_scope_says_is_said_of_exactly_that_scope() {
        let mut rules = Rules::default();
        let partner = Scope::partner(id(0));
        rules.add(Flow::Share, partner.clone(), true);
        rules.add(Flow::Join, partner.clone(), false);
        rules.add(Flow::Media, Scope::HOUSE, true);
        rules.add(Flow::Media, Scope::HOUSE, false);
        assert_eq!(rules.exact(Flow::Share, &partner), Some(true));
        assert_eq!(rules.exact(Flow::Join, &partner), Some(false));
        assert_eq!(rules.exact(Flow::Share, &Scope::HOUSE), None);
        assert_eq!(rules.exact(Flow::Media, &partner), None);
        assert_eq!(rules.exact(Flow::Media, &Scope::HOUSE), Some(false), "a no beside a yes wins");
        rules.set_strangers(&partner, Some(Strangers::Known));
        rules.set_strangers(&Scope::group(id(1)), Some(Strangers::Never));
        rules.set_strangers(&partner, Some(Strangers::Allow));
        assert_eq!(rules.exact_strangers(&partner), Some(Strangers::Allow));
        assert_eq!(rules.exact_strangers(&Scope::group(id(1))), Some(Strangers::Never));
        assert_eq!(rules.exact_strangers(&Scope::HOUSE), None);
        assert_eq!(rules.scopes(), BTreeSet::from([Scope::HOUSE, partner.clone(), Scope::group(id(1))]));
        rules.set_strangers(&partner, None);
        assert_eq!(rules.exact_strangers(&partner), None);
    }

    #[tokio::test]
    async fn who_has_declared_named_both_hours_and_a_person() {
        for db in database::both().await {
            let mut tx = db.begin().await.unwrap();
            assert!(!has_declared(&mut tx, &id(0)).await.unwrap());
            let whole = declaration::Declaration::installed();
            for (hours, worry_contact, enough) in
                [("Mo 09:00-10:00", "The desk", true), (" ", "The desk", false), ("Mo 09:00-10:00", "", false)]
            {
                let said = declaration::Declaration { hours: hours.to_owned(), worry_contact: worry_contact.to_owned(), ..whole.clone() };
                declaration::keep_of_partner(&mut tx, &id(0), &said).await.unwrap();
                assert_eq!(has_declared(&mut tx, &id(0)).await.unwrap(), enough, "{hours:?} {worry_contact:?}");
            }
        }
    }

    #[tokio::test]
    async fn other_readers_are_known_when_they_are_partners_or_listed() {
        for db in database::both().await {
            let ours = Origin::parse("https://veld.test").unwrap();
            let now = crate::base::Timestamp::from_seconds(1_772_366_400);
            let sequence = std::sync::Arc::new(crate::federation::here::Sequence::default());
            let here = crate::federation::here::Here::new(now, std::sync::Arc::new(crate::base::SystemChance), ours.clone(), sequence);
            let mut tx = db.begin().await.unwrap();
            let mut named = Vec::new();
            for (host, state) in [("b", partners::State::Active), ("c", partners::State::Paused), ("d", partners::State::Ended)] {
                let origin = Origin::parse(&format!("https://{host}.test")).unwrap();
                let partner = partners::name(&mut tx, &here, &origin, false).await.unwrap();
                partners::set_state(&mut tx, &partner.id, state, now).await.unwrap();
                named.push(partner);
            }
            let mut rules = Rules::installed();
            rules.set_known([Origin::parse("https://e.test").unwrap()]);
            assert_eq!(rules.known().iter().collect::<Vec<_>>(), ["https://e.test"]);
            for (readers, expected) in [
                (&["https://veld.test", "https://b.test/"][..], Others::None),
                (&["https://c.test"], Others::Known),
                (&["https://c.test", "https://e.test/", "https://veld.test"], Others::Known),
                (&["https://d.test"], Others::Unknown),
                (&["https://c.test", "https://x.test"], Others::Unknown),
            ] {
                let readers: Vec<String> = readers.iter().map(ToString::to_string).collect();
                assert_eq!(others(&mut tx, &rules, &named[0], &ours, &readers).await.unwrap(), expected, "{readers:?}");
            }
        }
    }
}
