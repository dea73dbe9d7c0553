//! The facts that every decision of a dry run rests on, as they are today or as they would be. It asks the one decision of the
//! policy, as the house itself does, and decides nothing of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Id, Origin};
use crate::db::{Conn, DbError};
use crate::features::groups::{self, Group};
use crate::federation::activity::Verb;
use crate::federation::audience::Audience;
use crate::federation::partners::{self, Flows, Partner, State};
use crate::federation::policy::{self, Action, Between, Facts, Principal, Reach, Standing};
use crate::federation::rules::{self, Flow, Rules};

use super::super::store::{self, Traffic};
use super::FlowLine;

/// What would become of a message that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes out.
    Goes,
    /// It waits on, and why.
    Held(&'static str),
    /// It is never sent.
    Dropped,
}

/// See the module.
#[derive(Clone)]
pub(super) struct World {
    partners: BTreeMap<Id, Partner>,
    groups: BTreeMap<Id, Group>,
    shared: BTreeMap<Id, BTreeSet<Id>>,
    /// Partners that said when somebody is there and who takes a worry.
    declared: BTreeSet<Id>,
    /// (group, partner) where people of the partner are in it.
    inside: BTreeSet<(Id, Id)>,
    ours: Origin,
    /// The rules.
    pub rules: Rules,
    /// The partner that would be new.
    new: Option<Id>,
}

type Why = Result<(), &'static str>;

impl World {
    /// As everything is today.
    pub async fn load(conn: &mut Conn, ours: &Origin) -> Result<Self, DbError> {
        let mut world = Self {
            partners: BTreeMap::new(),
            groups: groups::all_here(conn).await?.into_iter().map(|group| (group.id.clone(), group)).collect(),
            shared: BTreeMap::new(),
            declared: BTreeSet::new(),
            inside: BTreeSet::new(),
            ours: ours.clone(),
            rules: rules::load(conn).await?,
            new: None,
        };
        for partner in partners::list(conn).await? {
            if rules::has_declared(conn, &partner.id).await? {
                world.declared.insert(partner.id.clone());
            }
            world.partners.insert(partner.id.clone(), partner);
        }
        for (group, partner) in store::sharings(conn).await? {
            world.share(&group, &partner);
        }
        for group in world.shared.keys() {
            let partners = groups::partners_with_members(conn, group).await?;
            world.inside.extend(partners.into_iter().map(|partner| (group.clone(), partner)));
        }
        Ok(world)
    }

    /// What a partner is called; empty when it is not known.
    pub fn name_of(&self, id: &Id) -> String {
        self.partners.get(id).map(|partner| partner.name.clone()).unwrap_or_default()
    }

    /// Moves a partnership.
    pub fn set_state(&mut self, id: &Id, state: State) {
        if let Some(partner) = self.partners.get_mut(id) {
            partner.state = state;
            partner.closing = state == State::Ended;
        }
    }

    /// Other terms.
    pub fn set_flows(&mut self, id: &Id, flows: Flows) {
        if let Some(partner) = self.partners.get_mut(id) {
            partner.flows = flows;
        }
    }

    /// Shares a group.
    pub fn share(&mut self, group: &Id, partner: &Id) {
        self.shared.entry(group.clone()).or_default().insert(partner.clone());
    }

    /// Shares it no more.
    pub fn unshare(&mut self, group: &Id, partner: &Id) {
        if let Some(readers) = self.shared.get_mut(group) {
            readers.remove(partner);
        }
    }

    /// Partners that read this group of this house.
    pub fn readers_of(&self, group: &Id) -> BTreeSet<Id> {
        self.shared.get(group).cloned().unwrap_or_default()
    }

    /// Groups of this house that this partner reads.
    pub fn shared_with(&self, partner: &Id) -> Vec<Id> {
        self.shared.iter().filter(|(_, readers)| readers.contains(partner)).map(|(group, _)| group.clone()).collect()
    }

    /// A partner more: both agreed to the standard terms, and it declared what a house declares. One that is there already, and not
    /// over, stays as it is.
    pub fn add(&mut self, origin: &Origin) {
        let before = self.partners.values().find(|partner| partner.origin == *origin).cloned();
        if before.as_ref().is_some_and(|partner| partner.state != State::Ended) {
            return;
        }
        // No id of a row: it exists in this thought only.
        let Some(id) = before.map(|partner| partner.id).or_else(|| Id::parse(&"a".repeat(26))) else { return };
        let partner = Partner {
            id: id.clone(),
            origin: origin.clone(),
            name: origin.host().to_owned(),
            state: State::Active,
            handshake: true,
            actor_uri: None,
            shared_inbox: None,
            offer_uri: None,
            started_at: None,
            flows: Flows::default(),
            closing: false,
            paused_for: String::new(),
            remembered: false,
        };
        self.declared.insert(id.clone());
        self.partners.insert(id.clone(), partner);
        self.new = Some(id);
    }

