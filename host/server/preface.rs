//! Which version a client speaks: HTTP/2 begins with a preface that is no HTTP/1 request (RFC 9113 §3.4).

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;

use super::connection::Connection;

/// What a connection begins with. The bytes that were read to tell are part of it.
pub(super) enum Begun {
    Http1(Vec<u8>),
    Http2(Vec<u8>),
}

pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Usually a whole request, so that nothing else has to be read for it.
const FIRST: usize = 4 << 10;

/// Reads until it can tell. None if the client leaves, takes too long, or is told to end.
///
/// # Errors
/// The socket's.
pub(super) async fn begin(
    stream: &mut TcpStream,
    shared: &Connection,
    idle: Duration,
    head: Duration,
) -> io::Result<Option<Begun>> {
    let mut first = vec![0; FIRST];
    let mut length = 0;
    let mut patience = pin!(tokio::time::sleep(idle));
    loop {
        let read = poll_fn(|context| {
            if shared.poll_told(context).is_ready() || patience.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(0));
            }
            let mut buffer = ReadBuf::new(&mut first[length..]);
            Pin::new(&mut *stream).poll_read(context, &mut buffer).map_ok(|()| buffer.filled().len())
        });
        match read.await? {
            0 => return Ok(None),
            read if length == 0 => {
                let deadline = tokio::time::Instant::now() + head;
                patience.as_mut().reset(deadline);
                length = read;
            }
            read => length += read,
        }
        let seen = length.min(PREFACE.len());
        if first[..seen] != PREFACE[..seen] {
            first.truncate(length);
            return Ok(Some(Begun::Http1(first)));
        }
        if seen == PREFACE.len() {
            first.truncate(length);
            return Ok(Some(Begun::Http2(first)));
        }
    }
}
