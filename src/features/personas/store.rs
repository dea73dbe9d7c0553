//! All SQL of personas. The link between a persona and an account is here and nowhere else.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use super::Persona;
use super::name::PersonaName;
use crate::base::{Id, Iri, Timestamp};
use crate::db::{Conn, DbError, Tx, numbered};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    account: String,
    name: String,
    uri: String,
}

impl Row {
    fn into_persona(self) -> Result<Persona, DbError> {
        let unreadable = || DbError::Unreadable("personas");
        Ok(Persona {
            id: Id::parse(&self.id).ok_or_else(unreadable)?,
            account: Id::parse(&self.account).ok_or_else(unreadable)?,
            name: self.name,
            uri: Iri::parse(&self.uri).map_err(|_| unreadable())?,
        })
    }
}

/// Writes a persona; false when the name is taken.
pub(super) async fn insert(tx: &mut Tx, persona: &Persona, folded: &str, now: Timestamp) -> Result<bool, DbError> {
    let done = sqlx::query(
        "INSERT INTO personas (actor_id, account_id, name, folded_name, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (folded_name) DO NOTHING",
    )
    .bind(persona.id.as_str())
    .bind(persona.account.as_str())
    .bind(&persona.name)
    .bind(folded)
    .bind(now.millis())
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Active personas of an account, oldest first.
pub(super) async fn of_account(conn: &mut Conn, account: &Id) -> Result<Vec<Persona>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.actor_id AS id, p.account_id AS account, p.name AS name, a.uri AS uri
         FROM personas p JOIN actors a ON a.id = p.actor_id
         WHERE p.account_id = $1 AND p.retired_at IS NULL ORDER BY p.created_at, p.actor_id",
    )
    .bind(account.as_str())
    .fetch_all(conn.sql())
    .await?;
    rows.into_iter().map(Row::into_persona).collect()
}

/// All personas an account ever had, oldest first, with the moment each was retired.
pub(super) async fn all_of_account(conn: &mut Conn, account: &Id) -> Result<Vec<(Id, String, Option<Timestamp>)>, DbError> {
    let rows: Vec<(String, String, Option<i64>)> =
        sqlx::query_as("SELECT actor_id, name, retired_at FROM personas WHERE account_id = $1 ORDER BY created_at, actor_id")
            .bind(account.as_str())
            .fetch_all(conn.sql())
            .await?;
    let read = |(id, name, retired): (String, String, Option<i64>)| {
        let id = Id::parse(&id).ok_or(DbError::Unreadable("personas"))?;
        Ok((id, name, retired.map(Timestamp::from_millis)))
    };
    rows.into_iter().map(read).collect()
}

/// The active persona with this actor id.
pub(super) async fn by_id(conn: &mut Conn, id: &Id) -> Result<Option<Persona>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT p.actor_id AS id, p.account_id AS account, p.name AS name, a.uri AS uri
         FROM personas p JOIN actors a ON a.id = p.actor_id
         WHERE p.actor_id = $1 AND p.account_id IS NOT NULL AND p.retired_at IS NULL",
    )
    .bind(id.as_str())
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_persona).transpose()
}

/// The accounts behind these actors, also behind retired personas; actors without one are left out.
pub(super) async fn accounts_behind(conn: &mut Conn, actors: &[Id]) -> Result<Vec<Id>, DbError> {
    let mut found = BTreeSet::new();
    for part in actors.chunks(500) {
        let text =
            format!("SELECT DISTINCT account_id FROM personas WHERE account_id IS NOT NULL AND actor_id IN ({})", numbered(1, part.len()));
        let mut query = sqlx::query_as::<_, (String,)>(AssertSqlSafe(text));
        for actor in part {
            query = query.bind(actor.as_str());
        }
        for (account,) in query.fetch_all(conn.sql()).await? {
            found.insert(Id::parse(&account).ok_or(DbError::Unreadable("personas"))?);
        }
    }
    Ok(found.into_iter().collect())
}

/// The active persona with this name in its compared form.
pub(super) async fn by_folded(conn: &mut Conn, folded: &str) -> Result<Option<Persona>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT p.actor_id AS id, p.account_id AS account, p.name AS name, a.uri AS uri
         FROM personas p JOIN actors a ON a.id = p.actor_id
         WHERE p.folded_name = $1 AND p.account_id IS NOT NULL AND p.retired_at IS NULL",
    )
    .bind(folded)
    .fetch_optional(conn.sql())
    .await?;
    row.map(Row::into_persona).transpose()
}

/// Whether a name is someone's, also of a retired persona.
pub(super) async fn is_taken(conn: &mut Conn, folded: &str) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT created_at FROM personas WHERE folded_name = $1").bind(folded).fetch_optional(conn.sql()).await?;
    Ok(row.is_some())
}

/// Writes a new name; false when it is someone else's.
pub(super) async fn rename(tx: &mut Tx, id: &Id, name: &PersonaName) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE personas SET name = $2, folded_name = $3 WHERE actor_id = $1 AND retired_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM personas other WHERE other.folded_name = $3 AND other.actor_id <> $1)",
    )
    .bind(id.as_str())
    .bind(name.as_str())
    .bind(name.folded())
    .execute(tx.sql())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Retires a persona.
pub(super) async fn retire(tx: &mut Tx, id: &Id, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE personas SET retired_at = $2 WHERE actor_id = $1 AND retired_at IS NULL")
        .bind(id.as_str())
        .bind(now.millis())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// Takes an account and its names out of its personas.
pub(super) async fn erase(tx: &mut Tx, account: &Id, now: Timestamp) -> Result<Vec<Id>, DbError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "UPDATE personas SET account_id = NULL, name = '', folded_name = NULL,
            retired_at = CASE WHEN retired_at IS NULL THEN $2 ELSE retired_at END
         WHERE account_id = $1 RETURNING actor_id",
    )
    .bind(account.as_str())
    .bind(now.millis())
    .fetch_all(tx.sql())
    .await?;
    rows.into_iter().map(|(id,)| Id::parse(&id).ok_or(DbError::Unreadable("personas"))).collect()
}
