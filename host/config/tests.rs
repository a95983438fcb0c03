//! What a file means, and what no text may do.

mod example;
mod problems;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::disk::{AdmissionRule, DiskConfig, LARGEST};

const EXAMPLE: &str = include_str!("../../lucarne.example.toml");

const BUILT_INS: [BuiltIn; 3] = [
    BuiltIn {
        name: "query",
        world: World::Router,
        settings: &["forward-query", "quality", "lossless", "effort", "light", "metadata", "truncated"],
    },
    BuiltIn {
        name: "http",
        world: World::CachePolicy,
        settings: &[
            "heuristic-percent",
            "heuristic-max",
            "stale-while-revalidate",
            "stale-if-error",
            "set-cookie",
            "decline-statuses",
        ],
    },
    BuiltIn { name: "image", world: World::Image, settings: &[] },
];

/// Makes a whole file of what comes before it.
const REST: &str = "
[[site]]
hosts = [\"*\"]
upstream = \"rest\"
[upstream.rest]
path = \"pictures\"
";

fn parse(text: &str) -> Result<Config, Problems> {
    Config::parse(text, Path::new("/etc/lucarne"), &BUILT_INS)
}

#[track_caller]
fn config(text: &str) -> Config {
    parse(text).unwrap_or_else(|problems| panic!("{problems}\nin\n{text}"))
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_accepted() {
    assert_eq!(config(&format!("\u{feff}{}", REST.replace('\n', "\r\n"))), config(REST));
}

#[test]
fn units_mean_what_they_say() {
    let config = config(&format!(
        "trusted-proxies = [\"10.1.2.3/8\", \"::1\"]\ndrain-timeout = \"1m 30s\"\n[cache]\nmemory = \"1.5GiB\"\n\
         object = \"1MB\"\nimage-default-ttl = \"2days\"\n[images]\nsource-pixels = \"12.5MP\"\nconcurrency = 3\n\
         [log]\naccess = \"off\"{REST}"
    ));
    assert_eq!(config.trusted_proxies, ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
    assert_eq!(config.drain_timeout, Duration::from_secs(90));
    assert_eq!((config.cache.memory, config.cache.object), (3 << 29, 1_000_000));
    assert_eq!(config.cache.image_default_ttl, Duration::from_hours(48));
    assert_eq!((config.images.source_pixels, config.images.concurrency), (12_500_000, Some(3)));
    assert_eq!(config.log.access, None);
}

#[test]
fn the_only_upstream_is_that_of_every_site() {
    let sites = "[[site]]\nhosts = [\"a.example\"]\n[[site]]\nhosts = [\"*\"]\n";
    let config = config(&format!("{sites}[upstream.only]\nurl = \"http://a/b\""));
    let names: Vec<_> = config.sites.iter().map(|site| site.upstream.as_str()).collect();
    assert_eq!(names, ["only", "only"]);
}

#[test]
fn what_is_made_of_sites_answers_for_their_hosts() {
    let config = config(&format!("[[site]]\nhosts = [\"a.example\"]\nupstream = \"rest\"{REST}"));
    let made: Hosts<String> = config.sites.try_map(|site| Ok::<_, ()>(site.hosts[0].to_string())).unwrap();
    assert_eq!(made.find("a.example:81").map(String::as_str), Some("a.example"));
    assert_eq!(made.find("b.example").map(String::as_str), Some("*"));
    assert_eq!(config.sites.try_map(|site| Err::<(), _>(site.hosts[0].clone())), Err("a.example".parse().unwrap()));
}

#[test]
fn the_largest_object_is_no_larger_than_a_small_cache() {
    assert_eq!(config(&format!("[cache]\nmemory = \"4MiB\"{REST}")).cache.object, 4 << 20);
}

#[test]
fn a_disk_is_used_where_one_is_named() {
    assert_eq!(config(REST).cache.disk, None);
    let disk =
        |keys: &str| config(&format!("[cache]\ndisk = {{ path = \"tier\", size = \"1GiB\"{keys} }}{REST}")).cache.disk;
    let path = PathBuf::from("/etc/lucarne/tier");
    let expected = DiskConfig { path, size: 1 << 30, object: LARGEST, admission: AdmissionRule::SecondRequest };
    assert_eq!(disk(""), Some(expected.clone()));
    assert_eq!(disk(", object = \"1MiB\""), Some(DiskConfig { object: 1 << 20, ..expected.clone() }));
    let always = DiskConfig { admission: AdmissionRule::Always, ..expected };
    assert_eq!(disk(", admission = \"always\""), Some(always));
}

#[test]
fn components_are_found_by_table_then_built_in_then_path() {
    let config = config(&format!(
        "[[site]]\nhosts = [\"a\"]\nupstream = \"rest\"\nrouter = \"mine\"\ncache-policy = \"policies/own\"\n\
         [component.mine]\nuse = \"query\"\nsettings = {{ quality = 80, forward-query = [\"v\", \"id\"] }}\n\
         [component.query]\npath = \"/opt/query.wasm\"\nlimits = {{ time = \"2ms\" }}\n\
         settings = {{ anything = true }}\n\
         [component.unused]\npath = \"unused.wasm\"{REST}"
    ));
    let names: Vec<_> = config.components.keys().collect();
    assert_eq!(names, ["http", "image", "mine", "policies/own", "query"]);

    let mine = &config.components["mine"];
    assert_eq!((&mine.source, mine.world), (&ComponentSource::BuiltIn("query".into()), World::Router));
    assert_eq!(mine.settings["quality"], ["80"]);
    assert_eq!(mine.settings["forward-query"], ["v", "id"]);
    assert_eq!(mine.limits, ComponentLimits::of(World::Router));

    let query = &config.components["query"];
    assert_eq!(query.source, ComponentSource::File("/opt/query.wasm".into()));
    assert_eq!(query.settings["anything"], ["true"]);
    assert_eq!(query.limits, ComponentLimits { memory: 16 << 20, time: Duration::from_millis(2) });

    let own = &config.components["policies/own"];
    assert_eq!(
        (&own.source, own.world),
        (&ComponentSource::File("/etc/lucarne/policies/own".into()), World::CachePolicy)
    );
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lucarne.toml");
    std::fs::write(&path, REST).unwrap();
    let config = Config::load(&path, &BUILT_INS).unwrap();
    let expected = UpstreamConfig::Folder { path: folder.path().join("pictures"), max_age: Duration::from_secs(60) };
    assert_eq!(config.upstreams["rest"], expected);
}

#[test]
fn the_most_specific_host_answers() {
    let patterns = ["*", "*.example.com", "*.img.example.com", "img.example.com", "img.example.com:8443", "[::1]"];
    for order in [patterns.to_vec(), patterns.into_iter().rev().collect()] {
        let mut hosts = Hosts::default();
        for pattern in order {
            hosts.add(&[pattern.parse::<HostPattern>().unwrap()], pattern);
        }
        for (authority, expected) in [
            ("img.example.com", "img.example.com"),
            ("img.example.com:8080", "img.example.com"),
            ("img.example.com:8443", "img.example.com:8443"),
            ("a.img.example.com", "*.img.example.com"),
            ("a.b.img.example.com:8443", "*.img.example.com"),
            ("www.example.com", "*.example.com"),
            ("example.com", "*"),
            ("badexample.com", "*"),
            ("[::1]", "[::1]"),
            ("[::1]:8080", "[::1]"),
            ("[::2]:8080", "*"),
            ("", "*"),
        ] {
            assert_eq!(hosts.find(authority), Some(&expected), "{authority}");
        }
    }
    let exact = config(&REST.replace('*', "a.example"));
    assert!(exact.site_for("a.example").is_some());
    assert!(exact.site_for("b.example").is_none());
}

#[test]
fn an_origin_is_a_url_or_a_folder() {
    assert_eq!("pictures".parse(), Ok(Origin::Folder(PathBuf::from("pictures"))));
    assert_eq!("http://a:8080/b".parse(), Ok(Origin::Url("http://a:8080/b".parse().unwrap())));
    assert_eq!("ftp://a".parse::<Origin>(), Err(InvalidUpstreamUrl::Malformed));
    assert_eq!("http://a/?b".parse::<Origin>(), Err(InvalidUpstreamUrl::QueryOrFragment));
}

fn assert_orderly(text: &str) -> Result<(), TestCaseError> {
    let Err(problems) = parse(text) else { return Ok(()) };
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    prop_assert!(lines.is_sorted() && !lines.is_empty());
    prop_assert!(lines.iter().all(|line| (1..=text.split('\n').count()).contains(line)), "{}", problems);
    prop_assert_eq!(problems.to_string().lines().count(), lines.len());
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused_in_order(text in "(?s).{0,200}") {
        assert_orderly(&text)?;
    }

    #[test]
    fn a_damaged_example_is_read_or_refused_in_order(
        start: prop::sample::Index,
        length in 0..40_usize,
        patch in prop_oneof!["(?s).{0,20}", "[\\[\\]{}\"=.,\n 0-9a-z-]{0,20}"],
    ) {
        let mut text: Vec<char> = example::whole_example().chars().collect();
        let start = start.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, patch.chars());
        assert_orderly(&String::from_iter(text))?;
    }

    #[test]
    fn arbitrary_values_are_accepted_or_refused(
        key in prop::sample::select(vec!["cache.memory", "images.wait", "images.source-pixels", "listen", "x",
            "site", "component", "upstream", "upstream.a.url", "component.a.settings.b", "component.a.limits.memory"]),
        value in prop_oneof![
            "[0-9]{0,30}[.]?[0-9]{0,30} ?(MP|MiB|EiB|B|s|ms|years|d)?".prop_map(|text| format!("{text:?}")),
            "-?[0-9]{1,40}", "[0-9]{1,3}[.][0-9]{1,3}e[0-9]{1,3}", "(\\[\\]|\\{\\}|\\[\\[\\]\\]|true|nan|1979-05-27)",
            "\\{ (use|path|hosts|url|memory|b) = (1|\"a\"|\\[\\]|\\{\\}) \\}",
        ],
    ) {
        assert_orderly(&format!("{key} = {value}\n{REST}"))?;
    }

    #[test]
    fn a_host_that_was_accepted_is_found(
        text in "[*]?[.]?([a-zA-Z0-9_.-]{1,20}|\\[[0-9a-fA-F:]{2,10}\\])(:[0-9]{1,6})?",
    ) {
        if let Ok(pattern) = text.parse::<HostPattern>() {
            let again: HostPattern = pattern.to_string().parse().unwrap();
            prop_assert_eq!(&again, &pattern);
            let mut hosts = Hosts::default();
            hosts.add([&pattern], ());
            prop_assert!(hosts.find(&pattern.to_string().replace('*', "any")).is_some());
        }
    }

    #[test]
    fn any_authority_can_be_looked_up(authority in ".{0,40}") {
        let mut hosts = Hosts::default();
        hosts.add(&[HostPattern::any()], ());
        prop_assert!(hosts.find(&authority).is_some());
    }
}
