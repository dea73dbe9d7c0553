//! The SQL of memberships and guest personas. It keeps and finds rows; the rules are in the module above.

use sqlx::AssertSqlSafe;

use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};

use super::super::group::Group;
use super::super::store::{GroupRow, corrupt, group_columns, ids};
use super::{Membership, Role, State};

macro_rules! membership_columns {
    () => {
        "m.id AS m_id, m.group_id, m.actor_id, m.role, m.state, m.paused_until, m.reason, m.word, m.follow_id, m.guest_uri,
         m.wished_at, m.answered_at, m.joined_at, m.changed_at, m.seen_list_version, m.stays_out"
    };
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
    stays_out: i64,
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
            stays_out: self.stays_out != 0,
        })
    }
}

fn memberships(rows: Vec<MembershipRow>) -> Result<Vec<Membership>, DbError> {
    rows.into_iter().map(MembershipRow::into_membership).collect()
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
    let row: Option<MembershipRow> = sqlx::query_as(concat!("SELECT ", membership_columns!(), " FROM memberships m WHERE m.id = $1"))
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
    let row =
        sqlx::query_as("SELECT actor_id, group_id, remote_actor_id, partner_id FROM guests WHERE group_id = $1 AND remote_actor_id = $2")
            .bind(group.as_str())
            .bind(remote_actor.as_str())
            .fetch_optional(conn.sql())
            .await?;
    guest_from(row)
}