    fn between<'a>(&'a self, partner: &'a Partner, group: Option<&'a Id>) -> Between<'a> {
        rules::between(partner, &self.rules, self.declared.contains(&partner.id), group)
    }

    /// Whether a host may share this group with this partner.
    pub fn may_share(&self, group: &Id, partner: &Id) -> bool {
        self.partners.get(partner).is_some_and(|known| groups::may_read(&self.between(known, Some(group))).allow)
    }

    /// Asks the policy about a partner, per group.
    fn ask(&self, partner: &Partner, action: Action, group: Option<&Id>, audience: Option<&Audience>) -> Why {
        let shared = Audience::of_partners(group.and_then(|group| self.shared.get(group)).into_iter().flatten().cloned());
        let between = Some(self.between(partner, group));
        let (listed, standing) = (true, Standing::None);
        let facts = Facts { reach: Reach::Partners, listed, shared_with: &shared, audience, standing, archived: false, between };
        why(&policy::decide(&Principal::Partner(partner.id.clone()), action, &facts))
    }

    /// Whether people of this house may join a group of this partner.
    fn joins(&self, partner: &Partner, group: &Group) -> Why {
        let named: Vec<String> = group.shared_with.iter().map(|reader| reader.id.clone()).collect();
        let all: Vec<Partner> = self.partners.values().cloned().collect();
        let others = rules::others_among(&all, &self.rules, partner, &self.ours, &named);
        let (nobody, between) = (Audience::house(), Some(Between { others, ..self.between(partner, Some(&group.id)) }));
        let (listed, standing) = (true, Standing::None);
        let facts = Facts { reach: group.reach, listed, shared_with: &nobody, audience: None, standing, archived: false, between };
        why(&policy::decide(&Principal::Member { personas: Vec::new() }, Action::Join, &facts))
    }

    /// Whether this flows for a group and a partner.
    fn flows(&self, flow: Flow, group: &Group, partner: &Id) -> Why {
        let Some(known) = self.partners.get(partner) else { return Err("unknown") };
        match flow {
            Flow::Join => self.joins(known, group),
            Flow::Directory => self.ask(known, Action::List, Some(&group.id), None),
            Flow::Media => self.ask(known, Action::Media, Some(&group.id), None),
            Flow::Share => {
                self.ask(known, Action::Store, Some(&group.id), None)?;
                why(&groups::may_read(&self.between(known, Some(&group.id))))
            }
        }
    }

    /// Every flow of every group that would be another one in `then`, at most so many.
    pub fn changes_to(&self, then: &Self, most: usize) -> Vec<FlowLine> {
        let mut found = Vec::new();
        for group in self.groups.values().filter(|group| group.ended_at.is_none() && !group.name.is_empty()) {
            let pairs: Vec<(Flow, Id)> = if let Some(home) = &group.home {
                vec![(Flow::Join, home.clone())]
            } else {
                let readers = [&self.shared, &then.shared].into_iter().filter_map(|shared| shared.get(&group.id)).flatten();
                let readers: BTreeSet<&Id> = readers.collect();
                let each = |flow: Flow| readers.iter().map(move |id| (flow, (*id).clone())).collect::<Vec<_>>();
                [Flow::Share, Flow::Directory, Flow::Media].into_iter().flat_map(each).collect()
            };
            for (flow, id) in pairs {
                let (starts, reason) = match (self.flows(flow, group, &id), then.flows(flow, group, &id)) {
                    (Ok(()), Err(reason)) => (false, reason),
                    (Err(reason), Ok(())) => (true, reason),
                    _ => continue,
                };
                found.push(FlowLine { flow: flow.as_str(), group: group.name.clone(), partner: then.name_of(&id), starts, reason });
            }
            let Some(new) = then.new.as_ref().filter(|new| group.home.is_none() && then.may_share(&group.id, new)) else { continue };
            let partner = then.name_of(new);
            found.push(FlowLine { flow: "may-share", group: group.name.clone(), partner, starts: true, reason: "not-yet-partner" });
        }
        found.truncate(most);
        found
    }

    /// Why a delivery or a read of this kind would or would not go.
    pub fn goes(&self, row: &Traffic, audience: Option<&Audience>) -> Why {
        let Some(partner) = Id::parse(&row.partner_id).and_then(|id| self.partners.get(&id)) else { return Err("unknown") };
        let group = Id::parse(&row.thread).and_then(|id| self.groups.get(&id));
        if row.verb == store::READ {
            // Not even what is open to all is served to who is not active.
            self.state(partner)?;
            return group.map_or(Ok(()), |group| self.ask(partner, Action::See, Some(&group.id), audience));
        }
        let verb = Verb::parse(&row.verb);
        if !policy::may_go(partner, verb) {
            return self.state(partner).and(Err("unknown"));
        }
        let Some(group) = group else { return Ok(()) };
        match (verb, group.is_local()) {
            (Verb::Announce, true) => self.ask(partner, Action::Store, Some(&group.id), audience),
            (Verb::Update, true) if self.inside.contains(&(group.id.clone(), partner.id.clone())) => Ok(()),
            (Verb::Update, true) => self.ask(partner, Action::List, Some(&group.id), None),
            (Verb::Follow, false) => self.joins(partner, group),
            _ => Ok(()),
        }
    }

    /// Why nothing moves with this partner, if nothing does.
    fn state(&self, partner: &Partner) -> Why {
        match partner.state {
            State::Active => Ok(()),
            _ => self.ask(partner, Action::Store, None, None),
        }
    }

    /// What would become of a message that waits: a pause holds it, an end and the end of a sharing drop it.
    pub fn fate(&self, row: &Traffic) -> Fate {
        let Some(partner) = Id::parse(&row.partner_id).and_then(|id| self.partners.get(&id)) else { return Fate::Dropped };
        match partner.state {
            State::Paused => return Fate::Held(policy::Reason::PausedPartner.code()),
            State::Ended if !policy::closes(Verb::parse(&row.verb)) => return Fate::Dropped,
            _ => {}
        }
        let kept_back = row.verb == Verb::Announce.as_str() && row.audience != store::RECEIPT;
        let local = Id::parse(&row.thread).filter(|id| self.groups.get(id).is_some_and(Group::is_local));
        match local {
            Some(group) if kept_back && !self.shared.get(&group).is_some_and(|readers| readers.contains(&partner.id)) => Fate::Dropped,
            _ => Fate::Goes,
        }
    }
}

fn why(decision: &policy::Decision) -> Why {
    if decision.allow { Ok(()) } else { Err(decision.reasons.first().map_or("unknown", |reason| reason.code())) }
}
