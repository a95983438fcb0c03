//! `lucarne purge`: asks a running node, over its admin interface, to purge.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::{ArgGroup, Args};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::cli::{DataError, UsageError, load, runtime, with_sources};
use crate::config::{PurgeToken, TokenSource};
use crate::node::purge_token;

/// What `purge` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true))]
pub(super) struct Purge {
    /// What a GET of this URL leads to, with every picture that is made of it.
    #[arg(value_name = "URL", group = "what", conflicts_with_all = ["tags", "site", "everything"])]
    url: Option<String>,
    /// What has this tag. May be given often.
    #[arg(long = "tag", id = "tags", value_name = "TAG", group = "what", conflicts_with = "everything")]
    tags: Vec<String>,
    /// Everything of the site that has this host; with --tag, only what has the tag.
    #[arg(long, value_name = "HOST", group = "what", conflicts_with = "everything")]
    site: Option<String>,
    /// Everything that the node has stored.
    #[arg(long, group = "what")]
    everything: bool,
    /// Let what is purged be served while it is validated, instead of dropping it.
    #[arg(long)]
    soft: bool,
    /// Where the node's admin interface is; without it, where --config says.
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<SocketAddr>,
    /// A file with the token; without it, the token is in $LUCARNE_PURGE_TOKEN, or where --config says.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The node's configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

const TOKEN: &str = "LUCARNE_PURGE_TOKEN";

/// For a purge that waits for a slow disk. It may have taken effect by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of an answer: the tags that were sent come back.
const LARGEST_ANSWER: usize = 1 << 20;

impl Purge {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.as_deref().map(load).transpose()?;
        let configured = config.as_ref().and_then(|config| config.admin);
        let address = self.admin.or(configured).ok_or_else(|| {
            UsageError("say where the node's admin interface is: --admin ADDRESS, or --config with admin in it".into())
        })?;
        let token = self.token(config.as_ref().and_then(|config| config.purge.tokens.first()))?;
        let wanted = self.wanted();
        let (status, answer) = runtime()?
            .block_on(async { tokio::time::timeout(PATIENCE, ask(address, &token, &wanted)).await })
            .with_context(|| format!("the node at {address} did not answer in time; ask it again"))?
            .with_context(|| format!("cannot ask the node at {address}"))?;
        let answer: Value =
            serde_json::from_slice(&answer).with_context(|| format!("{address} answered {status}; it is no node"))?;
        if status == StatusCode::OK {
            println!("{}", told(&answer));
            return Ok(());
        }
        let why = answer["error"].as_str().unwrap_or("it does not say why");
        match status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => {
                Err(DataError(format!("nothing is purged: {why}")).into())
            }
            _ => bail!("the node at {address} answered {status}: {why}"),
        }
    }

    fn token(&self, configured: Option<&TokenSource>) -> Result<PurgeToken> {
        let unusable = |error: &dyn std::error::Error| anyhow!(UsageError(with_sources(error)));
        if let Some(path) = &self.token_file {
            return purge_token(&TokenSource::File(path.clone())).map_err(|error| unusable(&error));
        }
        if let Ok(text) = std::env::var(TOKEN) {
            return text.trim().parse().map_err(|error| anyhow!(UsageError(format!("${TOKEN}: {error}"))));
        }
        let source = configured.ok_or_else(|| {
            UsageError(format!("give the token: --token-file FILE, ${TOKEN}, or --config with [purge] in it"))
        })?;
        purge_token(source).map_err(|error| unusable(&error))
    }

    fn wanted(&self) -> Value {
        let mut wanted = json!({ "soft": self.soft });
        if let Some(url) = &self.url {
            wanted["url"] = json!(url);
        }
        if !self.tags.is_empty() {
            wanted["tags"] = json!(self.tags);
        }
        if let Some(site) = &self.site {
            wanted["site"] = json!(site);
        }
        if self.everything {
            wanted["everything"] = json!(true);
        }
        wanted
    }
}

async fn ask(address: SocketAddr, token: &PurgeToken, wanted: &Value) -> Result<(StatusCode, bytes::Bytes)> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri("/purge")
        .header(HOST, address.to_string())
        .header(AUTHORIZATION, format!("Bearer {}", token.as_str()))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(bytes::Bytes::from(wanted.to_string())))?;
    let answered = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|error| anyhow!(error))?;
        Ok((head.status, body.to_bytes()))
    };
    // The connection has to be driven until the answer is there; what becomes of it then does not matter.
    tokio::select! {
        biased;
        answered = answered => answered,
        Err(error) = connection => Err(error.into()),
    }
}

/// One line: `purged hard: url /photo.jpg of site *, sequence 7`.
fn told(answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or("?");
    let names = answer["names"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let names: String = names.map(|name| format!(" {name}")).collect();
    let site = answer["site"].as_str().map(|site| format!(" of site {site}")).unwrap_or_default();
    format!("purged {}: {}{names}{site}, sequence {}", text("purge"), text("scope"), text("sequence"))
}
