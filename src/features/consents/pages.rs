//! "What I said yes to": every yes and no of a person with the words that were shown, and the way back. Taking back the
//! sharing of a group is done by takeout, which knows groups and posts; the form here only asks for it.

use askama::Template;
use axum::Router;
use axum::extract::State as Held;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::consent::{Consent, Purpose};
use super::store;
use crate::features::accounts::Member;
use crate::site::Shared;
use crate::web::{Ctx, Html, Lang, Problem, Shell};

/// The routes of this feature.
pub fn routes() -> Router<Shared> {
    Router::new().route("/me/consents", get(page))
}

/// One record as the page shows it.
struct Line {
    title: String,
    /// "You said yes on 3 March 2026."
    said: String,
    words: Vec<String>,
    lang: String,
    /// Version of the notice, when it can be read again.
    notice: Option<i64>,
    basis: String,
    /// Where the yes is taken back.
    back: Option<String>,
    /// It is the yes to being here: taken back by erasing the account.
    house: bool,
}

#[derive(Template)]
#[template(path = "features/consents/consents.html")]
struct ConsentsPage {
    shell: Shell,
    now: Vec<Line>,
    before: Vec<Line>,
}

fn line(ctx: &Ctx, consent: &Consent, stands: bool) -> Line {
    let t = ctx.t;
    let holds = stands && consent.state.holds();
    let title = match &consent.purpose {
        Purpose::House => t.with("consents-house", &[("house", consent.title.as_str())]),
        Purpose::Share(_) => t.with("consents-share", &[("group", consent.title.as_str())]),
        Purpose::Elsewhere(_) => t.with("consents-elsewhere", &[("title", consent.title.as_str())]),
    };
    let key = format!("consents-said-{}", consent.state.as_str());
    let basis = if consent.flags.basis.as_str() == "contract" { "consents-basis-contract" } else { "consents-basis-consent" };
    let mut flags = vec![t.say(basis)];
    flags.push(t.say(if consent.flags.secrecy { "consents-secrecy-yes" } else { "consents-secrecy-no" }));
    if consent.flags.visibility {
        flags.push(t.say("consents-visibility"));
    }
    Line {
        title,
        said: t.with(key, &[("date", &t.date(consent.at))]),
        words: consent.words.lines().map(ToOwned::to_owned).collect(),
        lang: Lang::parse(&consent.lang).unwrap_or(ctx.lang).code().to_owned(),
        notice: (consent.purpose == Purpose::House && consent.version > 0).then_some(consent.version),
        basis: flags.join(" "),
        back: match &consent.purpose {
            Purpose::Share(group) if holds => Some(format!("/me/consents/{group}/withdraw")),
            _ => None,
        },
        house: holds && consent.purpose == Purpose::House,
    }
}

async fn page(Held(site): Held<Shared>, ctx: Ctx, member: Member) -> Result<Response, Problem> {
    let mut conn = site.db.read().await?;
    let all = store::all(&mut conn, &member.account).await?;
    drop(conn);
    let (mut now, mut before) = (Vec::new(), Vec::new());
    let mut seen: Vec<&Purpose> = Vec::new();
    for consent in &all {
        let newest = !seen.contains(&&consent.purpose);
        seen.push(&consent.purpose);
        let stands = newest && !matches!(consent.purpose, Purpose::Elsewhere(_));
        let rows = if stands && consent.state.holds() { &mut now } else { &mut before };
        rows.push(line(&ctx, consent, stands));
    }
    Ok(Html(ConsentsPage { shell: ctx.shell(ctx.t.say("consents-title")), now, before }).into_response())
}
