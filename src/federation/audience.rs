//! Audiences: closed sets of partners that may store a thing. They are resolved when the thing is written, kept with it,
//! and can only become smaller: there is a `meet` and on purpose no `join` (design D3, threats R7).

use std::collections::BTreeSet;

use aws_lc_rs::digest;

use crate::base::Id;
use crate::db::{Conn, DbError, Tx};

/// A closed set of partners. Empty: this house only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience(BTreeSet<Id>);

impl Audience {
    /// This house only.
    pub fn house() -> Self {
        Self::default()
    }

    /// The partners that a group is shared with at this moment. Only for a new thing without a parent.
    pub fn of_partners(partners: impl IntoIterator<Item = Id>) -> Self {
        Self(partners.into_iter().collect())
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Whether this partner may store the thing.
    pub fn contains(&self, partner: &Id) -> bool {
        self.0.contains(partner)
    }

    /// The partners, in the order of their ids.
    pub fn partners(&self) -> impl Iterator<Item = &Id> {
        self.0.iter()
    }

    /// Whether nobody outside this house may store the thing.
    pub fn is_house(&self) -> bool {
        self.0.is_empty()
    }

    fn key(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for id in &self.0 {
            context.update(id.as_str().as_bytes());
        }
        crate::base::ids::encode(context.finish().as_ref())
    }

    /// Stores the set (once; equal sets share a row) and gives its key for the thing's `audience_id` column.
    pub async fn stored(&self, tx: &mut Tx) -> Result<String, DbError> {
        let key = self.key();
        let new = sqlx::query("INSERT INTO audiences (id) VALUES ($1) ON CONFLICT (id) DO NOTHING")
            .bind(&key)
            .execute(tx.sql())
            .await?
            .rows_affected();
        if new > 0 {
            for partner in &self.0 {
                sqlx::query("INSERT INTO audience_partners (audience_id, partner_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(&key)
                    .bind(partner.as_str())
                    .execute(tx.sql())
                    .await?;
            }
        }
        Ok(key)
    }

    /// The set with this key; an unknown key is nobody (fail closed).
    pub async fn load(conn: &mut Conn, key: &str) -> Result<Self, DbError> {
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT partner_id FROM audience_partners WHERE audience_id = $1").bind(key).fetch_all(conn.sql()).await?;
        Ok(Self(rows.iter().filter_map(|(id,)| Id::parse(id)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemChance;
    use crate::testing::database::both;

    #[test]
    fn meeting_never_adds() {
        let ids: Vec<Id> = (0..4).map(|_| Id::random(&SystemChance)).collect();
        let left = Audience::of_partners(ids[..3].iter().cloned());
        let right = Audience::of_partners(ids[2..].iter().cloned());
        let both = left.meet(&right);
        assert_eq!(both, Audience::of_partners([ids[2].clone()]));
        assert!(left.meet(&Audience::house()).is_house());
        assert_eq!(left.key(), Audience::of_partners(ids[..3].iter().rev().cloned()).key());
        assert_ne!(left.key(), right.key());
    }

    #[tokio::test]
    async fn a_stored_set_is_read_back_and_an_unknown_one_is_nobody() {
        for db in both().await {
            let ids: Vec<Id> = (0..3).map(|_| Id::random(&SystemChance)).collect();
            let (two, three) = (Audience::of_partners(ids[..2].iter().cloned()), Audience::of_partners(ids.iter().cloned()));
            let mut tx = db.begin().await.unwrap();
            let (first, other) = (two.stored(&mut tx).await.unwrap(), three.stored(&mut tx).await.unwrap());
            assert_ne!(first, other);
            assert_eq!(two.stored(&mut tx).await.unwrap(), first, "equal sets share a row");
            assert_eq!(Audience::load(&mut tx, &first).await.unwrap(), two);
            assert_eq!(Audience::load(&mut tx, &other).await.unwrap(), three);
            assert_eq!(two.partners().collect::<BTreeSet<_>>(), ids[..2].iter().collect());
            assert!(!two.is_house() && two.contains(&ids[0]) && !two.contains(&ids[2]));
            let house = Audience::house().stored(&mut tx).await.unwrap();
            assert!(Audience::load(&mut tx, &house).await.unwrap().is_house());
            assert!(Audience::load(&mut tx, "nothing").await.unwrap().is_house());
        }
    }
}
