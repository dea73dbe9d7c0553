//! The page `/help`. The same for everyone: it asks for no visitor, sets nothing, and when the database does not answer it
//! shows what it knew last, or the lines that come with the software.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderValue, header};

use super::lines::{self, Line, Status};
use super::store;
use crate::base::Timestamp;
use crate::db::{Db, DbError};
use crate::site::Shared;
use crate::web::{Ctx, Html, Shell};

/// How long a database that did not answer is left alone.
const REST: Duration = Duration::from_secs(15);

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/help", get(help).layer(Extension(Arc::new(Kept::default()))))
}

async fn help(State(site): State<Shared>, Extension(kept): Extension<Arc<Kept>>, ctx: Ctx) -> Response {
    show(&ctx, &site.db, &kept, site.now()).await
}

/// What was read last, for when the database is away.
#[derive(Default)]
struct Kept {
    known: ArcSwapOption<(Vec<Line>, Status)>,
    failed_at: AtomicI64,
}

impl Kept {
    async fn current(&self, db: &Db, now: Timestamp) -> Arc<(Vec<Line>, Status)> {
        let failed_at = Timestamp::from_millis(self.failed_at.load(Ordering::Relaxed));
        if failed_at == Timestamp::EPOCH || now.since(failed_at) >= REST {
            match read(db).await {
                Ok(known) => {
                    self.failed_at.store(0, Ordering::Relaxed);
                    self.known.store(Some(Arc::new(known)));
                }
                Err(error) => {
                    tracing::error!(%error, "Help now is shown without the database");
                    self.failed_at.store(now.millis(), Ordering::Relaxed);
                }
            }
        }
        self.known.load_full().unwrap_or_default()
    }
}

async fn read(db: &Db) -> Result<(Vec<Line>, Status), DbError> {
    let mut conn = db.read().await?;
    Ok((store::lines(&mut conn).await?, store::status(&mut conn).await?))
}

#[derive(Template)]
#[template(path = "features/help/help.html")]
struct HelpPage {
    shell: Shell,
    danger: Vec<Line>,
    lines: Vec<Line>,
    status: Status,
    staffed: Option<Timestamp>,
}