/// The membership of the guest persona that we keep for this remote persona in this group.
pub async fn membership_of_guest(conn: &mut Conn, group: &Id, remote_actor: &Id) -> Result<Option<Membership>, DbError> {
    let row: Option<MembershipRow> = sqlx::query_as(concat!(
        "SELECT ",
        membership_columns!(),
        " FROM guests b JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id
         WHERE b.group_id = $1 AND b.remote_actor_id = $2"
    ))
    .bind(group.as_str())
    .bind(remote_actor.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(MembershipRow::into_membership).transpose()
}

/// What stands behind this actor, if it is a guest persona of ours.
pub async fn guest(conn: &mut Conn, actor: &Id) -> Result<Option<Guest>, DbError> {
    let row = sqlx::query_as("SELECT actor_id, group_id, remote_actor_id, partner_id FROM guests WHERE actor_id = $1")
        .bind(actor.as_str())
        .fetch_optional(conn.sql())
        .await?;
    guest_from(row)
}

/// Of those a group of ours is shared with: the partners that have at least one active member in it.
pub async fn partners_with_members(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT b.partner_id FROM guests b
         JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id
         JOIN group_partners s ON s.group_id = b.group_id AND s.partner_id = b.partner_id
         WHERE b.group_id = $1 AND m.state = 'active' AND s.ended_at IS NULL ORDER BY b.partner_id",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// Since when a partner has had a member in a group of ours without a break: the oldest of its active memberships, each since its last
/// entry. `None`: it has none.
pub async fn members_since(conn: &mut Conn, group: &Id, partner: &Id) -> Result<Option<Timestamp>, DbError> {
    let (since,): (Option<i64>,) = sqlx::query_as(
        "SELECT MIN(CASE WHEN m.joined_at > m.wished_at THEN m.joined_at ELSE m.wished_at END)
         FROM guests b JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id
         WHERE b.group_id = $1 AND b.partner_id = $2 AND m.state = 'active'",
    )
    .bind(group.as_str())
    .bind(partner.as_str())
    .fetch_one(conn.sql())
    .await?;
    Ok(since.map(Timestamp::from_millis))
}

/// Groups of partners in which somebody of this house is active, after this id: whose history is looked at again.
pub async fn taken_part_in(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT g.id FROM groups g WHERE g.home_id IS NOT NULL AND g.ended_at IS NULL AND g.id > $1
           AND EXISTS (SELECT 1 FROM memberships m WHERE m.group_id = g.id AND m.state = 'active') ORDER BY g.id LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// Groups in which this persona or guest of ours is active together with one of these personas.
pub async fn shared_groups(conn: &mut Conn, actor: &Id, personas: &[Id]) -> Result<Vec<Group>, DbError> {
    if personas.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        concat!(
            "SELECT ",
            group_columns!(),
            " FROM groups g JOIN memberships m ON m.group_id = g.id AND m.actor_id = $1 AND m.state = 'active'
             WHERE g.ended_at IS NULL AND EXISTS (SELECT 1 FROM memberships o WHERE o.group_id = g.id AND o.state = 'active' AND o.actor_id IN ({}))
             ORDER BY lower(g.name), g.id LIMIT 100"
        ),
        numbered(2, personas.len())
    );
    let mut query = sqlx::query_as::<_, GroupRow>(AssertSqlSafe(text)).bind(actor.as_str());
    for persona in personas {
        query = query.bind(persona.as_str());
    }
    query.fetch_all(conn.sql()).await?.into_iter().map(GroupRow::into_group).collect()
}

/// One person of a group with the name they use there.
#[derive(Clone, Debug)]
pub struct Person {
    /// Display name of the persona or guest persona.
    pub name: String,
    /// Address of the persona or guest persona: always of this house.
    pub uri: Iri,
    /// Their membership.
    pub membership: Membership,
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    person_name: String,
    person_uri: String,
    #[sqlx(flatten)]
    membership: MembershipRow,
}

impl PersonRow {
    fn into_person(self) -> Result<Person, DbError> {
        let uri = Iri::parse(&self.person_uri).map_err(|_| corrupt())?;
        Ok(Person { name: self.person_name, uri, membership: self.membership.into_membership()? })
    }
}

/// People on one page of one of the hosts' lists.
pub const PEOPLE: usize = 100;

/// People of a group in this state, oldest wish first, after the wish `(at, id)`: one more than [`PEOPLE`], to say whether there are more.
pub async fn people(conn: &mut Conn, group: &Id, state: State, after: (Timestamp, &str)) -> Result<Vec<Person>, DbError> {
    let rows: Vec<PersonRow> = sqlx::query_as(concat!(
        "SELECT a.name AS person_name, a.uri AS person_uri, ",
        membership_columns!(),
        " FROM memberships m JOIN actors a ON a.id = m.actor_id
         WHERE m.group_id = $1 AND m.state = $2 AND a.frozen_at IS NULL AND (m.wished_at, m.id) > ($3, $4) ORDER BY m.wished_at, m.id LIMIT 101"
    ))
    .bind(group.as_str())
    .bind(state.as_str())
    .bind(after.0.millis())
    .bind(after.1)
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(PersonRow::into_person).collect()
}

/// One person of a group by their membership.
pub async fn person(conn: &mut Conn, group: &Id, membership: &Id) -> Result<Option<Person>, DbError> {
    let row: Option<PersonRow> = sqlx::query_as(concat!(
        "SELECT a.name AS person_name, a.uri AS person_uri, ",
        membership_columns!(),
        " FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE m.group_id = $1 AND m.id = $2 AND a.frozen_at IS NULL"
    ))
    .bind(group.as_str())
    .bind(membership.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(PersonRow::into_person).transpose()
}

/// Active hosts and moderators of a group, hosts first.
pub async fn stewards(conn: &mut Conn, group: &Id) -> Result<Vec<Person>, DbError> {
    let rows: Vec<PersonRow> = sqlx::query_as(concat!(
        "SELECT a.name AS person_name, a.uri AS person_uri, ",
        membership_columns!(),
        " FROM memberships m JOIN actors a ON a.id = m.actor_id
         WHERE m.group_id = $1 AND m.state = 'active' AND m.role <> 'member' AND a.frozen_at IS NULL ORDER BY m.role, m.joined_at, m.id LIMIT 100"
    ))
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(PersonRow::into_person).collect()
}

/// Groups of this house, archived ones left out, that would be left without a host of this house if these personas went. Guests
/// do not count as hosts, since they may leave without asking.
pub async fn hosted_alone(conn: &mut Conn, personas: &[Id]) -> Result<Vec<Group>, DbError> {
    if personas.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT DISTINCT m.group_id FROM memberships m JOIN groups g ON g.id = m.group_id AND g.home_id IS NULL AND g.archived_at IS NULL
         WHERE m.actor_id IN ({mine}) AND m.state = 'active' AND m.role = 'host' AND NOT EXISTS (
            SELECT 1 FROM memberships o WHERE o.group_id = m.group_id AND o.state = 'active' AND o.role = 'host'
              AND o.actor_id NOT IN ({mine}) AND NOT EXISTS (SELECT 1 FROM guests b WHERE b.actor_id = o.actor_id))
         ORDER BY m.group_id",
        mine = numbered(1, personas.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(text));
    for persona in personas {
        query = query.bind(persona.as_str());
    }
    let rows: Vec<(String,)> = query.fetch_all(conn.sql()).await?;
    let mut groups = Vec::new();
    for group in ids(&rows)? {
        groups.extend(super::super::store::load(conn, &group).await?);
    }
    Ok(groups)
}

/// How many people of this house are in a group. Members of other houses are never counted (care.md I4).
pub async fn people_of_this_house(conn: &mut Conn, group: &Id) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM memberships m WHERE m.group_id = $1 AND m.state = 'active'
         AND NOT EXISTS (SELECT 1 FROM guests b WHERE b.actor_id = m.actor_id)
         AND NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = m.actor_id AND a.frozen_at IS NOT NULL)",
    )
    .bind(group.as_str())
    .fetch_one(conn.sql())
    .await?;
    Ok(count)
}

