//! All SQL of accounts, links and paces; that of sessions is in `sessions/store.rs`. It decides nothing: who may do
//! what is in `role.rs` and `actions.rs`.

use super::account::{Account, Invitation, InvitationState, NewInvitation};
use super::pace::Bucket;
use super::passphrase::Hashed;
use super::role::Role;
use crate::base::{Id, Sensitive, Timestamp};
use crate::db::{Conn, DbError, Tx};

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: String,
    sign_in_name: String,
    role: String,
    called: String,
    deactivated_at: Option<i64>,
}

pub(super) fn role(text: &str) -> Role {
    // A word that is not a role can only give less.
    Role::parse(text).unwrap_or(Role::Member)
}

pub(super) fn id(text: &str) -> Result<Id, DbError> {
    Id::parse(text).ok_or_else(|| DbError::Unreadable("accounts"))
}

impl AccountRow {
    fn into_account(self) -> Result<Account, DbError> {
        Ok(Account {
            id: id(&self.id)?,
            sign_in_name: Sensitive::new(self.sign_in_name),
            role: role(&self.role),
            called: Sensitive::new(self.called),
            deactivated: self.deactivated_at.is_some(),
        })
    }
}

/// What is written of a new account.
pub(super) struct AccountToInsert<'a> {
    pub id: &'a Id,
    pub sign_in_name: &'a str,
    pub folded: &'a str,
    pub passphrase: &'a Hashed,
    pub role: Role,
    pub called: &'a str,
}

