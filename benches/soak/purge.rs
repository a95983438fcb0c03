//! Purges, by URL and by tag, hard and soft. What the origin had when a hard one was asked for is the oldest that a
//! request may see that begins after it was acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::HOST;
use crate::report::{Outcome, Report};
use crate::truth::{TAGS, Truth};

pub(crate) const TOKEN: &str = "soak-soak-soak-soak-soak-soak";

/// Purges until it is aborted.
pub(crate) async fn run(admin: SocketAddr, truth: Arc<Truth>, between: Duration, seed: u64, report: Report) {
    let mut rng = Rng::with_seed(seed);
    loop {
        tokio::time::sleep(between).await;
        let (what, things): (_, Vec<usize>) = if rng.u8(..4) == 0 {
            let tag = rng.usize(..TAGS);
            (format!("\"tag\": \"tag-{tag}\""), truth.with_tag(tag).collect())
        } else {
            let thing = truth.draw(&mut rng);
            (format!("\"url\": \"http://{HOST}{}\"", truth.path(thing)), vec![thing])
        };
        let soft = rng.u8(..5) == 0;
        let before: Vec<(usize, u64)> = things.iter().map(|thing| (*thing, truth.current(*thing))).collect();
        let answer = post(admin, &format!("{{{what}, \"soft\": {soft}}}")).await;
        if !answer.starts_with("HTTP/1.1 200") {
            report.failed(format!("a purge of {what} was answered with {}", answer.lines().next().unwrap_or_default()));
            continue;
        }
        report.count(Outcome::Purged);
        if !soft {
            before.into_iter().for_each(|(thing, version)| truth.purged_before(thing, version));
        }
    }
}

async fn post(admin: SocketAddr, body: &str) -> String {
    let head = format!(
        "POST /purge HTTP/1.1\r\nhost: admin\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len(),
    );
    let mut stream = TcpStream::connect(admin).await.unwrap();
    stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