/// How many requests wait for an answer: as many as the list of them shows, and so without who paused everything.
pub async fn waiting(conn: &mut Conn, group: &Id) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM memberships m JOIN actors a ON a.id = m.actor_id
         WHERE m.group_id = $1 AND m.state = 'pending' AND a.frozen_at IS NULL",
    )
    .bind(group.as_str())
    .fetch_one(conn.sql())
    .await?;
    Ok(count)
}

/// Groups in which one of these personas is in, invited or waiting, with the membership. The personas of one account are few.
pub async fn groups_of(conn: &mut Conn, personas: &[Id]) -> Result<Vec<(Group, Membership)>, DbError> {
    if personas.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        concat!(
            "SELECT ",
            group_columns!(),
            ", ",
            membership_columns!(),
            " FROM memberships m JOIN groups g ON g.id = m.group_id
             WHERE m.actor_id IN ({}) AND m.state IN ('active', 'invited', 'pending') ORDER BY lower(g.name), g.id LIMIT 500"
        ),
        numbered(1, personas.len())
    );
    let mut query = sqlx::query_as::<_, MineRow>(AssertSqlSafe(text));
    for persona in personas {
        query = query.bind(persona.as_str());
    }
    let rows = query.fetch_all(conn.sql()).await?;
    rows.into_iter().map(|row| Ok((row.group.into_group()?, row.membership.into_membership()?))).collect()
}

/// Every group in which this persona is or was, with the membership: for a person's own copy.
pub async fn every_group_of(conn: &mut Conn, persona: &Id) -> Result<Vec<(Group, Membership)>, DbError> {
    let rows: Vec<MineRow> = sqlx::query_as(concat!(
        "SELECT ",
        group_columns!(),
        ", ",
        membership_columns!(),
        " FROM memberships m JOIN groups g ON g.id = m.group_id WHERE m.actor_id = $1 ORDER BY lower(g.name), g.id LIMIT 2000"
    ))
    .bind(persona.as_str())
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(|row| Ok((row.group.into_group()?, row.membership.into_membership()?))).collect()
}

#[derive(sqlx::FromRow)]
struct MineRow {
    #[sqlx(flatten)]
    group: GroupRow,
    #[sqlx(flatten)]
    membership: MembershipRow,
}

/// The membership of a persona of ours in a group of this partner whose newest request has this address.
pub async fn by_follow(conn: &mut Conn, partner: &Id, follow: &Iri) -> Result<Option<Membership>, DbError> {
    let row: Option<MembershipRow> = sqlx::query_as(concat!(
        "SELECT ",
        membership_columns!(),
        " FROM memberships m JOIN groups g ON g.id = m.group_id WHERE m.follow_id = $1 AND g.home_id = $2 LIMIT 1"
    ))
    .bind(follow.as_str())
    .bind(partner.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(MembershipRow::into_membership).transpose()
}

/// Addresses of this partner's own personas that are active in a group of ours: all that it may know of the members.
pub async fn members_of_partner(conn: &mut Conn, group: &Id, partner: &Id) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT a.uri FROM guests b JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id
         JOIN actors a ON a.id = b.remote_actor_id
         WHERE b.group_id = $1 AND b.partner_id = $2 AND m.state = 'active' ORDER BY m.joined_at, m.id",
    )
    .bind(group.as_str())
    .bind(partner.as_str())
    .fetch_all(conn.sql())
    .await?;
    Ok(rows.into_iter().map(|(uri,)| uri).collect())
}

/// Memberships of a partner's guests in a group of ours that are in one of the states that end with the sharing.
pub async fn guests_of_partner(conn: &mut Conn, group: &Id, partner: &Id) -> Result<Vec<Membership>, DbError> {
    let rows = sqlx::query_as(concat!(
        "SELECT ",
        membership_columns!(),
        " FROM guests b JOIN memberships m ON m.group_id = b.group_id AND m.actor_id = b.actor_id
         WHERE b.group_id = $1 AND b.partner_id = $2 AND m.state IN ('active', 'pending') ORDER BY m.id"
    ))
    .bind(group.as_str())
    .bind(partner.as_str())
    .fetch_all(conn.sql())
    .await?;
    memberships(rows)
}

