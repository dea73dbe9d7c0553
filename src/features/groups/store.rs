//! The SQL of groups: groups, the partners they are shared with, invitations to them. Memberships have their own store.
//! It keeps and finds rows; every rule is in `group.rs` and `membership/`.

use sqlx::AssertSqlSafe;

use crate::base::html::SafeHtml;
use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};
use crate::federation::policy::Reach;

use super::group::{Group, Hours, JoinRule, Organisation};

macro_rules! group_columns {
    () => {
        "g.id, g.uri, g.home_id, g.name, g.purpose, g.purpose_html, g.rules, g.hours, g.language, g.host_name, g.join_rule, g.reach,
         g.listed, g.archived_at, g.ended_at, g.shared_with, g.list_version, g.shared_with_changed_at, g.founded_at, g.updated_at"
    };
}

pub(super) use group_columns;

#[derive(sqlx::FromRow)]
pub(super) struct GroupRow {
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

pub(super) fn corrupt() -> DbError {
    DbError::Unreadable("groups")
}

impl GroupRow {
    pub(super) fn into_group(self) -> Result<Group, DbError> {
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

fn groups(rows: Vec<GroupRow>) -> Result<Vec<Group>, DbError> {
    rows.into_iter().map(GroupRow::into_group).collect()
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

/// The groups with these ids, however many: what a list of posts or drafts is about, read at once.
pub async fn by_ids(conn: &mut Conn, wanted: &[Id]) -> Result<Vec<Group>, DbError> {
    let mut found = Vec::new();
    for part in wanted.chunks(100) {
        let text = format!(concat!("SELECT ", group_columns!(), " FROM groups g WHERE g.id IN ({})"), numbered(1, part.len()));
        let mut query = sqlx::query_as::<_, GroupRow>(AssertSqlSafe(text));
        for id in part {
            query = query.bind(id.as_str());
        }
        found.extend(groups(query.fetch_all(conn.sql()).await?)?);
    }
    Ok(found)
}

pub(super) fn ids(rows: &[(String,)]) -> Result<Vec<Id>, DbError> {
    rows.iter().map(|(id,)| Id::parse(id).ok_or_else(corrupt)).collect()
}

/// The partners a group of ours is shared with now, as far as they are active.
pub async fn active_partners(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT s.partner_id FROM group_partners s JOIN partners p ON p.id = s.partner_id
         WHERE s.group_id = $1 AND s.ended_at IS NULL AND p.state = 'active' ORDER BY s.partner_id",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// The partners that what is written in a group of ours now is for: a pause keeps it back, and takes nothing away for good.
pub async fn reading_partners(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT s.partner_id FROM group_partners s JOIN partners p ON p.id = s.partner_id
         WHERE s.group_id = $1 AND s.ended_at IS NULL AND p.state IN ('active', 'paused') ORDER BY s.partner_id",
    )
    .bind(group.as_str())
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// What a writer in another house was shown of a group of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// This version: its `updated`.
    Version(Timestamp),
    /// What it was at this moment; the writer's house does not say which version that is.
    At(Timestamp),
}

/// Of [`reading_partners`] those that read the group already as it was shown: what somebody wrote who saw that list is for nobody who
/// came later (design D3).
pub async fn reading_partners_at(conn: &mut Conn, group: &Id, shown: Shown) -> Result<Vec<Id>, DbError> {
    let (by_version, at) = match shown {
        Shown::Version(at) => (1_i64, at),
        Shown::At(at) => (0, at),
    };
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT s.partner_id FROM group_partners s JOIN partners p ON p.id = s.partner_id
         WHERE s.group_id = $1 AND s.ended_at IS NULL AND p.state IN ('active', 'paused')
           AND CASE WHEN $3 = 1 THEN COALESCE(s.since_version, s.since) ELSE s.since END <= $2 ORDER BY s.partner_id",
    )
    .bind(group.as_str())
    .bind(at.millis())
    .bind(by_version)
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// The partners a group of ours is shared with now, paused ones included: who is told when the group changes.
pub async fn sharing_partners(conn: &mut Conn, group: &Id) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT partner_id FROM group_partners WHERE group_id = $1 AND ended_at IS NULL ORDER BY partner_id")
            .bind(group.as_str())
            .fetch_all(conn.sql())
            .await?;
    ids(&rows)
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

/// Whether a group of ours was shared with this partner, and is not any more.
pub async fn sharing_ended(conn: &mut Conn, group: &Id, partner: &Id) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT ended_at FROM group_partners WHERE group_id = $1 AND partner_id = $2 AND ended_at IS NOT NULL")
            .bind(group.as_str())
            .bind(partner.as_str())
            .fetch_optional(conn.sql())
            .await?;
    Ok(row.is_some())
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

/// Groups that anybody of this house may find, newest first before `(at, id)`; at most `limit`.
pub async fn findable(conn: &mut Conn, before: (Timestamp, &str), limit: i64) -> Result<Vec<Group>, DbError> {
    let rows = sqlx::query_as(concat!(
        "SELECT ",
        group_columns!(),
        " FROM groups g WHERE g.listed = 1 AND g.ended_at IS NULL AND g.archived_at IS NULL
         AND (g.founded_at, g.id) < ($1, $2) ORDER BY g.founded_at DESC, g.id DESC LIMIT $3"
    ))
    .bind(before.0.millis())
    .bind(before.1)
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    groups(rows)
}

/// All groups of this house, for the command line.
pub async fn all_here(conn: &mut Conn) -> Result<Vec<Group>, DbError> {
    let rows =
        sqlx::query_as(concat!("SELECT ", group_columns!(), " FROM groups g ORDER BY g.founded_at, g.id")).fetch_all(conn.sql()).await?;
    groups(rows)
}

/// Writes a group: a new row, or all that may change of an old one.
pub async fn save(tx: &mut Tx, group: &Group) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO groups (id, uri, home_id, name, purpose, purpose_html, rules, hours, language, host_name, join_rule, reach, listed,
            archived_at, ended_at, shared_with, list_version, shared_with_changed_at, founded_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, purpose = excluded.purpose, purpose_html = excluded.purpose_html,
            rules = excluded.rules, hours = excluded.hours, language = excluded.language, host_name = excluded.host_name,
            join_rule = excluded.join_rule, reach = excluded.reach, listed = excluded.listed, archived_at = excluded.archived_at,
            ended_at = excluded.ended_at, shared_with = excluded.shared_with, list_version = excluded.list_version,
            shared_with_changed_at = excluded.shared_with_changed_at, updated_at = excluded.updated_at",
    )
    .bind(group.id.as_str())
    .bind(group.uri.as_str())
    .bind(group.home.as_ref().map(Id::as_str))
    .bind(&group.name)
    .bind(&group.purpose)
    .bind(group.purpose_html.as_str())
    .bind(group.rules.join("\n"))
    .bind(group.hours.as_ref().map(ToString::to_string).unwrap_or_default())
    .bind(&group.language)
    .bind(&group.host_name)
    .bind(group.join.as_str())
    .bind(group.reach.as_str())
    .bind(i64::from(group.listed))
    .bind(group.archived_at.map(Timestamp::millis))
    .bind(group.ended_at.map(Timestamp::millis))
    .bind(serde_json::to_string(&group.shared_with).unwrap_or_else(|_| "[]".to_owned()))
    .bind(group.list_version)
    .bind(group.shared_with_changed_at.map(Timestamp::millis))
    .bind(group.founded_at.millis())
    .bind(group.updated_at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Begins sharing with a partner, again if it had ended. True when it was not shared before.
///
/// The version of the group that names the partner is the next one, later than every version before also where the clock stood still.
pub async fn begin_sharing(tx: &mut Tx, group: &Id, partner: &Id, now: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "INSERT INTO group_partners (group_id, partner_id, since, since_version, ended_at)
         SELECT g.id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CASE WHEN g.updated_at >= $3 THEN g.updated_at + 1 ELSE $3 END, NULL
           FROM groups g WHERE g.id = $1
         ON CONFLICT (group_id, partner_id) DO UPDATE SET since = excluded.since, since_version = excluded.since_version, ended_at = NULL
         WHERE group_partners.ended_at IS NOT NULL",
    )
    .bind(group.as_str())
    .bind(partner.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    Ok(changed > 0)
}

/// Ends sharing with a partner. True when it was shared until now.
pub async fn end_sharing(tx: &mut Tx, group: &Id, partner: &Id, now: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query("UPDATE group_partners SET ended_at = $3 WHERE group_id = $1 AND partner_id = $2 AND ended_at IS NULL")
        .bind(group.as_str())
        .bind(partner.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?
        .rows_affected();
    Ok(changed > 0)
}

/// Groups of ours that are still marked as shared with a partner with which the agreement is over.
pub async fn shared_with_ended(conn: &mut Conn, limit: i64) -> Result<Vec<(Id, Id)>, DbError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT s.group_id, s.partner_id FROM group_partners s JOIN partners p ON p.id = s.partner_id
         WHERE s.ended_at IS NULL AND p.state = 'ended' ORDER BY s.group_id, s.partner_id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    rows.iter().map(|(group, partner)| Id::parse(group).zip(Id::parse(partner)).ok_or_else(corrupt)).collect()
}

/// Groups of partners with which the agreement is over, as long as they are not marked as ended.
pub async fn homes_ended(conn: &mut Conn, limit: i64) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT g.id FROM groups g JOIN partners p ON p.id = g.home_id
         WHERE g.ended_at IS NULL AND p.state = 'ended' ORDER BY g.id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    ids(&rows)
}

/// Keeps the digest of a one-use invitation.
pub async fn insert_invitation(
    tx: &mut Tx,
    digest: &str,
    group: &Id,
    made_by: &Id,
    (made_at, expires_at): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    sqlx::query("INSERT INTO group_invitations (digest, group_id, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(digest)
        .bind(group.as_str())
        .bind(made_by.as_str())
        .bind(made_at.millis())
        .bind(expires_at.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// How many invitations to groups ended before then.
pub async fn old_invitations(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM group_invitations WHERE COALESCE(used_at, expires_at) < $1")
        .bind(before.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// Forgets such invitations.
pub async fn forget_invitations(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let done = sqlx::query(
        "DELETE FROM group_invitations WHERE digest IN (SELECT digest FROM group_invitations WHERE COALESCE(used_at, expires_at) < $1 LIMIT $2)",
    )
    .bind(before.millis())
    .bind(most)
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected())
}

/// Whether an invitation with this digest is good for this group now.
pub async fn invitation_is_good(conn: &mut Conn, digest: &str, group: &Id, now: Timestamp) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM group_invitations WHERE digest = $1 AND group_id = $2 AND used_at IS NULL AND expires_at > $3",
    )
    .bind(digest)
    .bind(group.as_str())
    .bind(now.millis())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

/// Uses an invitation up. True for the one who used it.
pub async fn use_invitation(tx: &mut Tx, digest: &str, group: &Id, now: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "UPDATE group_invitations SET used_at = $3 WHERE digest = $1 AND group_id = $2 AND used_at IS NULL AND expires_at > $3",
    )
    .bind(digest)
    .bind(group.as_str())
    .bind(now.millis())
    .execute(tx.sql())
    .await?
    .rows_affected();
    Ok(changed > 0)
}

/// Whether this persona or guest of ours takes or took part in a group that this partner has too: one that lives there, or
/// one of ours that is or was shared with it. An invitation that was not answered counts for nothing.
pub async fn taken_part_with(conn: &mut Conn, actor: &Id, partner: &Id) -> Result<bool, DbError> {
    let found: Option<(String,)> = sqlx::query_as(
        "SELECT m.id FROM memberships m JOIN groups g ON g.id = m.group_id
         WHERE m.actor_id = $1 AND m.state <> 'invited'
           AND (g.home_id = $2 OR (g.home_id IS NULL AND g.id IN (SELECT group_id FROM group_partners WHERE partner_id = $2)))
         LIMIT 1",
    )
    .bind(actor.as_str())
    .bind(partner.as_str())
    .fetch_optional(conn.sql())
    .await?;
    Ok(found.is_some())
}
