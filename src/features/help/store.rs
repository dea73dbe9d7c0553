//! The lines and the door in the database. Nothing in these tables is about a person.

use crate::base::Timestamp;
use crate::db::{Conn, DbError, Tx};
use crate::web::Lang;

use super::lines::{Line, MAX_LINES, Status};

type LineRow = (i64, String, String, String, String, String, Option<i64>);

/// The house's own lines, in order; empty while the ones that come with the software are shown.
pub async fn lines(conn: &mut Conn) -> Result<Vec<Line>, DbError> {
    let rows: Vec<LineRow> =
        sqlx::query_as("SELECT danger, label, numbers, hours, place, lang, checked_at FROM help_lines ORDER BY position")
            .fetch_all(conn.sql())
            .await?;
    let line = |(danger, label, numbers, hours, place, lang, checked_at): LineRow| Line {
        danger: danger == 1,
        label,
        numbers,
        hours,
        place,
        lang: Lang::parse(&lang),
        checked_at: checked_at.map(Timestamp::from_millis),
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Replaces all lines; at most [`MAX_LINES`] are kept. The caller has asked [`Line::check`] of each. No lines: the ones that come with the software return.
pub async fn save_lines(tx: &mut Tx, lines: &[Line]) -> Result<(), DbError> {
    sqlx::query("DELETE FROM help_lines").execute(tx.sql()).await?;
    for (position, line) in (0_i64..).zip(lines.iter().take(MAX_LINES)) {
        sqlx::query(
            "INSERT INTO help_lines (position, danger, label, numbers, hours, place, lang, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(position)
        .bind(i64::from(line.danger))
        .bind(line.label.trim())
        .bind(line.numbers.trim())
        .bind(line.hours.trim())
        .bind(line.place.trim())
        .bind(line.lang.map_or("", Lang::code))
        .bind(line.checked_at.map(Timestamp::millis))
        .execute(tx.sql())
        .await?;
    }
    Ok(())
}

/// The door and the hours; empty while nobody filled them in.
pub async fn status(conn: &mut Conn) -> Result<Status, DbError> {
    let row: Option<(String, String, String, Option<i64>)> =
        sqlx::query_as("SELECT door, door_hours, peer_hours, staffed_until FROM help_status WHERE id = 1")
            .fetch_optional(conn.sql())
            .await?;
    let status = row.map(|(door, door_hours, peer_hours, until)| Status {
        door,
        door_hours,
        peer_hours,
        staffed_until: until.map(Timestamp::from_millis),
    });
    Ok(status.unwrap_or_default())
}

/// Writes the door, the hours, and until when someone is there.
pub async fn save_status(tx: &mut Tx, status: &Status) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO help_status (id, door, door_hours, peer_hours, staffed_until) VALUES (1, $1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET door = $1, door_hours = $2, peer_hours = $3, staffed_until = $4",
    )
    .bind(status.door.trim())
    .bind(status.door_hours.trim())
    .bind(status.peer_hours.trim())
    .bind(status.staffed_until.map(Timestamp::millis))
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Says until when someone is at the door; `None`: nobody is. The rest stays as it is.
pub async fn set_staffed_until(tx: &mut Tx, until: Option<Timestamp>) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO help_status (id, door, door_hours, peer_hours, staffed_until) VALUES (1, '', '', '', $1) \
         ON CONFLICT (id) DO UPDATE SET staffed_until = $1",
    )
    .bind(until.map(Timestamp::millis))
    .execute(tx.sql())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::database;

    fn line(label: &str, lang: Option<Lang>) -> Line {
        Line {
            danger: false,
            label: label.to_owned(),
            numbers: "12 34 56 78".to_owned(),
            hours: "9-17".to_owned(),
            place: "Herning".to_owned(),
            lang,
            checked_at: Some(Timestamp::from_millis(5)),
        }
    }

    #[tokio::test]
    async fn lines_come_back_in_order_and_are_replaced_together() {
        for db in database::both().await {
            assert_eq!(lines(&mut db.read().await.unwrap()).await.unwrap(), []);
            let first = [line("b", None), Line { danger: true, checked_at: None, ..line("a", Some(Lang::Da)) }];
            for wanted in [&first[..], &first[1..], &[]] {
                let mut tx = db.begin().await.unwrap();
                save_lines(&mut tx, wanted).await.unwrap();
                tx.commit().await.unwrap();
                assert_eq!(lines(&mut db.read().await.unwrap()).await.unwrap(), wanted);
            }
            let mut tx = db.begin().await.unwrap();
            save_lines(&mut tx, &vec![line("x", None); 20]).await.unwrap();
            assert_eq!(lines(&mut tx).await.unwrap().len(), MAX_LINES);
        }
    }

    #[tokio::test]
    async fn the_door_is_one_row() {
        for db in database::both().await {
            assert_eq!(status(&mut db.read().await.unwrap()).await.unwrap(), Status::default());
            let mut tx = db.begin().await.unwrap();
            let until = Some(Timestamp::from_millis(9));
            set_staffed_until(&mut tx, until).await.unwrap();
            assert_eq!(status(&mut tx).await.unwrap(), Status { staffed_until: until, ..Status::default() });
            let door = Status { door: "Torvet 1".into(), door_hours: "10-16".into(), peer_hours: String::new(), staffed_until: until };
            save_status(&mut tx, &door).await.unwrap();
            set_staffed_until(&mut tx, None).await.unwrap();
            assert_eq!(status(&mut tx).await.unwrap(), Status { staffed_until: None, ..door });
        }
    }
}
