//! What the database promises, tried on both engines where both can keep it.

use super::*;

#[tokio::test]
async fn opens_migrates_writes_reads() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DatabaseUrl::Sqlite(folder.path().join("a b%/h?#.db"))).await.unwrap();
    assert!(db.pending_migrations().await.unwrap() > 0);
    db.migrate().await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), 0);
    let mut tx = db.begin().await.unwrap();
    sqlx::query("INSERT INTO marks (name, value) VALUES ($1, $2)").bind("a").bind("b").execute(tx.sql()).await.unwrap();
    tx.lock("x").await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let row: (String,) = sqlx::query_as("SELECT value FROM marks WHERE name = $1").bind("a").fetch_one(reader.sql()).await.unwrap();
    assert_eq!(row.0, "b");
}
