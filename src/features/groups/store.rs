//! The SQL of groups: groups, the partners they are shared with, memberships and guest personas.
//! It keeps and finds rows; every rule is in `group.rs` and `membership.rs`.

use crate::base::html::SafeHtml;
use crate::base::{Id, Iri, Timestamp};
use crate::db::{AssertSqlSafe, Conn, DbError, Tx, numbered};
use crate::federation::policy::Reach;

use super::group::{Group, Hours, JoinRule, Organisation};
use super::membership::{Membership, Role, State};

macro_rules! group_columns {
    () => {
        "g.id, g.uri, g.home_id, g.name, g.purpose, g.purpose_html, g.rules, g.hours, g.language, g.host_name, g.join_rule, g.reach,
         g.listed, g.archived_at, g.ended_at, g.shared_with, g.list_version, g.shared_with_changed_at, g.founded_at, g.updated_at"
    };
}

macro_rules! membership_columns {
    () => {
        "m.id AS m_id, m.group_id, m.actor_id, m.role, m.state, m.paused_until, m.reason, m.word, m.follow_id, m.guest_uri,
         m.wished_at, m.answered_at, m.joined_at, m.changed_at, m.seen_list_version"
    };
}

#[derive(sqlx::FromRow)]
struct GroupRow {
    id: String,
    uri: String,
    home_id: Option<String>,
    name: String,
    purpose: String,
    purpose_html: String,
    rules: String,
    hours: String,
    language: String,
    host_name: String,
    join_rule: String,
    reach: String,
    listed: i64,
    archived_at: Option<i64>,
    ended_at: Option<i64>,
    shared_with: String,
    list_version: i64,
    shared_with_changed_at: Option<i64>,
    founded_at: i64,
    updated_at: i64,
}

fn corrupt() -> DbError {
    DbError::corrupt("groups")
}

