//! The chain holds through ordinary use on both engines, and a changed, added or missing row is found.

use super::*;
use crate::testing::database::both;

fn event(words: &str) -> Event<'_> {
    Event {
        at: Timestamp::from_millis(1_000),
        what: What::PolicyChanged,
        done: true,
        by: By::console(),
        purpose: "sharing",
        object: ("group", "g"),
        client: "",
        ground: "operator",
        words,
    }
}

#[tokio::test]
async fn rows_hang_together_and_a_touched_one_is_found() {
    for db in both().await {
        for words in ["one", "two", "three"] {
            let mut tx = db.begin().await.unwrap();
            record(&mut tx, &event(words)).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(verify(&mut tx).await.unwrap(), Verdict::Whole { rows: 3, .. }));
        let newest = list(&mut tx, &Filter::default(), i64::MAX, 2).await.unwrap();
        assert_eq!(newest.iter().map(|row| row.words.as_str()).collect::<Vec<_>>(), ["three", "two"]);
        for harm in [
            "UPDATE audit SET words = 'TWO' WHERE seq = 2",
            "DELETE FROM audit WHERE seq = 2",
            "UPDATE audit SET at = at + 1 WHERE seq = 2",
            "UPDATE audit SET hash = 'x' WHERE seq = 2",
        ] {
            tx.savepoint().await.unwrap();
            sqlx::query(harm).execute(tx.sql()).await.unwrap();
            assert!(matches!(verify(&mut tx).await.unwrap(), Verdict::Broken { .. }), "{harm}");
            tx.rollback_to_savepoint().await.unwrap();
        }
        assert!(matches!(verify(&mut tx).await.unwrap(), Verdict::Whole { rows: 3, .. }));
    }
}

#[tokio::test]
async fn a_thing_that_is_undone_leaves_no_row() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        record(&mut tx, &event("never")).await.unwrap();
        drop(tx);
        let mut conn = db.read().await.unwrap();
        assert_eq!(verify(&mut conn).await.unwrap(), Verdict::Whole { rows: 0, head: String::new() });
    }
}
