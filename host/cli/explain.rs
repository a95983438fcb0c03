//! `lucarne explain`: what the components would decide about a request, and why two requests share an entry or do not.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use http::header::HOST;
use http::uri::InvalidUri;
use http::{HeaderName, HeaderValue, Request};
use serde_json::{Value, json};

use crate::cache::LookupPlan;
use crate::cli::offline::Workbench;
use crate::cli::{UsageError, load};
use crate::clock::Clock;
use crate::config::{Config, Origin, UpstreamConfig};
use crate::gateway::site_key;
use crate::request::RequestHead;
use crate::respond::Vary;
use crate::sandbox::{Read, RequestView, Route};

/// What `explain` takes.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The configuration file; without one, the defaults.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A header field of the request, as curl takes it. May be given often.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Path and query, as in a URL.
    #[arg(value_name = "URL-PATH")]
    target: String,
}

/// What was decided.
struct Explanation {
    site: String,
    route: Route,
    read: Vec<Read>,
    lookup: LookupPlan,
    lookup_read: Vec<Read>,
    key: Vec<String>,
}

impl Explain {
    pub(super) fn run(self) -> Result<()> {
        let config = match &self.config {
            Some(path) => load(path)?,
            None => Config::for_origin(Origin::Folder(PathBuf::from(".")), ([127, 0, 0, 1], 8080).into()),
        };
        let explanation = self.explain(&config)?;
        if self.json {
            println!("{:#}", explanation.json());
        } else {
            print!("{}", explanation.text());
        }
        Ok(())
    }

    fn explain(&self, config: &Config) -> Result<Explanation> {
        let head = Arc::new(self.head(config)?);
        let site =
            config.site_for(head.authority()).ok_or_else(|| anyhow!(UsageError("no site has this host".into())))?;
        let loaded = Workbench::of(config)?.load(config, site)?;
        let widths = site.viewport_widths.clone().into();
        let view = RequestView { head: Arc::clone(&head), widths, now: Clock::default().now().unix_seconds() };
        let (route, read) = loaded.router.route(&view)?;
        let (lookup, lookup_read) = loaded.policy.lookup(&view)?;
        let name = site.hosts.first().map(ToString::to_string).context("a site has a host")?;
        let mut key = site_key(&name, &site.upstream, &loaded.image.identity().digest, &route).parts();
        if let Some(UpstreamConfig::Http { preserve_host: true, .. }) = config.upstreams.get(&site.upstream)
            && matches!(route, Route::Image(_) | Route::Pass(_))
        {
            key.push(head.authority().to_owned());
        }
        Ok(Explanation { site: name, route, read, lookup, lookup_read, key })
    }

    /// The request as a node would settle it.
    fn head(&self, config: &Config) -> Result<RequestHead> {
        let target = &self.target;
        if !target.starts_with('/') {
            return Err(UsageError(format!("{target:?} is not a URL path; it begins with '/'")).into());
        }
        let mut request = Request::new(());
        *request.uri_mut() =
            target.parse().map_err(|error: InvalidUri| UsageError(format!("{target:?} is not a URL path: {error}")))?;
        for line in &self.headers {
            let (name, value) = parse_field(line)?;
            request.headers_mut().append(name, value);
        }
        request.headers_mut().entry(HOST).or_insert(HeaderValue::from_static("localhost"));
        let longest = usize::try_from(config.limits.url_bytes).unwrap_or(usize::MAX);
        let (head, ()) = RequestHead::settle(request, longest).map_err(|bad| UsageError(bad.to_string()))?;
        Ok(head)
    }
}

impl Explanation {
    fn route(&self) -> Value {
        match &self.route {
            Route::Pass(target) => json!({ "pass": target.as_path_and_query().as_str() }),
            Route::Image(image) => json!({
                "image": {
                    "source": image.source.as_path_and_query().as_str(),
                    "plan": image.plan.canonical(),
                    "not-after": image.not_after,
                }
            }),
            Route::Reply(reply) => json!({ "reply": reply.status.as_u16() }),
            Route::Refuse(refusal) => json!({ "refuse": refusal.status.as_u16(), "detail": refusal.detail }),
        }
    }

