//! Files: first start, damage, backup, restore, and two servers on one file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::{both, mark, marks, sqlite};
use crate::base::Timestamp;
use crate::base::config::DatabaseUrl;
use crate::db::copies::note;
use crate::db::{Db, DbError, Engine, Tx, copies, old_copies, remove_copies, restore};

const NOW: Timestamp = Timestamp::from_millis(1_772_366_400_000);

async fn open(path: &Path) -> Result<Db, DbError> {
    Db::open(&DatabaseUrl::Sqlite(path.to_owned())).await
}

async fn add(db: &Db, name: &str) {
    let mut tx = db.begin().await.unwrap();
    mark(&mut tx, name).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_first_start_makes_a_private_file_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/a b%20/h?#ø.db");
    let db = open(&path).await.unwrap();
    assert!(db.pending_migrations().await.unwrap() > 0);
    db.migrate().await.unwrap();
    add(&db, "one").await;
    assert_eq!(marks(&db).await, ["one"]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let reader = open(&path).await.unwrap();
    assert_eq!(marks(&reader).await, ["one"]);
}

#[tokio::test]
async fn the_writer_flushes_each_commit_and_checks_references() {
    let db = sqlite().await;
    let mut tx: Tx = db.begin().await.unwrap();
    for (pragma, expected) in [("synchronous", 2), ("foreign_keys", 1), ("temp_store", 2), ("busy_timeout", 5000)] {
        let text = sqlx::AssertSqlSafe(format!("SELECT CAST({pragma} AS BIGINT) FROM (SELECT * FROM pragma_{pragma})"));
        let row: Result<(i64,), _> = sqlx::query_as(text).fetch_one(tx.sql()).await;
        let value = match row {
            Ok((value,)) => value,
            // `busy_timeout` names its column otherwise.
            Err(_) => sqlx::query_as::<_, (i64,)>("PRAGMA busy_timeout").fetch_one(tx.sql()).await.unwrap().0,
        };
        assert_eq!(value, expected, "{pragma}");
    }
    let (journal,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(tx.sql()).await.unwrap();
    assert_eq!(journal, "wal");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let db = sqlite().await;
    let mut reader = db.read().await.unwrap();
    let error = sqlx::query("DELETE FROM marks").execute(reader.sql()).await.unwrap_err();
    assert!(matches!(DbError::from(error), DbError::ReadOnly));
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused_until_the_first_ends() {
    for db in both().await {
        let first = db.serve_lock(db.folder()).unwrap();
        let again = Db::open(db.url()).await.unwrap();
        if db.engine() == Engine::Sqlite {
            assert!(first.is_sole());
            assert!(matches!(again.serve_lock(db.folder()), Err(DbError::InUse(_))));
        } else {
            let beside = again.serve_lock(db.folder()).unwrap();
            assert!(!first.is_sole() && !beside.is_sole());
            assert_ne!(beside.worker(), first.worker(), "two servers in one folder are not taken for each other");
        }
        let name = first.worker().to_owned();
        drop(first);
        assert_eq!(again.serve_lock(db.folder()).unwrap().worker(), name, "the next one in this place has its name");
    }
}

#[tokio::test]
async fn a_lost_or_empty_or_damaged_file_is_never_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("haven.db");
    let db = open(&path).await.unwrap();
    db.migrate().await.unwrap();
    drop(db.serve_lock(folder.path()).unwrap());
    db.close().await;
    let whole = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    assert!(matches!(open(&path).await, Err(DbError::Missing { .. })));
    fs::write(&path, b"").unwrap();
    assert!(matches!(open(&path).await, Err(DbError::Missing { .. })));
    fs::write(&path, b"this is a text and not a database at all, is it?").unwrap();
    assert!(matches!(open(&path).await, Err(DbError::Damaged)));

    let mut flipped = whole.clone();
    for byte in &mut flipped[4096..] {
        *byte ^= 0x55;
    }
    fs::write(&path, &flipped).unwrap();
    let found = match open(&path).await {
        Ok(db) => db.integrity_check().await,
        Err(error) => Err(error),
    };
    assert!(matches!(found, Err(DbError::Damaged)), "{found:?}");

    fs::write(&path, &whole).unwrap();
    open(&path).await.unwrap().integrity_check().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"x").unwrap();
    let Err(error) = open(&file.join("haven.db")).await else { panic!("there is no such folder") };
    assert!(matches!(error, DbError::Folder { .. }));
    assert!(error.to_string().contains("file"), "{error}");
}

#[tokio::test]
async fn a_backup_under_load_holds_what_was_committed_before_it() {
    let db = sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("it's a backup.db");
    for number in 0..20 {
        add(&db, &format!("before {number:02}")).await;
    }
    let load = async {
        for number in 0..20 {
            add(&db, &format!("during {number:02}")).await;
        }
    };
    let (backup, ()) = futures::join!(db.backup_to(&target, NOW), load);
    backup.unwrap();
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(db.backup_to(&target, NOW).await, Err(DbError::Exists(_))));
    let copy = open(&target).await.unwrap();
    copy.integrity_check().await.unwrap();
    let there = marks(&copy).await;
    assert_eq!(there.iter().filter(|name| name.starts_with("before")).count(), 20);
    copy.close().await;
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort_unstable();
    assert_eq!(left, ["it's a backup.db"], "and nothing beside it");
}