impl GroupRow {
    fn into_group(self) -> Result<Group, DbError> {
        Ok(Group {
            id: Id::parse(&self.id).ok_or_else(corrupt)?,
            uri: Iri::parse(&self.uri).map_err(|_| corrupt())?,
            home: self.home_id.as_deref().and_then(Id::parse),
            name: self.name,
            purpose: self.purpose,
            purpose_html: SafeHtml::from_stored(self.purpose_html),
            rules: self.rules.lines().map(ToOwned::to_owned).collect(),
            hours: Hours::parse(&self.hours),
            language: self.language,
            host_name: self.host_name,
            join: JoinRule::parse(&self.join_rule).unwrap_or(JoinRule::Invite),
            reach: Reach::parse(&self.reach),
            listed: self.listed != 0,
            archived_at: self.archived_at.map(Timestamp::from_millis),
            ended_at: self.ended_at.map(Timestamp::from_millis),
            shared_with: serde_json::from_str(&self.shared_with).unwrap_or_default(),
            list_version: self.list_version,
            shared_with_changed_at: self.shared_with_changed_at.map(Timestamp::from_millis),
            founded_at: Timestamp::from_millis(self.founded_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct MembershipRow {
    m_id: String,
    group_id: String,
    actor_id: String,
    role: String,
    state: String,
    paused_until: Option<i64>,
    reason: String,
    word: String,
    follow_id: Option<String>,
    guest_uri: Option<String>,
    wished_at: i64,
    answered_at: i64,
    joined_at: Option<i64>,
    changed_at: i64,
    seen_list_version: i64,
}

impl MembershipRow {
    fn into_membership(self) -> Result<Membership, DbError> {
        Ok(Membership {
            id: Id::parse(&self.m_id).ok_or_else(corrupt)?,
            group: Id::parse(&self.group_id).ok_or_else(corrupt)?,
            actor: Id::parse(&self.actor_id).ok_or_else(corrupt)?,
            role: Role::parse(&self.role).unwrap_or(Role::Member),
            state: State::parse(&self.state).ok_or_else(corrupt)?,
            paused_until: self.paused_until.map(Timestamp::from_millis),
            reason: self.reason,
            word: self.word,
            follow: self.follow_id.as_deref().and_then(|text| Iri::parse(text).ok()),
            guest_uri: self.guest_uri.as_deref().and_then(|text| Iri::parse(text).ok()),
            wished_at: Timestamp::from_millis(self.wished_at),
            answered_at: Timestamp::from_millis(self.answered_at),
            joined_at: self.joined_at.map(Timestamp::from_millis),
            changed_at: Timestamp::from_millis(self.changed_at),
            seen_list_version: self.seen_list_version,
        })
    }
}

fn groups(rows: Vec<GroupRow>) -> Result<Vec<Group>, DbError> {
    rows.into_iter().map(GroupRow::into_group).collect()
}

fn memberships(rows: Vec<MembershipRow>) -> Result<Vec<Membership>, DbError> {
    rows.into_iter().map(MembershipRow::into_membership).collect()
}

/// The group with this id.
pub async fn load(conn: &mut Conn, id: &Id) -> Result<Option<Group>, DbError> {
    let row: Option<GroupRow> = sqlx::query_as(concat!("SELECT ", group_columns!(), " FROM groups g WHERE g.id = $1"))
        .bind(id.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(GroupRow::into_group).transpose()
}

/// The group whose actor has this address.
pub async fn by_uri(conn: &mut Conn, uri: &Iri) -> Result<Option<Group>, DbError> {
    let row: Option<GroupRow> = sqlx::query_as(concat!("SELECT ", group_columns!(), " FROM groups g WHERE g.uri = $1"))
        .bind(uri.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(GroupRow::into_group).transpose()
}

/// The membership of one actor (persona or guest) in one group.
pub async fn membership_of(conn: &mut Conn, group: &Id, actor: &Id) -> Result<Option<Membership>, DbError> {
    let row: Option<MembershipRow> =
        sqlx::query_as(concat!("SELECT ", membership_columns!(), " FROM memberships m WHERE m.group_id = $1 AND m.actor_id = $2"))
            .bind(group.as_str())
            .bind(actor.as_str())
            .fetch_optional(conn.sql())
            .await?;
    row.map(MembershipRow::into_membership).transpose()
}

/// The membership with this id.
pub async fn membership_by_id(conn: &mut Conn, id: &Id) -> Result<Option<Membership>, DbError> {
    let row: Option<MembershipRow> =
        sqlx::query_as(concat!("SELECT ", membership_columns!(), " FROM memberships m WHERE m.id = $1"))
            .bind(id.as_str())
            .fetch_optional(conn.sql())
            .await?;
    row.map(MembershipRow::into_membership).transpose()
}

/// The memberships of these actors in one group.
pub async fn memberships_of(conn: &mut Conn, group: &Id, actors: &[Id]) -> Result<Vec<Membership>, DbError> {
    if actors.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        concat!("SELECT ", membership_columns!(), " FROM memberships m WHERE m.group_id = $1 AND m.actor_id IN ({})"),
        numbered(2, actors.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(group.as_str());
    for actor in actors {
        query = query.bind(actor.as_str());
    }
    memberships(query.fetch_all(conn.sql()).await?)
}

/// Groups of partners: the membership of our persona whose guest persona there has this address.
pub async fn by_guest_uri(conn: &mut Conn, group: &Id, guest: &Iri) -> Result<Option<Membership>, DbError> {
    let row: Option<MembershipRow> =
        sqlx::query_as(concat!("SELECT ", membership_columns!(), " FROM memberships m WHERE m.group_id = $1 AND m.guest_uri = $2"))
            .bind(group.as_str())
            .bind(guest.as_str())
            .fetch_optional(conn.sql())
            .await?;
    row.map(MembershipRow::into_membership).transpose()
}

/// Whether any persona of this house is an active member of a group of a partner (what nobody here reads is not kept).
pub async fn has_members_here(conn: &mut Conn, group: &Id) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM memberships m WHERE m.group_id = $1 AND m.state = 'active'
         AND NOT EXISTS (SELECT 1 FROM guests b WHERE b.actor_id = m.actor_id) LIMIT 1",
    )
    .bind(group.as_str())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

/// A guest persona: what this house keeps for one persona of a partner in one group of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The guest persona, an actor of ours.
    pub actor: Id,
    /// The group.
    pub group: Id,
    /// The partner's persona. Never leaves this house.
    pub remote_actor: Id,
    /// The partner. Never told to other partners.
    pub partner: Id,
}

fn guest_from(row: Option<(String, String, String, String)>) -> Result<Option<Guest>, DbError> {
    row.map(|(actor, group, remote, partner)| {
        Ok(Guest {
            actor: Id::parse(&actor).ok_or_else(corrupt)?,
            group: Id::parse(&group).ok_or_else(corrupt)?,
            remote_actor: Id::parse(&remote).ok_or_else(corrupt)?,
            partner: Id::parse(&partner).ok_or_else(corrupt)?,
        })
    })
    .transpose()
}

/// The guest persona of this partner's persona in this group of ours.
pub async fn guest_of(conn: &mut Conn, group: &Id, remote_actor: &Id) -> Result<Option<Guest>, DbError> {
    let row = sqlx::query_as(
        "SELECT actor_id, group_id, remote_actor_id, partner_id FROM guests WHERE group_id = $1 AND remote_actor_id = $2",
    )
    .bind(group.as_str())
    .bind(remote_actor.as_str())
    .fetch_optional(conn.sql())
    .await?;
    guest_from(row)
}

/// What stands behind this actor, if it is a guest persona of ours.
pub async fn guest(conn: &mut Conn, actor: &Id) -> Result<Option<Guest>, DbError> {
    let row = sqlx::query_as("SELECT actor_id, group_id, remote_actor_id, partner_id FROM guests WHERE actor_id = $1")
        .bind(actor.as_str())
        .fetch_optional(conn.sql())
        .await?;
    guest_from(row)
}

fn ids(rows: Vec<(String,)>) -> Result<Vec<Id>, DbError> {
    rows.iter().map(|(id,)| Id::parse(id).ok_or_else(corrupt)).collect()
}

/// The partners a group of ours is shared with now, as far as they are active.
pub async fn active_partners(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows = sqlx::query_as(
        "SELECT s.partner_id FROM group_partners s JOIN partners p ON p.id = s.partner_id
         WHERE s.group_id = $1 AND s.ended_at IS NULL AND p.state = 'active' ORDER BY s.partner_id",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(rows)
}

/// Of those a group of ours is shared with: the partners that have at least one active member in it.
pub async fn partners_with_members(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows = sqlx::query_as(
        "SELECT DISTINCT b.partner_id FROM guests b
         JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id
         JOIN group_partners s ON s.group_id = b.group_id AND s.partner_id = b.partner_id
         WHERE b.group_id = $1 AND m.state = 'active' AND s.ended_at IS NULL ORDER BY b.partner_id",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(rows)
}

/// The partners a group of ours is shared with now, paused ones included: who is told when the group changes.
pub async fn sharing_partners(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows = sqlx::query_as("SELECT partner_id FROM group_partners WHERE group_id = $1 AND ended_at IS NULL ORDER BY partner_id")
        .bind(group.as_str())
        .fetch_all(conn.sql())
        .await?;
    ids(rows)
}

/// Since when a group of ours is shared with this partner; `None` when it is not.
pub async fn shared_since(conn: &mut Conn, group: &Id, partner: &Id) -> Result<Option<Timestamp>, DbError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT since FROM group_partners WHERE group_id = $1 AND partner_id = $2 AND ended_at IS NULL")
            .bind(group.as_str())
            .bind(partner.as_str())
            .fetch_optional(conn.sql())
            .await?;
    Ok(row.map(|(since,)| Timestamp::from_millis(since)))
}

/// The other organisations that can read a group, as its members are told: for groups of ours the partners they are shared
/// with, for groups of partners what their home named last.
pub async fn organisations(conn: &mut Conn, group: &Group) -> Result<Vec<Organisation>, DbError> {
    if !group.is_local() {
        return Ok(group.shared_with.clone());
    }
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT p.origin, p.name FROM group_partners s JOIN partners p ON p.id = s.partner_id
         WHERE s.group_id = $1 AND s.ended_at IS NULL AND p.state <> 'ended' ORDER BY lower(p.name), p.origin",
    )
    .bind(group.id.as_str())
    .fetch_all(conn.sql())
    .await?;
    Ok(rows.into_iter().map(|(id, name)| Organisation { id, name }).collect())
}

/// One person of a group with the name they use there.
#[derive(Clone, Debug)]
pub struct Person {
    /// Display name of the persona or guest persona.
    pub name: String,
    /// Their membership.
    pub membership: Membership,
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    person_name: String,
    #[sqlx(flatten)]
    membership: MembershipRow,
}
