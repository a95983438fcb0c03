//! The content on its way to an upstream, and who is being waited for meanwhile.
//!
//! The upstream's silence counts only while it is its turn. While content is awaited from the client, that is the
//! client's silence, which is limited where the client is served.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;

use crate::upstream::body::RequestBody;

/// A request's content that tells its progress.
#[derive(Debug)]
pub(super) struct Upload {
    body: RequestBody,
    turn: watch::Sender<Turn>,
}

/// The other end of an [`Upload`]'s progress.
#[derive(Debug)]
pub(super) struct Silence(watch::Receiver<Turn>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Client,
    Upstream,
}

impl Upload {
    pub(super) fn new(body: RequestBody) -> (Self, Silence) {
        let (turn, receiver) = watch::channel(Turn::Upstream);
        (Self { body, turn }, Silence(receiver))
    }
}

impl Silence {
    /// Returns when it has been the upstream's turn for `limit` without it taking or sending anything.
    pub(super) async fn lasts(mut self, limit: Duration) {
        loop {
            let turn = *self.0.borrow_and_update();
            let sent = match turn {
                Turn::Client => self.0.changed().await.is_err(),
                Turn::Upstream => match tokio::time::timeout(limit, self.0.changed()).await {
                    Ok(changed) => changed.is_err(),
                    Err(_elapsed) => return,
                },
            };
            if sent {
                return tokio::time::sleep(limit).await;
            }
        }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_pending() {
            self.turn.send_if_modified(|turn| std::mem::replace(turn, Turn::Client) != Turn::Client);
        } else {
            self.turn.send_replace(Turn::Upstream);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