async fn show(ctx: &Ctx, db: &Db, kept: &Kept, now: Timestamp) -> Response {
    let known = kept.current(db, now).await;
    let (danger, lines) = lines::shown(&known.0, ctx.t);
    let staffed = known.1.staffed(now);
    let shell = ctx.shell(ctx.t.say("help-title")).bare();
    let mut response = Html(HelpPage { shell, danger, lines, status: known.1.clone(), staffed }).into_response();
    // Kept by the browser for the moment without a connection, but looked at again while there is one: "someone is there" must be true.
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache, stale-if-error=2592000"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::base::Origin;
    use crate::features::help;
    use crate::testing::database::{self, TestDb};
    use crate::testing::pages::assert_page_is_sound;
    use crate::testing::site::Town;
    use crate::web::{House, Lang, Visitor, WebSettings, layers};

    const NOW: Timestamp = Timestamp::from_seconds(1_772_366_400);

    /// The page in its frame, as a member who is signed in would ask for it.
    async fn page(db: &TestDb, kept: &Arc<Kept>, path: &str, lang: &str) -> Response {
        let (db, kept) = ((*db).clone(), Arc::clone(kept));
        let handler = move |ctx: Ctx| async move { show(&ctx, &db, &kept, NOW).await };
        let settings = WebSettings { origin: Origin::parse("https://haven.example").unwrap(), house: House::default() };
        let request = Request::get(path).header("host", "haven.example").header("accept-language", lang).header("cookie", "session=x");
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Visitor { signed_in: true, name: Some("Fern".into()), ..Visitor::default() });
        layers(Router::new().route("/help", get(handler)), settings).oneshot(request).await.unwrap()
    }

    async fn text(response: Response) -> String {
        assert_eq!(response.status(), 200);
        assert!(response.headers().get(header::SET_COOKIE).is_none());
        let text = String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
        assert_page_is_sound(&text);
        assert!(!text.contains("<script") && !text.contains("<form") && !text.contains("Fern"), "{text}");
        text
    }

    #[tokio::test]
    async fn help_is_there_in_three_languages_and_says_nothing_of_who_asks() {
        let (db, kept) = (database::sqlite().await, Arc::default());
        for (lang, sentences) in [
            ("en", ["You do not have to be alone", "tel:112", "tel:08000113", "tel:70201201"]),
            ("nl", ["Je hoeft hier niet alleen", "tel:112", "tel:113", "tel:1813"]),
            ("da", ["Du behøver ikke være alene", "tel:112", "tel:70201201", "Danmark"]),
        ] {
            let page = text(page(&db, &kept, "/help", lang).await).await;
            assert!(page.contains(&format!("<html lang=\"{lang}\"")));
            for sentence in sentences {
                assert!(page.contains(sentence), "{sentence}: {page}");
            }
            assert!(page.contains("rel=\"noreferrer noopener\" href=\"https://www.wikipedia.org/\""), "{page}");
        }
        let answer = page(&db, &kept, "/help?lang=da", "en").await;
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-cache, stale-if-error=2592000");
        assert!(text(answer).await.contains("<html lang=\"da\""));
    }

    #[tokio::test]
    async fn the_houses_own_lines_and_door_are_shown_with_the_day_of_the_test_call() {
        let (db, kept) = (database::sqlite().await, Arc::default());
        let own = Line {
            danger: false,
            label: "Døgnvagten <b>".into(),
            numbers: "12 34 56 78".into(),
            hours: "hele døgnet".into(),
            place: "Herning".into(),
            lang: Some(Lang::Da),
            checked_at: Some(NOW),
        };
        let door = Status {
            door: "Torvet 1".into(),
            door_hours: "10-22".into(),
            peer_hours: "10-16".into(),
            staffed_until: Some(NOW.plus(Duration::from_hours(2))),
        };
        let mut tx = db.begin().await.unwrap();
        help::save_lines(&mut tx, &[own]).await.unwrap();
        help::save_status(&mut tx, &door).await.unwrap();
        tx.commit().await.unwrap();
        let danish = text(page(&db, &kept, "/help", "da").await).await;
        for part in ["Døgnvagten &#60;b&#62;", "tel:12345678", "1. marts 2026", "Torvet 1", "kl. 15.00", "tel:112"] {
            assert!(danish.contains(part), "{part}: {danish}");
        }
        assert!(!danish.contains("70 201 201"));
        assert!(text(page(&db, &kept, "/help", "en").await).await.contains("70 201 201"));

        let mut tx = db.begin().await.unwrap();
        help::set_staffed_until(&mut tx, Some(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(text(page(&db, &kept, "/help", "en").await).await.contains("Nobody is there right now"));
    }

    #[tokio::test]
    async fn without_the_database_the_last_known_lines_are_shown() {
        let db = database::sqlite().await;
        let own = Line { label: "Own line".into(), ..lines::shown(&[], crate::web::Words::new(Lang::En)).1[0].clone() };
        let mut tx = db.begin().await.unwrap();
        help::save_lines(&mut tx, &[own]).await.unwrap();
        tx.commit().await.unwrap();
        let (kept, fresh) = (Arc::default(), Arc::default());
        assert!(text(page(&db, &kept, "/help", "en").await).await.contains("Own line"));
        db.close().await;
        assert!(text(page(&db, &kept, "/help", "en").await).await.contains("Own line"));
        assert!(text(page(&db, &fresh, "/help", "en").await).await.contains("tel:08000113"));
    }

    #[tokio::test]
    async fn the_real_door_shows_it_to_anybody() {
        let site = Town::default().open("haven.test", database::sqlite().await, 1).await.unwrap();
        for cookie in [None, Some("session=stale; __Host-session=stale")] {
            let seen = site.get("/help", cookie).await;
            assert_eq!((seen.status.as_u16(), seen.cookie), (200, None));
            assert_page_is_sound(&seen.text);
        }
        site.database.close().await;
        let seen = site.get("/help", Some("session=stale; __Host-session=stale; haven=stale")).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        assert!(seen.text.contains("tel:112"));
    }
}
