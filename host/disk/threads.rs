//! Threads that may block on the disk, so that no other thread does: a disk that hangs holds these and nothing else.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Some threads and the bounded line before them. Dropped, it takes nothing more; the threads end after what is in the
/// line, and nobody waits for one that hangs.
#[derive(Debug)]
pub(super) struct Threads {
    line: Arc<Line>,
    longest: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The line is full.
    Busy,
    /// It took too long.
    TimedOut,
}

type Job = Box<dyn FnOnce() + Send>;

struct Line {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

/// Bytes of a thread's stack: buffers are on the heap.
const STACK: usize = 256 << 10;

impl Threads {
    /// `count` threads that are called `name`, with a line of at most `longest`. They know the runtime that this is
    /// called in, for its clock.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn start(name: &str, count: usize, longest: usize) -> io::Result<Self> {
        let state = Mutex::new(State { jobs: VecDeque::new(), closed: false });
        let threads = Self { line: Arc::new(Line { state, changed: Condvar::new() }), longest };
        for number in 0..count {
            let (line, runtime) = (Arc::clone(&threads.line), Handle::current());
            let work = move || {
                let _entered = runtime.enter();
                line.work();
            };
            thread::Builder::new().name(format!("{name}-{number}")).stack_size(STACK).spawn(work)?;
        }
        Ok(threads)
    }

    /// Puts `job` into the line; whether there was a place.
    pub(super) fn submit(&self, job: impl FnOnce() + Send + 'static) -> bool {
        let mut state = self.line.state.lock();
        if state.jobs.len() >= self.longest {
            return false;
        }
        state.jobs.push_back(Box::new(job));
        self.line.changed.notify_one();
        true
    }

    /// Puts `job` into the line and returns what waits for its result: within `limit` from now, the time in the line
    /// included. Where nobody waits any more, a job that has not begun is not done.
    ///
    /// # Errors
    /// [`Unanswered`], and why.
    pub(super) fn run<T: Send + 'static, J: FnOnce() -> T + Send + 'static>(
        &self,
        limit: Duration,
        job: J,
    ) -> impl Future<Output = Result<T, Unanswered>> + Send + use<T, J> {
        let (answer, answered) = oneshot::channel();
        let submitted = self.submit(move || {
            if !answer.is_closed() {
                // Who waited may have gone meanwhile.
                let _ = answer.send(job());
            }
        });
        let answered = submitted.then(|| tokio::time::timeout(limit, answered));
        async move {
            match answered.ok_or(Unanswered::Busy)?.await {
                Ok(Ok(value)) => Ok(value),
                _ => Err(Unanswered::TimedOut),
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.line.state.lock().closed = true;
        self.line.changed.notify_all();
    }
}

impl Line {
    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.state.lock();
            } else if state.closed {
                return;
            } else {
                self.changed.wait(&mut state);
            }
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("jobs", &self.state.lock().jobs.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const SOON: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn a_job_that_hangs_is_given_up_and_those_behind_it_are_not_begun() {
        let threads = Threads::start("test", 1, 2).unwrap();
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        tokio::time::pause();
        let hung = threads.run(SOON, move || {
            begun.send(()).unwrap();
            held.recv().unwrap();
        });
        begins.recv().unwrap();
        assert_eq!(hung.await, Err(Unanswered::TimedOut));
        let (begun, seen) = mpsc::channel::<()>();
        assert_eq!(threads.run(SOON, move || begun.send(()).unwrap()).await, Err(Unanswered::TimedOut));
        tokio::time::resume();
        release.send(()).unwrap();
        assert_eq!(threads.run(Duration::MAX, || 7).await, Ok(7));
        assert!(seen.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_full_line_turns_away_at_once() {
        let threads = Threads::start("test", 1, 1).unwrap();
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        assert!(threads.submit(move || {
            begun.send(()).unwrap();
            held.recv().unwrap();
        }));
        begins.recv().unwrap();
        assert!(threads.submit(|| {}));
        assert_eq!(threads.run(SOON, || ()).await, Err(Unanswered::Busy));
        release.send(()).unwrap();
    }

    #[tokio::test]
    async fn what_is_in_the_line_is_done_though_nobody_holds_it_any_more() {
        let threads = Threads::start("test", 1, 9).unwrap();
        let (done, outcome) = mpsc::channel();
        for number in 0..5 {
            let done = done.clone();
            assert!(threads.submit(move || done.send(number).unwrap()));
        }
        drop((threads, done));
        assert_eq!(outcome.iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }
}
