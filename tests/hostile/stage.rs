//! One node for all guests of a place, each behind a host name of its own, beside a site that is innocent. Whatever a
//! guest does, the answer is the one that its place promises, one failure is counted, and the innocent are served.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::guest::Place;
use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Origin, Reply, TestNode, status};

/// A guest, and what is expected of it.
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) wasm: Vec<u8>,
    /// Lines of `[component.NAME.limits]`.
    pub(crate) limits: String,
    /// The word that its failure is counted under.
    pub(crate) reason: &'static str,
}

/// A node that all these guests are on.
pub(crate) struct Stage {
    pub(crate) node: TestNode,
    pub(crate) origin: Origin,
    place: Place,
    turns: AtomicU32,
    _folder: TempDir,
}

/// What did not go as it should.
#[derive(Default)]
pub(crate) struct Complaints(Vec<String>);

const PAGE: &str = "what the origin has\n";

impl Stage {
    pub(crate) async fn of(place: Place, guests: &[Guest]) -> Self {
        let origin = Origin::answering(|asked| {
            if !asked.target.contains("photo") {
                return status(200, &[("cache-control", "max-age=86400")], PAGE);
            }
            let mut picture = status(200, &[("cache-control", "max-age=86400"), ("content-type", "image/jpeg")], "");
            *picture.body_mut() = jpeg(64, 48).into();
            picture
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let mut config = format!(
            "[log]\naccess = \"off\"\n[images]\nsource-pixels = 2_000_000\noutput-pixels = 1_000_000\n\
             output-bytes = \"64KiB\"\n[upstream.origin]\nurl = {:?}\n[[site]]\nhosts = [\"good.example\"]\n",
            origin.url()
        );
        let role = match place {
            Place::Route => "router",
            Place::Lookup | Place::Store => "cache-policy",
            Place::Inspect | Place::Transform => "image",
        };
        for Guest { name, wasm, limits, .. } in guests {
            let path = folder.path().join(format!("{name}.wasm"));
            std::fs::write(&path, wasm).unwrap();
            config += &format!("[[site]]\nhosts = [\"{name}.bad.example\"]\n{role} = \"{name}\"\n");
            config += &format!("[component.{name}]\npath = {path:?}\n[component.{name}.limits]\n{limits}\n");
        }
        config = format!("admin = \"127.0.0.1:2\"\nlisten = \"127.0.0.1:1\"\n{config}");
        let node = TestNode::start(&config).await;
        Self { node, origin, place, turns: AtomicU32::new(0), _folder: folder }
    }

    /// Lets each guest do what it does, twice or more, and the innocent after it.
    pub(crate) async fn contains(&self, guests: &[Guest]) -> Complaints {
        let mut complaints = Complaints::default();
        for guest in guests {
            let before = (self.failures(), self.calls(guest));
            let failures = match self.place {
                Place::Route => self.fails_to_route(guest, &mut complaints).await,
                Place::Lookup | Place::Store => self.fails_to_decide(guest, &mut complaints).await,
                Place::Inspect | Place::Transform => self.fails_to_make(guest, &mut complaints).await,
            };
            let counted = self.metric(guest, "failures", &format!("reason=\"{}\"", guest.reason));
            complaints.unless_equal(guest, "failures of this reason", counted, failures);
            complaints.unless_equal(guest, "failures of any reason", self.failures() - before.0, failures);
            complaints.unless_equal(guest, "calls", self.calls(guest) - before.1, failures);
            self.serves_the_innocent(guest, &mut complaints).await;
        }
        complaints
    }

    /// Asks for a target of a guest's site.
    pub(crate) async fn ask(&self, guest: &Guest, target: &str) -> Reply {
        self.node.get(target, &[("host", &format!("{}.bad.example", guest.name))]).await
    }

    /// A router that fails is 502, and is asked again by the next request.
    async fn fails_to_route(&self, guest: &Guest, complaints: &mut Complaints) -> u64 {
        for _ in 0..2 {
            let reply = self.ask(guest, "/page").await;
            complaints.unless_equal(guest, "status", reply.status.as_u16(), 502);
            complaints.unless_equal(guest, "text", reply.text(), "the router of this site failed\n".to_owned());
        }
        2
    }

    /// A policy that fails lets the request through, and nothing is stored.
    async fn fails_to_decide(&self, guest: &Guest, complaints: &mut Complaints) -> u64 {
        let target = format!("/{}", guest.name);
        for _ in 0..2 {
            let reply = self.ask(guest, &target).await;
            complaints.unless_equal(guest, "status", reply.status.as_u16(), 200);
            complaints.unless_equal(guest, "text", reply.text(), PAGE.to_owned());
            complaints.unless_equal(guest, "stored", reply.cache_status().contains("stored"), false);
        }
        let fetches = self.origin.asked().into_iter().filter(|asked| asked.target == target).count();
        complaints.unless_equal(guest, "fetches", fetches, 2);
        2
    }

    /// A picture that cannot be made is 422 with the reason, for a minute without another try.
    async fn fails_to_make(&self, guest: &Guest, complaints: &mut Complaints) -> u64 {
        for seconds in [0, 0, 61] {
            self.node.advance(seconds);
            let reply = self.ask(guest, "/photo.jpg?width=20").await;
            complaints.unless_equal(guest, "status", reply.status.as_u16(), 422);
            let text = format!("the picture could not be made: {}\n", guest.reason);
            complaints.unless_equal(guest, "text", reply.text(), text);
        }
        2
    }

    /// Nothing of this is remembered from before, so all components run.
    async fn serves_the_innocent(&self, guest: &Guest, complaints: &mut Complaints) {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        let innocent = [("host", "good.example")];
        let page = format!("/page-{turn}");
        for hit in [false, true] {
            let reply = self.node.get(&page, &innocent).await;
            let got = (reply.status.as_u16(), reply.text(), reply.is_hit());
            complaints.unless_equal(guest, "the page after it", got, (200, PAGE.to_owned(), hit));
        }
        let reply = self.node.get(&format!("/photo-{turn}.jpg?width=20"), &innocent).await;
        complaints.unless_equal(guest, "the picture after it", reply.status.as_u16(), 200);
        complaints.unless_equal(guest, "its width", describe(&reply.body).1, 20);
    }

    fn calls(&self, guest: &Guest) -> u64 {
        let function = match self.place {
            Place::Inspect | Place::Transform => "transform",
            place => place.function(),
        };
        self.metric(guest, "calls", &format!("function=\"{function}\""))
    }

    fn metric(&self, guest: &Guest, what: &str, label: &str) -> u64 {
        self.node.metric(&format!("component_{what}_total{{component=\"{}\",{label}}}", guest.name))
    }

    fn failures(&self) -> u64 {
        let text = self.node.gateway.metrics.encode();
        let failures = text.lines().filter(|line| line.starts_with("lucarne_component_failures_total{"));
        failures.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }
}

impl Complaints {
    pub(crate) fn unless_equal<T: Debug + PartialEq>(&mut self, guest: &Guest, what: &str, got: T, wanted: T) {
        if got != wanted {
            self.0.push(format!("{}: {what}: {got:?}, not {wanted:?}", guest.name));
        }
    }

    /// Fails with all of them.
    pub(crate) fn none(self) {
        assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
    }
}
