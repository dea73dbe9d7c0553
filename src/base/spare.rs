//! Threads for heavy work that can wait a moment: signatures of what goes out, fresh keys. They take the time that answering
//! people and partners leaves over, so that neither a flood of deliveries nor many new members slow a page down. Nothing that
//! somebody was promised is kept here: work that is lost with the process is begun again by whoever asked for it.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use tokio::sync::oneshot;

/// How much these threads step back (`nice`): under load they get about a tenth of what the others get, otherwise all there is.
const STEP_BACK: i32 = 10;

type Work = Box<dyn FnOnce() + Send>;

struct Threads {
    work: Mutex<Sender<Work>>,
}

impl Threads {
    fn start() -> Self {
        let (work, orders) = channel::<Work>();
        let orders = Arc::new(Mutex::new(orders));
        for number in 0..thread::available_parallelism().map_or(1, usize::from) {
            let orders = Arc::clone(&orders);
            // Without threads the work is not done, and whoever asks is told so each time.
            drop(thread::Builder::new().name(format!("spare-{number}")).spawn(move || serve(&orders)));
        }
        Self { work: Mutex::new(work) }
    }
}

fn serve(orders: &Mutex<Receiver<Work>>) {
    // Where this is not allowed the work is done all the same, at everybody's pace.
    let _at_any_pace = rustix::process::setpriority_process(None, STEP_BACK);
    loop {
        let order = orders.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = order else { return };
        // Who asked sees that nothing came back; the thread goes on.
        drop(std::panic::catch_unwind(AssertUnwindSafe(work)));
    }
}

/// Does this work in spare time, off the async threads. `None` when it panicked or cannot be done.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    static THREADS: OnceLock<Threads> = OnceLock::new();
    let (tell, told) = oneshot::channel();
    let threads = THREADS.get_or_init(Threads::start);
    // Who no longer waits is not told.
    let order: Work = Box::new(move || drop(tell.send(work())));
    let sent = threads.work.lock().unwrap_or_else(PoisonError::into_inner).send(order);
    sent.ok()?;
    told.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_aside_and_a_panic_ends_only_itself() {
        assert_eq!(
            run(|| thread::current().name().map(ToOwned::to_owned)).await.flatten().map(|name| name.starts_with("spare-")),
            Some(true)
        );
        assert_eq!(run(|| -> i32 { panic!("on purpose") }).await, None);
        let all = futures::future::join_all((0..50).map(|number| run(move || number))).await;
        assert_eq!(all, (0..50).map(Some).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn it_steps_back_behind_what_people_wait_for() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let spare = run(|| rustix::process::getpriority_process(None)).await.unwrap().unwrap();
        assert!(spare > own || own >= STEP_BACK, "{spare} against {own}");
    }
}
