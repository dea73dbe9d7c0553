//! Random activity graphs against a second opinion. Two partners say whatever comes to mind, properly signed, to a real
//! site in one process: in the right order and the wrong one, for themselves and for others, in one shape and in two. After
//! every sentence the rows are compared with `graphs/model.rs`, a reading of FEP-fe34, groups.md and threats R5 to R7 that
//! uses nothing of the product. `HAVEN_TEST_GRAPHS` says how many graphs (docs/security/proofs.md), `HAVEN_TEST_SEED` where
//! to begin.

#[path = "graphs/draw.rs"]
mod draw;
#[path = "graphs/house.rs"]
mod house;
#[path = "graphs/model.rs"]
mod model;
#[path = "graphs/words.rs"]
mod words;

use std::sync::atomic::{AtomicU64, Ordering};

use house::{Figures, House};

/// Graphs of a plain run.
const GRAPHS: u64 = 640;
/// Graphs that one site hears before it is replaced by a fresh one: 16 stages, 25 graphs each.
const OF_ONE_SITE: u64 = house::STAGES as u64 * house::GRAPHS_OF_A_STAGE;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is reported in docs/security")]
fn drawn_graphs_leave_the_rows_that_the_model_says() {
    let (graphs, first) = (number("HAVEN_TEST_GRAPHS", GRAPHS), number("HAVEN_TEST_SEED", 1));
    let sites = graphs.div_ceil(OF_ONE_SITE);
    let next = AtomicU64::new(0);
    let threads = number("HAVEN_TEST_THREADS", 2).min(sites);
    let work = || {
        let mut figures = Figures::default();
        loop {
            let site = next.fetch_add(1, Ordering::Relaxed);
            if site >= sites {
                return figures;
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            figures += runtime.block_on(House::whole_life(first + site));
        }
    };
    let total = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).fold(Figures::default(), |mut all, one| {
            all += one;
            all
        })
    });
    println!("{total}");
    assert!(total.graphs >= graphs);
    // A generator that never has an effect, or always has one, proves nothing.
    assert!(total.effects > total.sentences / 20 && total.effects < total.sentences * 3 / 4, "{total}");
    assert!(total.refused_at_the_door > total.sentences / 20, "{total}");
}

#[tokio::test]
async fn what_was_found_once_is_told_again() {
    House::what_was_found().await;
}
