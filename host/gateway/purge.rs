//! Purging: what a person names becomes the names that stored responses go by.
//!
//! A URL is routed as a plain GET would be, and purges the target of the upstream that it leads to: what passes
//! through, the source picture and every picture made of it. Nothing here looks at what is stored.

mod access;
mod method;

pub use access::{CHALLENGE, Denied, PurgeAccess};
pub use method::PURGE;

use std::sync::Arc;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Request, StatusCode, Uri};
use serde::Serialize;
use thiserror::Error;

use crate::cache::{Purge, PurgeMark, PurgeRecord, Purges, Sequence};
use crate::clock::Now;
use crate::gateway::{Gateway, Site};
use crate::purge_log::{PurgeLog, PurgeLogError};
use crate::request::{BadRequest, RequestHead};
use crate::respond::Failure;
use crate::sandbox::{RequestView, Route};

/// What purging needs.
#[derive(Debug, Default)]
pub struct Purging {
    /// When what was purged last. The store has it too.
    pub purges: Arc<Purges>,
    /// Where purges are written down before they are acknowledged; none where nothing stored outlives the program.
    pub log: Option<PurgeLog>,
    /// Who may.
    pub access: PurgeAccess,
}

/// What is to be purged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurgeTarget {
    /// What a GET of this URL leads to.
    Url(Uri),
    /// What has one of these tags.
    Tags {
        /// At least one.
        tags: Vec<String>,
        /// A host of the site; none for all sites.
        host: Option<String>,
    },
    /// Everything of the site that has this host.
    Site(String),
    /// Everything.
    Everything,
}

/// A purge that took effect, and is written down where there is a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// Its place among all purges. As text: it may be larger than what a number in JSON holds exactly.
    #[serde(serialize_with = "as_text")]
    pub sequence: Sequence,
    /// `hard` or `soft`.
    pub purge: &'static str,
    /// `url`, `tag`, `site` or `everything`.
    pub scope: &'static str,
    /// The name of the site; none for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The upstream's target, or the tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// When a request began, by the clock and among the purges.
#[derive(Debug, Clone, Copy)]
pub struct Began {
    /// By the clock.
    pub now: Now,
    /// Among the purges.
    pub sequence: Sequence,
}