/// Makes an account; false when the name is taken.
pub(super) async fn insert_account(tx: &mut Tx, now: Timestamp, new: AccountToInsert<'_>) -> Result<bool, DbError> {
    let done = sqlx::query(
        "INSERT INTO accounts (id, sign_in_name, folded_name, passphrase, role, called, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (folded_name) DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.sign_in_name)
    .bind(new.folded)
    .bind(new.passphrase.reveal())
    .bind(new.role.as_str())
    .bind(new.called)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The account with this id.
pub(super) async fn account(conn: &mut Conn, id: &Id) -> Result<Option<Account>, DbError> {
    let row: Option<AccountRow> = sqlx::query_as("SELECT id, sign_in_name, role, called, deactivated_at FROM accounts WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn.sql())
        .await?;
    row.map(AccountRow::into_account).transpose()
}

/// The account with this sign-in name.
pub(super) async fn account_by_name(conn: &mut Conn, folded: &str) -> Result<Option<Account>, DbError> {
    let row: Option<AccountRow> =
        sqlx::query_as("SELECT id, sign_in_name, role, called, deactivated_at FROM accounts WHERE folded_name = $1")
            .bind(folded)
            .fetch_optional(conn.sql())
            .await?;
    row.map(AccountRow::into_account).transpose()
}

/// Accounts by name, after the account with the id `after` (from the first when there is none).
pub(super) async fn accounts_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Account>, DbError> {
    let rows: Vec<AccountRow> = sqlx::query_as(
        "SELECT id, sign_in_name, role, called, deactivated_at FROM accounts
         WHERE folded_name > COALESCE((SELECT folded_name FROM accounts WHERE id = $1), '') ORDER BY folded_name LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(AccountRow::into_account).collect()
}

/// Id and stored passphrase of an account that may sign in.
pub(super) async fn credentials(conn: &mut Conn, folded: &str) -> Result<Option<(Id, Hashed)>, DbError> {
    let row: Option<(String, String)> =
        sqlx::query_as("SELECT id, passphrase FROM accounts WHERE folded_name = $1 AND deactivated_at IS NULL")
            .bind(folded)
            .fetch_optional(conn.sql())
            .await?;
    row.map(|(account, hash)| Ok((id(&account)?, Hashed::from_stored(hash)))).transpose()
}

/// Sign-in name in compared form and stored passphrase of an account.
pub(super) async fn passphrase_of(conn: &mut Conn, account: &Id) -> Result<Option<(String, Hashed)>, DbError> {
    let row: Option<(String, String)> =
        sqlx::query_as("SELECT folded_name, passphrase FROM accounts WHERE id = $1 AND deactivated_at IS NULL")
            .bind(account.as_str())
            .fetch_optional(conn.sql())
            .await?;
    Ok(row.map(|(folded, hash)| (folded, Hashed::from_stored(hash))))
}

/// Replaces the stored passphrase.
pub(super) async fn set_passphrase(tx: &mut Tx, account: &Id, passphrase: &Hashed) -> Result<(), DbError> {
    sqlx::query("UPDATE accounts SET passphrase = $2 WHERE id = $1")
        .bind(account.as_str())
        .bind(passphrase.reveal())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Changes the role.
pub(super) async fn set_role(tx: &mut Tx, account: &Id, role: Role) -> Result<(), DbError> {
    sqlx::query("UPDATE accounts SET role = $2 WHERE id = $1").bind(account.as_str()).bind(role.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Changes what the account's own pages call it.
pub(super) async fn set_called(tx: &mut Tx, account: &Id, called: &str) -> Result<(), DbError> {
    sqlx::query("UPDATE accounts SET called = $2 WHERE id = $1").bind(account.as_str()).bind(called).execute(tx.sql()).await?;
    Ok(())
}

/// Puts an account to rest, or wakes it.
pub(super) async fn set_deactivated(tx: &mut Tx, account: &Id, at: Option<Timestamp>) -> Result<(), DbError> {
    sqlx::query("UPDATE accounts SET deactivated_at = $2 WHERE id = $1")
        .bind(account.as_str())
        .bind(at.map(Timestamp::millis))
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Admins that can sign in.
pub(super) async fn active_admins(conn: &mut Conn) -> Result<i64, DbError> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM accounts WHERE role = 'admin' AND deactivated_at IS NULL").fetch_one(conn.sql()).await?;
    Ok(count)
}

/// Removes every row of an account. Invitations it made stay, without its name on them.
pub(super) async fn delete_account(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    for statement in [
        "DELETE FROM sessions WHERE account_id = $1",
        "DELETE FROM known_browsers WHERE account_id = $1",
        "DELETE FROM sign_in_links WHERE account_id = $1",
        "DELETE FROM confidentiality WHERE account_id = $1",
        "UPDATE invitations SET made_by = NULL WHERE made_by = $1",
        "DELETE FROM accounts WHERE id = $1",
    ] {
        sqlx::query(statement).bind(account.as_str()).execute(tx.sql()).await?;
    }
    Ok(())
}

/// Writes an invitation.
pub(super) async fn insert_invitation(
    tx: &mut Tx,
    now: Timestamp,
    (id, kind): (&Id, &str),
    new: &NewInvitation,
    made_by: Option<&Id>,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO invitations (id, token_hash, kind, role, label, made_by, made_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.as_str())
    .bind(new.token.hash())
    .bind(kind)
    .bind(new.role.as_str())
    .bind(&new.label)
    .bind(made_by.map(Id::as_str))
    .bind(now.millis())
    .bind(new.expires_at.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// The role an invitation gives, while it can be used.
pub(super) async fn open_invitation(conn: &mut Conn, kind: &str, token_hash: &str, now: Timestamp) -> Result<Option<Role>, DbError> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT role FROM invitations WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3",
    )
    .bind(token_hash)
    .bind(kind)
    .bind(now.millis())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.map(|(text,)| role(&text)))
}

/// Uses an invitation up. Of many that try at once, one gets the role.
pub(super) async fn use_invitation(tx: &mut Tx, kind: &str, token_hash: &str, now: Timestamp) -> Result<Option<Role>, DbError> {
    let row: Option<(String,)> = sqlx::query_as(
        "UPDATE invitations SET used_at = $3
         WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3 RETURNING role",
    )
    .bind(token_hash)
    .bind(kind)
    .bind(now.millis())
    .fetch_optional(tx.sql())
    .await?;
    Ok(row.map(|(text,)| role(&text)))
}

/// Withdraws an invitation that gives at most `most`; false when there is none to withdraw.
pub(super) async fn revoke_invitation(tx: &mut Tx, id: &Id, grants: &[Role], now: Timestamp) -> Result<bool, DbError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT role FROM invitations WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND kind = 'invite'")
            .bind(id.as_str())
            .fetch_optional(tx.sql())
            .await?;
    if !row.is_some_and(|(text,)| grants.contains(&role(&text))) {
        return Ok(false);
    }
    let done = sqlx::query("UPDATE invitations SET revoked_at = $2 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL")
        .bind(id.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Withdraws the open invitations of this role that an account made.
pub(super) async fn revoke_invitations_of(tx: &mut Tx, maker: &Id, role: Role, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE invitations SET revoked_at = $3 WHERE made_by = $1 AND role = $2 AND used_at IS NULL AND revoked_at IS NULL")
        .bind(maker.as_str())
        .bind(role.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Withdraws all links for a first admin.
pub(super) async fn revoke_setup(tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE invitations SET revoked_at = $1 WHERE kind = 'setup' AND used_at IS NULL AND revoked_at IS NULL")
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: String,
    label: String,
    role: String,
    made_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
}

/// Invitations, newest first, before `(made_at, id)`.
pub(super) async fn invitations_before(
    conn: &mut Conn,
    now: Timestamp,
    before: (Timestamp, &str),
    limit: i64,
) -> Result<Vec<Invitation>, DbError> {
    let rows: Vec<InvitationRow> = sqlx::query_as(
        "SELECT id, label, role, made_at, expires_at, used_at, revoked_at FROM invitations
         WHERE kind = 'invite' AND (made_at, id) < ($1, $2) ORDER BY made_at DESC, id DESC LIMIT $3",
    )
    .bind(before.0.millis())
    .bind(before.1)
    .bind(limit)
    .fetch_all(conn.sql())
    .await?;
    let read = |row: InvitationRow| {
        let state = match (row.used_at, row.revoked_at) {
            (Some(_), _) => InvitationState::Used,
            (None, Some(_)) => InvitationState::Revoked,
            (None, None) if row.expires_at <= now.millis() => InvitationState::Expired,
            (None, None) => InvitationState::Open,
        };
        Ok(Invitation {
            id: id(&row.id)?,
            label: row.label,
            role: role(&row.role),
            made_at: Timestamp::from_millis(row.made_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            state,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Writes a sign-in link. Earlier ones of the account stop working.
pub(super) async fn insert_sign_in_link(tx: &mut Tx, account: &Id, token_hash: &str, expires_at: Timestamp) -> Result<(), DbError> {
    delete_sign_in_links(tx, account).await?;
    sqlx::query("INSERT INTO sign_in_links (token_hash, account_id, expires_at) VALUES ($1, $2, $3)")
        .bind(token_hash)
        .bind(account.as_str())
        .bind(expires_at.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Removes the sign-in links of an account.
pub(super) async fn delete_sign_in_links(tx: &mut Tx, account: &Id) -> Result<(), DbError> {
    sqlx::query("DELETE FROM sign_in_links WHERE account_id = $1").bind(account.as_str()).execute(tx.sql()).await?;
    Ok(())
}

/// Whether a sign-in link can be used.
pub(super) async fn sign_in_link_is_open(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT l.expires_at FROM sign_in_links l JOIN accounts a ON a.id = l.account_id
         WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND a.deactivated_at IS NULL",
    )
    .bind(token_hash)
    .bind(now.millis())
    .fetch_optional(conn.sql())
    .await?;
    Ok(row.is_some())
}

/// Uses a sign-in link up. Of many that try at once, one gets the account.
pub(super) async fn use_sign_in_link(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<Option<Id>, DbError> {
    let row: Option<(String,)> = sqlx::query_as(
        "UPDATE sign_in_links SET used_at = $2
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
           AND account_id IN (SELECT id FROM accounts WHERE deactivated_at IS NULL)
         RETURNING account_id",
    )
    .bind(token_hash)
    .bind(now.millis())
    .fetch_optional(tx.sql())
    .await?;
    row.map(|(account,)| id(&account)).transpose()
}

/// Counts one attempt in a bucket, in one statement, so that a thousand at once are counted like a thousand in turn.
/// Returns the seconds to wait when it is one too many; it is then not counted.
pub(super) async fn count_attempt(tx: &mut Tx, bucket: &Bucket, now: Timestamp) -> Result<Option<u64>, DbError> {
    let counted: Option<(i64,)> = sqlx::query_as(
        "INSERT INTO sign_in_pace (bucket, busy_until) VALUES ($1, $2)
         ON CONFLICT (bucket) DO UPDATE SET busy_until =
            CASE WHEN sign_in_pace.busy_until > $3 THEN sign_in_pace.busy_until ELSE $3 END + $4
         WHERE sign_in_pace.busy_until <= $5 RETURNING busy_until",
    )
    .bind(&bucket.key)
    .bind(now.millis().saturating_add(bucket.pace.step()))
    .bind(now.millis())
    .bind(bucket.pace.step())
    .bind(now.millis().saturating_add(bucket.pace.slack()))
    .fetch_optional(tx.sql())
    .await?;
    if counted.is_some() {
        return Ok(None);
    }
    let stored: Option<(i64,)> =
        sqlx::query_as("SELECT busy_until FROM sign_in_pace WHERE bucket = $1").bind(&bucket.key).fetch_optional(tx.sql()).await?;
    Ok(Some(bucket.pace.wait(stored.map_or(0, |(until,)| until), now.millis())))
}

/// Takes one attempt back: it was right.
pub(super) async fn give_attempt_back(tx: &mut Tx, bucket: &Bucket) -> Result<(), DbError> {
    sqlx::query("UPDATE sign_in_pace SET busy_until = busy_until - $2 WHERE bucket = $1")
        .bind(&bucket.key)
        .bind(bucket.pace.step())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Forgets all attempts of a bucket.
pub(super) async fn forget_attempts(tx: &mut Tx, bucket: &Bucket) -> Result<(), DbError> {
    sqlx::query("DELETE FROM sign_in_pace WHERE bucket = $1").bind(&bucket.key).execute(tx.sql()).await?;
    Ok(())
}

/// Whether a browser is known by this key now.
pub(super) async fn knows_browser(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool, DbError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT expires_at FROM known_browsers WHERE hash = $1 AND expires_at > $2")
        .bind(hash)
        .bind(now.millis())
        .fetch_optional(conn.sql())
        .await?;
    Ok(row.is_some())
}

/// Keeps a browser of an account in mind until then.
pub(super) async fn keep_browser(tx: &mut Tx, (hash, account): (&str, &Id), until: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO known_browsers (hash, account_id, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO UPDATE SET expires_at = $3",
    )
    .bind(hash)
    .bind(account.as_str())
    .bind(until.millis())
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Forgets the oldest known browsers of an account beyond `most`.
pub(super) async fn forget_oldest_browsers(tx: &mut Tx, account: &Id, most: i64) -> Result<(), DbError> {
    sqlx::query(
        "DELETE FROM known_browsers WHERE account_id = $1 AND hash NOT IN
           (SELECT hash FROM known_browsers WHERE account_id = $1 ORDER BY expires_at DESC, hash LIMIT $2)",
    )
    .bind(account.as_str())
    .bind(most)
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Until when each known browser of an account is kept in mind.
pub(super) async fn browsers_of(conn: &mut Conn, account: &Id, now: Timestamp) -> Result<Vec<Timestamp>, DbError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT expires_at FROM known_browsers WHERE account_id = $1 AND expires_at > $2 ORDER BY expires_at DESC LIMIT 100",
    )
    .bind(account.as_str())
    .bind(now.millis())
    .fetch_all(conn.sql())
    .await?;
    Ok(rows.into_iter().map(|(until,)| Timestamp::from_millis(until)).collect())
}

/// Removes what has no more meaning: old attempts, ended sessions, known browsers, used and expired links. Returns how many rows
/// went. Invitations stay in the list as long as the admins keep them.
pub(super) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    let mut removed = 0;
    for statement in [
        "DELETE FROM sign_in_pace WHERE busy_until < $1",
        "DELETE FROM sessions WHERE expires_at <= $1",
        "DELETE FROM known_browsers WHERE expires_at <= $1",
        "DELETE FROM sign_in_links WHERE expires_at <= $1 OR used_at IS NOT NULL",
    ] {
        removed += sqlx::query(statement).bind(now.millis()).execute(tx.sql()).await?.rows_affected();
    }
    Ok(removed)
}

/// Pauses everything of an account, or lets it go on.
pub(super) async fn set_frozen(tx: &mut Tx, account: &Id, at: Option<Timestamp>) -> Result<(), DbError> {
    sqlx::query("UPDATE accounts SET frozen_at = $2 WHERE id = $1")
        .bind(account.as_str())
        .bind(at.map(Timestamp::millis))
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Since when everything of an account is paused.
pub(super) async fn frozen_since(conn: &mut Conn, account: &Id) -> Result<Option<Timestamp>, DbError> {
    let row: Option<(Option<i64>,)> =
        sqlx::query_as("SELECT frozen_at FROM accounts WHERE id = $1").bind(account.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.and_then(|(at,)| at).map(Timestamp::from_millis))
}

/// When an account was made.
pub(super) async fn made_at(conn: &mut Conn, account: &Id) -> Result<Option<Timestamp>, DbError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT created_at FROM accounts WHERE id = $1").bind(account.as_str()).fetch_optional(conn.sql()).await?;
    Ok(row.map(|(at,)| Timestamp::from_millis(at)))
}

/// How many invitations ended before then.
pub(super) async fn old_invitations(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM invitations WHERE COALESCE(used_at, revoked_at, expires_at) < $1")
        .bind(before.millis())
        .fetch_one(conn.sql())
        .await?;
    Ok(count)
}

/// Forgets such invitations.
pub(super) async fn forget_invitations(tx: &mut Tx, before: Timestamp, most: i64) -> Result<u64, DbError> {
    let done = sqlx::query(
        "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE COALESCE(used_at, revoked_at, expires_at) < $1 LIMIT $2)",
    )
    .bind(before.millis())
    .bind(most)
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected())
}
