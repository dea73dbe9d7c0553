//! News about something that was told: kept, handed back to the house it came from, and put on the first page of who told it.
//! Along a chain of houses each says only what the next one told it, in its own name.

use crate::base::Id;
use crate::db::Tx;
use crate::features::posts::{self, News};
use crate::federation::here::Here;
use crate::federation::outbox::{self, Outgoing};
use crate::federation::partners;

use super::super::case::{Case, Kind, Outcome, Report, Status};
use super::super::store::reports;
use super::super::wire;
use super::{CaseError, ourselves};

/// Applies news about one report. What is late or known already changes nothing and is not handed on.
pub async fn news(tx: &mut Tx, here: &Here, report: &Report, status: Status, outcome: Option<Outcome>) -> Result<bool, CaseError> {
    if !report.status.moves(status) {
        return Ok(false);
    }
    reports::set_status(tx, &report.id, status, outcome, here.now).await?;
    if let Some((partner, flag)) = &report.from
        && let Some(partner) = partners::by_id(tx, partner).await?
    {
        let ours = ourselves(tx).await?;
        if let Some(activity) = wire::answer(here, (&ours.uri, &wire::instance_of(&partner)), flag, status, outcome) {
            let to = std::slice::from_ref(&partner.id);
            let outgoing = Outgoing { from: &ours.id, thread: &report.id, to, activity, about: None, answers: Some(flag), receipt: false };
            outbox::publish(tx, here, outgoing).await?;
        }
    }
    if let Some(persona) = &report.reporter {
        let about = if report.kind == Kind::Appeal { News::Appeal } else { News::Told };
        posts::tell_news(tx, persona, about, here.now).await?;
    }
    Ok(true)
}

/// The same for everything that was told in a case.
pub async fn spread(tx: &mut Tx, here: &Here, case: &Case, status: Status, outcome: Option<Outcome>) -> Result<(), CaseError> {
    for report in reports::of_case(tx, &case.id).await? {
        news(tx, here, &report, status, outcome.map(|outcome| outcome.told(report.kind))).await?;
    }
    Ok(())
}

/// The promised time of something that went to another house is over: without an answer there is nobody on shift.
pub async fn promise_over(tx: &mut Tx, here: &Here, report: &Id) -> Result<(), CaseError> {
    tx.lock(&format!("report {report}")).await?;
    let Some(report) = reports::by_id(tx, report).await? else { return Ok(()) };
    if report.standing(here.now) == Status::Nobody {
        news(tx, here, &report, Status::Nobody, None).await?;
    }
    Ok(())
}