#[tokio::test]
async fn postgres_is_backed_up_by_its_own_tools() {
    for db in both().await.into_iter().filter(|db| db.engine() == Engine::Postgres) {
        assert!(matches!(db.backup_to(Path::new("never.db"), NOW).await, Err(DbError::UsePgDump)));
        db.integrity_check().await.unwrap();
    }
}

/// A crash: file and log stay as they are at this moment. The connections are closed in order before they are put back, for one that ends
/// later would tidy up beside its successor.
async fn crash(db: Db) {
    let path = db.path().unwrap().to_owned();
    let log = path.with_extension("db-wal");
    let left = [&path, &log].map(|file| (file.clone(), fs::read(file).unwrap()));
    assert!(left.iter().all(|(_, bytes)| !bytes.is_empty()), "something stands in the log only");
    db.close().await;
    drop(db);
    for (file, bytes) in left {
        fs::write(file, bytes).unwrap();
    }
}

#[tokio::test]
async fn a_restore_brings_back_yesterday_keeps_today_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("haven.db");
    let backup = folder.path().join("backup.db");
    let db = open(&path).await.unwrap();
    db.migrate().await.unwrap();
    add(&db, "yesterday").await;
    db.backup_to(&backup, NOW).await.unwrap();
    add(&db, "today").await;
    assert_eq!(db.restored().await.unwrap(), None);

    let serving = db.serve_lock(folder.path()).unwrap();
    assert!(matches!(restore(&path, &backup, NOW, false).await, Err(DbError::InUse(_))));
    drop(serving);
    crash(db).await;
    let kept = restore(&path, &backup, NOW, false).await.unwrap().unwrap();

    let db = open(&path).await.unwrap();
    assert_eq!(marks(&db).await, ["restored", "yesterday"]);
    assert_eq!(db.restored().await.unwrap(), Some(NOW));
    db.settle_restored().await.unwrap();
    assert_eq!(marks(&db).await, ["yesterday"]);
    let before = open(&kept).await.unwrap();
    assert_eq!(marks(&before).await, ["today", "yesterday"]);
}

#[tokio::test]
async fn a_restore_from_something_else_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("haven.db");
    let db = open(&path).await.unwrap();
    db.migrate().await.unwrap();
    add(&db, "here").await;
    db.close().await;
    let other = folder.path().join("other");
    let foreign = open(&folder.path().join("foreign.db")).await.unwrap();
    let mut tx = foreign.begin().await.unwrap();
    sqlx::raw_sql("CREATE TABLE thing (id BIGINT)").execute(tx.sql()).await.unwrap();
    tx.commit().await.unwrap();
    foreign.close().await;
    let foreign = fs::read(folder.path().join("foreign.db")).unwrap();
    for bytes in [&b""[..], b"not a backup, but a letter to the admin", &fs::read(&path).unwrap()[..5000], &foreign] {
        fs::write(&other, bytes).unwrap();
        let error = restore(&path, &other, NOW, false).await.unwrap_err();
        assert!(matches!(error, DbError::NoBackup(_) | DbError::Damaged), "{error:?}");
    }
    assert!(matches!(restore(&path, folder.path(), NOW, false).await, Err(DbError::IsFolder(_))));
    let nowhere = folder.path().join("new/haven.db");
    for place in [&path, &nowhere] {
        assert!(matches!(restore(place, &folder.path().join("none"), NOW, false).await, Err(DbError::NotThere(_))));
    }
    assert!(!folder.path().join("new").exists(), "a mistyped name leaves nothing behind");
    assert_eq!(marks(&open(&path).await.unwrap()).await, ["here"]);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().filter(|f| f.as_ref().unwrap().file_name().to_string_lossy().contains("restoring")).count(),
        0
    );
}