/// Active and waiting memberships of our personas in a group of a partner.
pub async fn ours_in(conn: &mut Conn, group: &Id) -> Result<Vec<Membership>, DbError> {
    let rows = sqlx::query_as(concat!(
        "SELECT ",
        membership_columns!(),
        " FROM memberships m WHERE m.group_id = $1 AND m.state IN ('active', 'pending') ORDER BY m.id"
    ))
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    memberships(rows)
}

/// Memberships of personas of this house that were retired or erased and have not left yet.
pub async fn of_gone_personas(conn: &mut Conn, limit: i64) -> Result<Vec<Membership>, DbError> {
    let rows = sqlx::query_as(concat!(
        "SELECT ",
        membership_columns!(),
        " FROM memberships m JOIN actors a ON a.id = m.actor_id
         WHERE a.gone_at IS NOT NULL AND a.partner_id IS NULL AND m.state IN ('active', 'pending', 'invited')
         AND NOT EXISTS (SELECT 1 FROM guests b WHERE b.actor_id = m.actor_id) ORDER BY m.id LIMIT $1"
    ))
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    memberships(rows)
}

/// All memberships of a persona or guest, whatever their state.
pub async fn all_of(conn: &mut Conn, actor: &Id) -> Result<Vec<Membership>, DbError> {
    let rows =
        sqlx::query_as(concat!("SELECT ", membership_columns!(), " FROM memberships m WHERE m.actor_id = $1 ORDER BY m.group_id, m.id"))
            .bind(actor.as_str())
            .fetch_all(conn.sql())
            .await?;
    memberships(rows)
}

/// Empties the words in all memberships of a persona or guest: what it told the hosts, and what they told it.
pub async fn forget_words(tx: &mut Tx, actor: &Id) -> Result<(), DbError> {
    sqlx::query("UPDATE memberships SET word = '', reason = '' WHERE actor_id = $1").bind(actor.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// The guest personas that are kept for somebody of a partner, one for each group.
pub async fn guests_of_person(conn: &mut Conn, remote_actor: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT actor_id FROM guests WHERE remote_actor_id = $1 ORDER BY actor_id")
        .bind(remote_actor.as_str())
        .fetch_all(conn.sql())
        .await?;
    ids(&rows)
}

/// Writes a membership: a new row, or the new state of the one this actor has in this group.
pub async fn save_membership(tx: &mut Tx, membership: &Membership) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO memberships (id, group_id, actor_id, role, state, paused_until, reason, word, follow_id, guest_uri, wished_at,
            answered_at, joined_at, changed_at, seen_list_version, stays_out)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (group_id, actor_id) DO UPDATE SET role = excluded.role, state = excluded.state,
            paused_until = excluded.paused_until, reason = excluded.reason, word = excluded.word, follow_id = excluded.follow_id,
            guest_uri = excluded.guest_uri, wished_at = excluded.wished_at, answered_at = excluded.answered_at,
            joined_at = excluded.joined_at, changed_at = excluded.changed_at, seen_list_version = excluded.seen_list_version,
            stays_out = excluded.stays_out",
    )
    .bind(membership.id.as_str())
    .bind(membership.group.as_str())
    .bind(membership.actor.as_str())
    .bind(membership.role.as_str())
    .bind(membership.state.as_str())
    .bind(membership.paused_until.map(Timestamp::millis))
    .bind(&membership.reason)
    .bind(&membership.word)
    .bind(membership.follow.as_ref().map(Iri::as_str))
    .bind(membership.guest_uri.as_ref().map(Iri::as_str))
    .bind(membership.wished_at.millis())
    .bind(membership.answered_at.millis())
    .bind(membership.joined_at.map(Timestamp::millis))
    .bind(membership.changed_at.millis())
    .bind(membership.seen_list_version)
    .bind(i64::from(membership.stays_out))
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Remembers which persona of a partner a guest persona stands for.
pub async fn insert_guest(tx: &mut Tx, guest: &Guest) -> Result<(), DbError> {
    sqlx::query("INSERT INTO guests (actor_id, group_id, remote_actor_id, partner_id) VALUES ($1, $2, $3, $4)")
        .bind(guest.actor.as_str())
        .bind(guest.group.as_str())
        .bind(guest.remote_actor.as_str())
        .bind(guest.partner.as_str())
        .execute(tx.sql())
        .await?;
    Ok(())
}
