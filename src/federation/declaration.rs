//! What a house declares to its partners before they share anything (design §6, care R15, I13): what for, in which role,
//! for how long, where, who answers, and when somebody is there for a worry. Plain facts of an organisation, never of a person
//! who takes part. Who may change them is decided by the features above.

use crate::base::{Id, Timestamp};
use crate::db::{Conn, DbError, Tx};

/// The role in which a house handles what the other shares (GDPR 26 and 28).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Each answers for itself.
    #[default]
    Separate,
    /// Both answer together.
    Joint,
    /// It acts for the other.
    Processor,
}

impl Role {
    /// As stored and as sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Separate => "separate",
            Self::Joint => "joint",
            Self::Processor => "processor",
        }
    }

    /// Reads the stored form; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Separate, Self::Joint, Self::Processor].into_iter().find(|role| role.as_str() == text)
    }
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Why the houses share groups, in plain words.
    pub purpose: String,
    /// In which role.
    pub role: Role,
    /// How many days a copy is kept after its group ended; 0: not at all.
    pub retention_days: i64,
    /// Where the data is hosted: ISO 3166 code of two letters.
    pub country: String,
    /// Who answers for data protection.
    pub contact: String,
    /// Staffed hours, as in `Mo-Fr 09:00-17:00`.
    pub hours: String,
    /// Who takes a worry in these hours.
    pub worry_contact: String,
    /// When a person of the house said that this is true; `None`: still as installed.
    pub confirmed_at: Option<Timestamp>,
}

impl Declaration {
    /// What a new house declares until its admin has written their own: usual office hours, and its own desk.
    pub fn installed() -> Self {
        Self {
            purpose: "People of our organisations meet in shared groups.".to_owned(),
            role: Role::Separate,
            retention_days: 0,
            country: "NL".to_owned(),
            contact: "The admin of this house".to_owned(),
            hours: "Mo-Fr 09:00-17:00".to_owned(),
            worry_contact: "The desk of this house".to_owned(),
            confirmed_at: None,
        }
    }
}

type Row = (String, String, i64, String, String, String, String, Option<i64>);

macro_rules! select_from {
    ($table:literal) => {
        concat!(
            "SELECT purpose, role, retention_days, country, contact, hours, worry_contact, confirmed_at FROM ",
            $table,
            " WHERE partner_id = $1"
        )
    };
}

macro_rules! insert_into {
    ($table:literal, $again:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (partner_id, purpose, role, retention_days, country, contact, hours, worry_contact, confirmed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (partner_id) ",
            $again
        )
    };
}

async fn kept(conn: &mut Conn, text: &'static str, key: &str) -> Result<Option<Declaration>, DbError> {
    let row: Option<Row> = sqlx::query_as(text).bind(key).fetch_optional(conn.sql()).await?;
    Ok(row.map(|(purpose, role, retention_days, country, contact, hours, worry_contact, confirmed_at)| Declaration {
        purpose,
        role: Role::parse(&role).unwrap_or_default(),
        retention_days,
        country,
        contact,
        hours,
        worry_contact,
        confirmed_at: confirmed_at.map(Timestamp::from_millis),
    }))
}

const KEEP: &str = insert_into!(
    "declarations",
    "DO UPDATE SET purpose = $2, role = $3, retention_days = $4, country = $5, contact = $6, hours = $7, worry_contact = $8, confirmed_at = $9"
);

async fn keep(tx: &mut Tx, text: &'static str, key: &str, declared: &Declaration) -> Result<(), DbError> {
    sqlx::query(text)
        .bind(key)
        .bind(declared.purpose.as_str())
        .bind(declared.role.as_str())
        .bind(declared.retention_days)
        .bind(declared.country.as_str())
        .bind(declared.contact.as_str())
        .bind(declared.hours.as_str())
        .bind(declared.worry_contact.as_str())
        .bind(declared.confirmed_at.map(Timestamp::millis))
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// What this house declares.
///
/// # Errors
/// Database trouble.
pub async fn ours(conn: &mut Conn) -> Result<Declaration, DbError> {
    Ok(kept(conn, select_from!("declarations"), "").await?.unwrap_or_else(Declaration::installed))
}

/// Changes what this house declares.
///
/// # Errors
/// Database trouble.
pub async fn keep_ours(tx: &mut Tx, declared: &Declaration) -> Result<(), DbError> {
    keep(tx, KEEP, "", declared).await
}

/// What a partner declared to us; `None` when it never did.
///
/// # Errors
/// Database trouble.
pub async fn of_partner(conn: &mut Conn, partner: &Id) -> Result<Option<Declaration>, DbError> {
    kept(conn, select_from!("declarations"), partner.as_str()).await
}

/// Keeps what a partner declared, or what an admin wrote down for one that runs other software.
///
/// # Errors
/// Database trouble.
pub async fn keep_of_partner(tx: &mut Tx, partner: &Id, declared: &Declaration) -> Result<(), DbError> {
    keep(tx, KEEP, partner.as_str(), declared).await
}

/// What a partner had declared before it declared something else, as long as no admin has looked at both.
///
/// # Errors
/// Database trouble.
pub async fn agreed_of_partner(conn: &mut Conn, partner: &Id) -> Result<Option<Declaration>, DbError> {
    kept(conn, select_from!("declarations_agreed"), partner.as_str()).await
}

/// Keeps what a partner had declared. What is kept already stays: it is what somebody here knew last.
///
/// # Errors
/// Database trouble.
pub async fn keep_agreed(tx: &mut Tx, partner: &Id, declared: &Declaration) -> Result<(), DbError> {
    keep(tx, insert_into!("declarations_agreed", "DO NOTHING"), partner.as_str(), declared).await
}

/// Somebody has looked at both, or there is nothing to look at: what the partner declares now is what is known. False when there
/// was nothing to look at.
///
/// # Errors
/// Database trouble.
pub async fn settle(tx: &mut Tx, partner: &Id) -> Result<bool, DbError> {
    let gone = sqlx::query("DELETE FROM declarations_agreed WHERE partner_id = $1").bind(partner.as_str()).execute(tx.sql()).await?;
    Ok(gone.rows_affected() > 0)
}
