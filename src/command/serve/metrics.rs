//! Numbers for whoever runs the machine, on a listener of their own: counts of work, never of people, and no label that
//! names a person, a group or a partner.

use std::sync::Arc;

use haven::federation::{delivery, parked};
use haven::jobs;
use haven::server;
use haven::site::Shared;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::command::failure::Failure;

/// Begins to count; the future answers `GET /metrics` until it is dropped.
///
/// # Errors
/// When something else in the process counts already.
pub fn serve(site: Shared, listener: TcpListener) -> Result<impl Future<Output = ()>, Failure> {
    let counts = PrometheusBuilder::new().install_recorder()?;
    describe();
    Ok(async move {
        loop {
            let Some((stream, _)) = server::next_connection(&listener).await else { continue };
            let (site, counts) = (Arc::clone(&site), counts.clone());
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(Arc::clone(&site), counts.clone(), request));
                let mut server = http1::Builder::new();
                server.timer(TokioTimer::new()).header_read_timeout(std::time::Duration::from_secs(10));
                // A reader that hangs up reads again later.
                drop(server.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    })
}

fn describe() {
    metrics::describe_gauge!("haven_jobs_waiting", "Pieces of durable work that wait for their time");
    metrics::describe_gauge!("haven_jobs_dead", "Pieces of durable work that were given up");
    metrics::describe_gauge!("haven_inbox_parked", "Messages of partners that were accepted and put aside, because something broke");
    metrics::describe_gauge!("haven_background_due_seconds", "Seconds since the oldest background work became due; 0 when none is late");
    metrics::describe_gauge!("haven_partners_failing", "Partners that do not take what is sent to them now");
    metrics::describe_counter!("haven_group_commits_total", "Group commits of the embedded database");
}

async fn answer(site: Shared, counts: PrometheusHandle, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::http::Error> {
    if request.uri().path() != "/metrics" || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Response::builder().status(StatusCode::NOT_FOUND).body(Full::default());
    }
    look(&site).await;
    counts.run_upkeep();
    Response::builder().header(header::CONTENT_TYPE, "text/plain; version=0.0.4").body(Full::from(counts.render()))
}

/// Reads what is only known when somebody asks.
async fn look(site: &Shared) {
    if let Ok(mut conn) = site.db.read().await
        && let Ok((waiting, dead)) = jobs::counts(&mut conn).await
    {
        metrics::gauge!("haven_jobs_waiting").set(as_gauge(waiting));
        metrics::gauge!("haven_jobs_dead").set(as_gauge(dead));
        if let Ok(parked) = parked::count(&mut conn).await {
            metrics::gauge!("haven_inbox_parked").set(as_gauge(parked));
        }
        if let Ok(failing) = delivery::failing(&mut conn).await {
            metrics::gauge!("haven_partners_failing").set(as_gauge(i64::try_from(failing.len()).unwrap_or(i64::MAX)));
        }
    }
    if let Ok(next) = haven::server::next_wake(site).await {
        let late = next.map_or(0, |next| site.now().since(next).as_secs());
        metrics::gauge!("haven_background_due_seconds").set(as_gauge(i64::try_from(late).unwrap_or(i64::MAX)));
    }
    if let Some(commits) = site.db.commits() {
        metrics::counter!("haven_group_commits_total").absolute(commits);
    }
}

fn as_gauge(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}