fn days(count: u64) -> Duration {
    Duration::from_hours(count * 24)
}

async fn swept(db: &Db, before: Timestamp) -> u64 {
    let mut tx = db.begin().await.unwrap();
    let settled = remove_copies(&mut tx, before, 10).await.unwrap();
    tx.commit().await.unwrap();
    settled
}

#[tokio::test]
async fn a_backup_is_removed_when_its_time_is_over_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("haven.db")).await.unwrap();
    db.migrate().await.unwrap();
    let at = |name: &str| folder.path().join(name);
    db.backup_to(&at("first"), NOW).await.unwrap();
    db.backup_to(&at("moved"), NOW).await.unwrap();
    db.backup_to(&at("kept name"), NOW).await.unwrap();
    let later = NOW.plus(days(1));
    // One was moved away; the name of another was given to a younger copy, and a third became somebody's letter.
    fs::rename(at("moved"), at("elsewhere")).unwrap();
    fs::remove_file(at("kept name")).unwrap();
    db.backup_to(&at("kept name"), later).await.unwrap();
    db.backup_to(&at("letter"), NOW.plus(days(2))).await.unwrap();
    fs::write(at("letter"), "a letter of the admin, not a copy").unwrap();

    assert_eq!(old_copies(&mut db.read().await.unwrap(), NOW).await.unwrap(), 0);
    assert_eq!(swept(&db, NOW).await, 0, "not older than itself");
    assert_eq!(old_copies(&mut db.read().await.unwrap(), later).await.unwrap(), 3);
    assert_eq!(swept(&db, later).await, 3);
    assert!(!at("first").exists());
    assert!(at("elsewhere").exists() && at("kept name").exists() && at("letter").exists());
    assert_eq!(swept(&db, NOW.plus(days(3))).await, 2);
    assert!(!at("kept name").exists() && at("letter").exists());

    let known = copies(&mut db.read().await.unwrap()).await.unwrap();
    let mut lost: Vec<_> = known.iter().filter(|copy| copy.lost).map(|copy| copy.path.file_name().unwrap().to_str().unwrap()).collect();
    lost.sort_unstable();
    assert_eq!(lost, ["kept name", "letter", "moved"]);
    assert_eq!(known.len(), 3);
    // After a year they are not named any more.
    db.backup_to(&at("late"), NOW.plus(days(400))).await.unwrap();
    assert_eq!(swept(&db, NOW.plus(days(401))).await, 1);
    assert!(copies(&mut db.read().await.unwrap()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_backup_past_its_time_is_put_back_only_when_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("haven.db"), folder.path().join("backup.db"));
    let db = open(&path).await.unwrap();
    db.migrate().await.unwrap();
    db.backup_to(&backup, NOW).await.unwrap();
    assert!(matches!(db.backup_to(&folder.path().join("no/such/folder"), NOW).await, Err(DbError::NotWritable { .. })));
    assert_eq!(copies(&mut db.read().await.unwrap()).await.unwrap().len(), 1, "what was not written is not known");
    add(&db, "today").await;
    db.close().await;
    let late = NOW.plus(days(36));
    let error = restore(&path, &backup, late, false).await.unwrap_err();
    assert!(matches!(error, DbError::Expired { .. }) && error.to_string().contains("--old"), "{error}");
    let now = open(&path).await.unwrap();
    assert_eq!(marks(&now).await, ["today"]);
    now.close().await;
    restore(&path, &backup, late, true).await.unwrap();
    assert_eq!(marks(&open(&path).await.unwrap()).await, ["restored"]);
}

#[tokio::test]
async fn the_rows_of_backups_hold_on_both_engines() {
    for db in both().await {
        let mut tx = db.begin().await.unwrap();
        for (path, at) in [("/no/such/one", 1), ("/no/such/two", 2)] {
            note(&mut tx, path, Timestamp::from_millis(at)).await.unwrap();
            note(&mut tx, path, Timestamp::from_millis(at)).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(swept(&db, Timestamp::from_millis(2)).await, 1);
        let known = copies(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!(known.iter().map(|copy| copy.lost).collect::<Vec<_>>(), [true, false]);
        assert_eq!(old_copies(&mut db.read().await.unwrap(), Timestamp::from_millis(9)).await.unwrap(), 1);
    }
}