/// Why nothing was purged, or not for good.
#[derive(Debug, Error)]
pub enum PurgeError {
    /// The URL is none.
    #[error("{0:?} is not an http or https URL with a host")]
    Url(String),
    /// It is one that no request could have.
    #[error("the URL cannot be asked for: {0}")]
    BadRequest(#[from] BadRequest),
    /// No site answers for the host.
    #[error("no site here has the host {0}")]
    NoSite(String),
    /// A tag that nothing can have.
    #[error("a tag has 1 to {MOST} bytes and no control characters", MOST = TAG_BYTES)]
    Tag,
    /// There is no tag.
    #[error("name at least one tag")]
    NoTag,
    /// The router does not say where the URL leads.
    #[error("the URL cannot be routed: {}", .0.told().text)]
    Routing(Failure),
    /// The router answers it itself.
    #[error("the router answers this URL itself; nothing is stored for it")]
    NeverStored,
    /// It took effect, and is forgotten at the next start.
    #[error("the purge took effect but could not be written down; a restart may bring back what was purged")]
    NotRecorded(#[from] PurgeLogError),
}

/// What a purge is of: for the table, and in words for the answer.
#[derive(Default)]
struct Named {
    marks: Vec<PurgeMark>,
    site: Option<String>,
    names: Vec<String>,
}

/// Bytes of a tag: what the host keeps of one.
const TAG_BYTES: usize = 128;

impl Gateway {
    /// The newest purge that has taken effect.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.purging.purges.current()
    }

    /// Now. What is found stored later, and what is fetched for it, counts from this sequence.
    #[must_use]
    pub fn begin(&self) -> Began {
        Began { now: self.clock.now(), sequence: self.sequence() }
    }

    /// Purges: once this returns, nothing that was fetched before is served as fresh.
    ///
    /// # Errors
    /// What is wrong with the target. [`PurgeError::NotRecorded`] where it is purged until the next start only.
    pub async fn purge(self: &Arc<Self>, target: &PurgeTarget, purge: Purge) -> Result<Purged, PurgeError> {
        let Named { marks, site, names } = self.named(target)?;
        let (scope, word) = (target.scope(), purge.word());
        let sequence = self.apply(purge, marks).await?;
        self.metrics.count_purge(scope, word);
        tracing::info!(%sequence, purge = word, scope, site, ?names, "purged");
        Ok(Purged { sequence, purge: word, scope, site, names })
    }

    /// Hard purges what has one of these tags on a site: what an origin asks for with `Cache-Group-Invalidation` in the
    /// response to an unsafe request (RFC 9875 §3).
    ///
    /// # Errors
    /// Where it is purged until the next start only.
    pub async fn purge_tags_of_site(self: &Arc<Self>, site: &Site, tags: &[String]) -> Result<Sequence, PurgeLogError> {
        let marks = tags.iter().map(|tag| PurgeMark::tag(Some(&site.name), tag)).collect();
        let sequence = self.apply(Purge::Hard, marks).await?;
        self.metrics.count_purge("tag", Purge::Hard.word());
        Ok(sequence)
    }

    /// In memory first, so that it takes effect at once; then in the log.
    async fn apply(self: &Arc<Self>, purge: Purge, marks: Vec<PurgeMark>) -> Result<Sequence, PurgeLogError> {
        if self.purging.purges.is_crowded() {
            let gateway = Arc::clone(self);
            // Looks at all that is stored.
            let made = tokio::task::spawn_blocking(move || {
                let oldest = gateway.cache.sweep();
                // What is on the disk may be older than all in memory, and how old is not known: nothing is dropped
                // then, and the older half is merged, which purges less than dropping would.
                let oldest = if gateway.disk.is_some() { Some(Sequence::default()) } else { oldest };
                gateway.purging.purges.make_room(oldest);
            });
            if let Err(error) = made.await {
                tracing::error!(%error, "old purges could not be dropped");
            }
        }
        let record: PurgeRecord = self.purging.purges.purge(purge, marks);
        let sequence = record.sequence;
        if let Some(log) = &self.purging.log {
            log.append(record).await?;
        }
        Ok(sequence)
    }

    fn named(&self, target: &PurgeTarget) -> Result<Named, PurgeError> {
        match target {
            PurgeTarget::Everything => Ok(Named { marks: vec![PurgeMark::EVERYTHING], ..Named::default() }),
            PurgeTarget::Site(host) => {
                let site = self.site_of(host)?.name.clone();
                Ok(Named { marks: vec![PurgeMark::site(&site)], site: Some(site), names: Vec::new() })
            }
            PurgeTarget::Tags { tags, host } => {
                let site = host.as_ref().map(|host| self.site_of(host)).transpose()?.map(|site| site.name.clone());
                if tags.is_empty() {
                    return Err(PurgeError::NoTag);
                }
                let is_fine = |tag: &String| (1..=TAG_BYTES).contains(&tag.len()) && !tag.contains(char::is_control);
                if !tags.iter().all(is_fine) {
                    return Err(PurgeError::Tag);
                }
                let marks = tags.iter().map(|tag| PurgeMark::tag(site.as_deref(), tag)).collect();
                Ok(Named { marks, site, names: tags.clone() })
            }
            PurgeTarget::Url(url) => self.led_to(url),
        }
    }

    /// The upstream's target that a GET leads to.
    fn led_to(&self, url: &Uri) -> Result<Named, PurgeError> {
        let head = Arc::new(self.plain_get(url)?);
        let site = self.sites.find(head.authority());
        let site = site.ok_or_else(|| PurgeError::NoSite(head.authority().to_owned()))?;
        let now = self.clock.now().unix_seconds();
        let view = RequestView { head: Arc::clone(&head), widths: Arc::clone(&site.widths), now };
        let routed = self.decisions.route(site, &view, &self.metrics).map_err(PurgeError::Routing)?;
        let target = match &routed.route {
            Route::Image(image) => &image.source,
            Route::Pass(target) => target,
            Route::Refuse(refusal) => return Err(PurgeError::Routing(Failure::Refused(refusal.clone()))),
            Route::Reply(_) => return Err(PurgeError::NeverStored),
        };
        let marks = vec![PurgeMark::target(&site.name, &site.target_key(target, &head))];
        let names = vec![target.as_path_and_query().as_str().to_owned()];
        Ok(Named { marks, site: Some(site.name.clone()), names })
    }

    fn site_of(&self, host: &str) -> Result<&Arc<Site>, PurgeError> {
        let not_a_host = || PurgeError::Url(format!("http://{host}/"));
        let authority: Authority = host.parse().map_err(|_| not_a_host())?;
        let head = self.plain_get(&with_authority(authority).map_err(|_| not_a_host())?)?;
        self.sites.find(head.authority()).ok_or_else(|| PurgeError::NoSite(host.to_owned()))
    }

    /// A GET without any fields of its own, settled as one that arrives.
    fn plain_get(&self, url: &Uri) -> Result<RequestHead, PurgeError> {
        let mut request = Request::new(());
        *request.uri_mut() = url.clone();
        *request.headers_mut() = HeaderMap::new();
        let (head, ()) = RequestHead::settle(request, self.bounds.target)?;
        Ok(head)
    }
}

impl PurgeTarget {
    /// A URL as a person writes it.
    ///
    /// # Errors
    /// If it is not http or https, or has no host.
    pub fn url(text: &str) -> Result<Self, PurgeError> {
        let not_a_url = || PurgeError::Url(text.to_owned());
        let url: Uri = text.parse().map_err(|_| not_a_url())?;
        let mut parts = url.into_parts();
        let (Some(scheme), Some(authority)) = (&parts.scheme, &parts.authority) else { return Err(not_a_url()) };
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return Err(not_a_url());
        }
        // Whoever ends TLS in front of the node leaves the scheme's own port out.
        if *scheme == Scheme::HTTPS
            && let Some(name) = authority.as_str().strip_suffix(":443")
        {
            parts.authority = Some(name.parse().map_err(|_| not_a_url())?);
        }
        parts.scheme = Some(Scheme::HTTP);
        parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        Uri::from_parts(parts).map(Self::Url).map_err(|_| not_a_url())
    }

    fn scope(&self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::Tags { .. } => "tag",
            Self::Site(_) => "site",
            Self::Everything => "everything",
        }
    }
}

impl PurgeError {
    /// The status that says so.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Url(_) | Self::Tag | Self::NoTag | Self::NeverStored => StatusCode::BAD_REQUEST,
            Self::BadRequest(reason) => Failure::BadRequest(*reason).told().status,
            Self::NoSite(_) => StatusCode::NOT_FOUND,
            Self::Routing(failure) => failure.told().status,
            Self::NotRecorded(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

fn with_authority(authority: Authority) -> Result<Uri, http::Error> {
    Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query("/").build()
}

fn as_text<S: serde::Serializer>(sequence: &Sequence, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(sequence)
}
