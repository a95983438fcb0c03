//! The origin of what is filled in: one KiB for every path, fresh for a day.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Bytes of the content.
pub(crate) const LENGTH: usize = 1024;

/// Answers until the program ends.
pub(crate) async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream));
        }
    });
    address
}

async fn serve(mut stream: TcpStream) {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncache-control: max-age=86400\r\netag: \"1\"\r\n\
         content-length: {LENGTH}\r\n\r\n"
    );
    let answer = [head.as_bytes(), &[b'x'; LENGTH]].concat();
    let mut request = Vec::new();
    // A node that hangs up is no failure of the origin.
    while matches!(stream.read_buf(&mut request).await, Ok(1..)) {
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            if stream.write_all(&answer).await.is_err() {
                return;
            }
        }
    }
}