    fn lookup(&self) -> Value {
        match &self.lookup {
            LookupPlan::Bypass(reason) => json!({ "bypass": format!("{reason:?}").to_lowercase() }),
            LookupPlan::Use(constraints) => {
                let seconds = |duration: Option<std::time::Duration>| duration.map(|duration| duration.as_secs());
                json!({ "use": {
                    "no-cache": constraints.no_cache,
                    "no-store": constraints.no_store,
                    "only-if-cached": constraints.only_if_cached,
                    "max-age": seconds(constraints.max_age),
                    "min-fresh": seconds(constraints.min_fresh),
                    "max-stale": seconds(constraints.max_stale),
                }})
            }
        }
    }

    fn vary(&self) -> Vec<String> {
        Vary::of(&self.read).names().iter().map(ToString::to_string).collect()
    }

    fn json(&self) -> Value {
        let reads = |reads: &[Read]| -> Vec<Value> {
            let read = |read: &Read| json!({ "getter": read.getter.to_string(), "answer": read.answer.to_string() });
            reads.iter().map(read).collect()
        };
        json!({
            "site": self.site,
            "route": self.route(),
            "read": reads(&self.read),
            "vary": self.vary(),
            "lookup": self.lookup(),
            "lookup-read": reads(&self.lookup_read),
            "key": self.key,
        })
    }

    fn text(&self) -> String {
        let reads = |reads: &[Read]| -> String {
            let lines = reads.iter().map(|read| format!("  {} = {}\n", read.getter, read.answer));
            let lines: String = lines.collect();
            if lines.is_empty() { "  nothing\n".to_owned() } else { lines }
        };
        let route = match &self.route {
            Route::Pass(target) => format!("pass to {}", target.as_path_and_query()),
            Route::Image(image) => {
                format!("image from {}\nplan    {}", image.source.as_path_and_query(), image.plan.canonical())
            }
            Route::Reply(reply) => format!("reply {}", reply.status),
            Route::Refuse(refusal) => format!("refuse {}: {}", refusal.status, refusal.detail),
        };
        let vary = self.vary();
        let vary = if vary.is_empty() { "nothing".to_owned() } else { vary.join(", ") };
        format!(
            "site    {}\nroute   {route}\nread by the router, so part of its key:\n{}vary    {vary}\nlookup  {}\n\
             read by the cache policy:\n{}key     {}\n",
            self.site,
            reads(&self.read),
            lookup_text(&self.lookup),
            reads(&self.lookup_read),
            self.key.join(" | "),
        )
    }
}

/// A lookup plan in words: only what a request asks for.
fn lookup_text(plan: &LookupPlan) -> String {
    let constraints = match plan {
        LookupPlan::Bypass(reason) => return format!("bypass ({})", format!("{reason:?}").to_lowercase()),
        LookupPlan::Use(constraints) => constraints,
    };
    let flags = [
        ("no-cache", constraints.no_cache),
        ("no-store", constraints.no_store),
        ("only-if-cached", constraints.only_if_cached),
    ];
    let durations =
        [("max-age", constraints.max_age), ("min-fresh", constraints.min_fresh), ("max-stale", constraints.max_stale)];
    let flags = flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| name.to_owned());
    let durations = durations.into_iter().filter_map(|(name, time)| Some(format!("{name}={}", time?.as_secs())));
    let words: Vec<String> = flags.chain(durations).collect();
    if words.is_empty() { "use what is stored".to_owned() } else { format!("use what is stored: {}", words.join(", ")) }
}

fn parse_field(line: &str) -> Result<(HeaderName, HeaderValue)> {
    let bad = || UsageError(format!("{line:?} is not a header field; write 'Name: value'"));
    let (name, value) = line.split_once(':').ok_or_else(bad)?;
    let name = HeaderName::try_from(name.trim()).map_err(|_| bad())?;
    let value = HeaderValue::from_str(value.trim()).map_err(|_| bad())?;
    Ok((name, value))
}
