//! A request's content, from a client that has to get on with it.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Instant, Sleep};

/// Content whose sender is held to a rate while it is waited for.
pub(super) struct Upload<B> {
    body: B,
    rate: u64,
    stall: Duration,
    /// Most content is never waited for.
    wait: Option<Box<Wait>>,
}

/// The client sends its content too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the client sends its content too slowly")]
pub(super) struct TooSlow;

/// The time that the client was waited for, and what came in it. The time in which nobody asked does not count.
struct Wait {
    alarm: Pin<Box<Sleep>>,
    /// When the wait began that lasts.
    since: Option<Instant>,
    waited: Duration,
    received: u64,
}

impl<B> Upload<B> {
    /// `rate` is in bytes a second, over the time `stall`.
    pub(super) fn new(body: B, rate: u64, stall: Duration) -> Self {
        Self { body, rate, stall, wait: None }
    }

    /// The client is waited for.
    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<TooSlow> {
        let (stall, least) = (self.stall, self.least());
        let wait = self.wait.get_or_insert_with(|| Box::new(Wait::new(stall)));
        if wait.since.is_none() {
            let now = Instant::now();
            wait.since = Some(now);
            wait.alarm.as_mut().reset(now + (stall - wait.waited));
        }
        ready!(wait.alarm.as_mut().poll(context));
        if wait.received < least {
            return Poll::Ready(TooSlow);
        }
        wait.begin_anew();
        wait.since = Some(wait.alarm.deadline());
        let next = wait.alarm.deadline() + stall;
        wait.alarm.as_mut().reset(next);
        wait.alarm.as_mut().poll(context).map(|()| TooSlow)
    }

    /// Something came.
    fn receive(&mut self, bytes: usize) -> Result<(), TooSlow> {
        let (stall, least) = (self.stall, self.least());
        let Some(wait) = &mut self.wait else { return Ok(()) };
        if let Some(since) = wait.since.take() {
            wait.waited += Instant::now() - since;
        }
        wait.received += bytes as u64;
        if wait.waited >= stall {
            if wait.received < least {
                return Err(TooSlow);
            }
            wait.begin_anew();
        }
        Ok(())
    }

    fn least(&self) -> u64 {
        let millis = u64::try_from(self.stall.as_millis()).unwrap_or(u64::MAX);
        (self.rate.saturating_mul(millis) / 1000).max(1)
    }
}

impl Wait {
    fn new(stall: Duration) -> Self {
        let alarm = Box::pin(tokio::time::sleep(stall));
        Self { alarm, since: None, waited: Duration::ZERO, received: 0 }
    }

    fn begin_anew(&mut self) {
        (self.waited, self.received) = (Duration::ZERO, 0);
    }
}

impl<B> HttpBody for Upload<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending => self.poll_wait(context).map(|slow| Some(Err(slow.into()))),
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                Poll::Ready(Some(self.receive(bytes).map(|()| frame).map_err(Into::into)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    /// So many bytes, at such intervals, and then how it ended. On the runtime's clock, which jumps when all wait.
    async fn upload(bytes: usize, interval: Duration, pieces: usize) -> Result<usize, String> {
        let frames = futures_util::stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(interval).await;
            Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'x'; bytes])))
        });
        let body = Upload::new(StreamBody::new(Box::pin(frames)), 100, Duration::from_secs(10));
        body.collect().await.map(|whole| whole.to_bytes().len()).map_err(|error| error.to_string())
    }

    /// Fault 78.
    #[tokio::test(start_paused = true)]
    async fn a_client_has_to_get_on_with_what_it_sends() {
        let slow = Err(TooSlow.to_string());
        assert_eq!(upload(1, Duration::from_secs(1), 100).await, slow, "a byte a second");
        assert_eq!(upload(1, Duration::from_secs(11), 1).await, slow, "nothing for too long");
        assert_eq!(upload(120, Duration::from_secs(1), 100).await, Ok(12_000), "slow, and fast enough");
        assert_eq!(upload(1200, Duration::from_secs(9), 20).await, Ok(24_000), "in bursts");
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_asks_is_not_the_clients() {
        let frames = futures_util::stream::iter(0..5).then(|_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(&[b'x'; 120])))
        });
        let mut body = Upload::new(StreamBody::new(Box::pin(frames)), 100, Duration::from_secs(10));
        while let Some(frame) = body.frame().await {
            frame.unwrap();
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    }
}
