//! Equal decisions share an entry, however the request is spelled.

use proptest::prelude::*;

use super::{cases, in_runtime, origin_of};
use crate::harness::TestNode;

/// A picture that is wanted, apart from how its URL is written.
#[derive(Debug, Clone)]
struct Wish {
    width: u32,
    height: Option<u32>,
    /// Of [`FITS`].
    fit: usize,
    /// Of [`FORMATS`].
    format: usize,
    quality: u32,
}

/// How a URL is written. Each field is a source of choices; none changes what is meant.
#[derive(Debug, Clone)]
struct Style {
    path: usize,
    aliases: [bool; 5],
    synonym: usize,
    halved: bool,
    idle: [bool; 10],
    order: [u32; 16],
    escaped: u64,
    strangers: Vec<(String, String)>,
    empty_pieces: bool,
}

const PLAIN_PATH: &str = "/~album/photo.jpg";

const PATHS: [&str; 7] = [
    PLAIN_PATH,
    "/%7Ealbum/photo.jpg",
    "/%7ealbum/photo.jpg",
    "/other/../~album/photo.jpg",
    "/~album/./photo.jpg",
    "/other/%2e%2e/~album/%70hoto.jpg",
    "/../~album/other/%2E./photo%2Ejpg",
];

const FITS: [&[&str]; 4] = [&["bounds", "inside", "contain"], &["cover"], &["crop"], &["fill"]];

const FORMATS: [&[&str]; 3] = [&["jpg", "jpeg"], &["png"], &["webp"]];

/// Parameters that say what is so anyway.
const IDLE: [(&str, &str); 10] = [
    ("disable", "upscale"),
    ("resize-filter", "lanczos3"),
    ("crop", "1.0,100p"),
    ("auto", "avif"),
    ("dpr", "1.00"),
    ("bg-color", "ffffff"),
    ("effort", "balanced"),
    ("light", "stored"),
    ("metadata", "none"),
    ("truncated", "refuse"),
];

fn wishes() -> impl Strategy<Value = Wish> {
    (1..=24_u32, prop::option::of(1..=24_u32), 0..FITS.len(), 0..FORMATS.len(), 1..=100_u32)
        .prop_map(|(half, height, fit, format, quality)| Wish { width: half * 2, height, fit, format, quality })
}

fn styles() -> impl Strategy<Value = Style> {
    let strangers = prop::collection::vec(("x[a-z]{1,6}", "[a-zA-Z0-9._~+-]{0,6}"), 0..3);
    let choices = (0..PATHS.len(), any::<[bool; 5]>(), any::<usize>(), any::<bool>(), any::<[bool; 10]>());
    (choices, any::<[u32; 16]>(), any::<u64>(), strangers, any::<bool>()).prop_map(
        |((path, aliases, synonym, halved, idle), order, escaped, strangers, empty_pieces)| Style {
            path,
            aliases,
            synonym,
            halved,
            idle,
            order,
            escaped,
            strangers,
            empty_pieces,
        },
    )
}

impl Wish {
    /// The shortest way to write it.
    fn plainly(&self) -> String {
        let pairs = self.pairs(&[false; 5], 0, 1);
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{PLAIN_PATH}?{}", pairs.join("&"))
    }

    fn spelled(&self, style: &Style) -> String {
        // A height would have to be halved too.
        let ratio = if style.halved && self.height.is_none() { 2 } else { 1 };
        let mut pairs = self.pairs(&style.aliases, style.synonym, ratio);
        for (&(name, value), _) in IDLE.iter().zip(style.idle).filter(|(_, chosen)| *chosen) {
            // White is what a JPEG has below it; and no parameter is given twice.
            let means_something = name == "bg-color" && self.format != 0;
            if !means_something && !pairs.iter().any(|(given, _)| given == name) {
                pairs.push((name.to_owned(), value.to_owned()));
            }
        }
        let mut escaped = style.escaped;
        let mut pieces: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", escape(value, &mut escaped))).collect();
        pieces.extend(style.strangers.iter().map(|(name, value)| format!("{name}={value}")));
        let mut ordered: Vec<(u32, String)> = style.order.iter().copied().cycle().zip(pieces).collect();
        ordered.sort_by_key(|(place, _)| *place);
        let pieces: Vec<String> = ordered.into_iter().map(|(_, piece)| piece).collect();
        let (separator, end) = if style.empty_pieces { ("&&", "&") } else { ("&", "") };
        format!("{}?{}{end}", PATHS[style.path], pieces.join(separator))
    }

    /// Names and values, with other names, words and a pixel ratio where the arguments say so.
    fn pairs(&self, aliases: &[bool; 5], synonym: usize, ratio: u32) -> Vec<(String, String)> {
        let name = |index: usize, long: &str, short: &str| (if aliases[index] { short } else { long }).to_owned();
        let word = |words: &[&str]| words[synonym % words.len()].to_owned();
        let mut pairs = vec![(name(0, "width", "w"), (self.width / ratio).to_string())];
        if ratio != 1 {
            pairs.push(("dpr".to_owned(), if aliases[4] { format!("{ratio}.0") } else { ratio.to_string() }));
        }
        if let Some(height) = self.height {
            pairs.push((name(1, "height", "h"), height.to_string()));
            pairs.push(("fit".to_owned(), word(FITS[self.fit])));
        }
        pairs.push((name(2, "format", "fm"), word(FORMATS[self.format])));
        if self.format == 0 {
            pairs.push((name(3, "quality", "q"), self.quality.to_string()));
        }
        pairs
    }
}

/// Percent-encodes the characters that the bits choose.
fn escape(value: &str, bits: &mut u64) -> String {
    let escape = |byte: u8| {
        *bits = bits.rotate_right(1);
        if *bits & 1 == 1 { format!("%{byte:02X}") } else { char::from(byte).to_string() }
    };
    value.bytes().map(escape).collect()
}

#[test]
fn spellings_of_one_wish_share_one_entry() {
    let (runtime, (node, _origin)) = in_runtime(async {
        let origin = origin_of(32, 24).await;
        (TestNode::over(&origin.url()).await, origin)
    });
    proptest!(cases(96), |(wish in wishes(), styles in prop::collection::vec(styles(), 1..5))| {
        runtime.block_on(async {
            let first = node.handle(&wish.plainly(), &[]).await;
            prop_assert_eq!(first.status, 200, "{}: {}", wish.plainly(), first.text());
            let made = node.transforms();
            for style in &styles {
                let spelled = wish.spelled(style);
                let other = node.handle(&spelled, &[]).await;
                prop_assert!(other.is_hit(), "{spelled}: {} {}", other.cache_status(), other.text());
                prop_assert_eq!(&other.body, &first.body, "{}", spelled);
                prop_assert_eq!(other.field("etag"), first.field("etag"), "{}", spelled);
            }
            prop_assert_eq!(node.transforms(), made);
            Ok(())
        })?;
    });
}

#[test]
fn different_wishes_never_share_an_entry() {
    let (runtime, (node, _origin)) = in_runtime(async {
        let origin = origin_of(32, 24).await;
        (TestNode::over(&origin.url()).await, origin)
    });
    proptest!(cases(64), |(wish in wishes(), style in styles(), changed in 0..3_usize)| {
        let mut other = wish.clone();
        match changed {
            0 => other.width += 2,
            1 => other.format = (wish.format + 1) % FORMATS.len(),
            _ => other.height = Some(wish.height.map_or(1, |height| height + 1)),
        }
        runtime.block_on(async {
            let (one, other) = (node.handle(&wish.plainly(), &[]).await, node.handle(&other.spelled(&style), &[]).await);
            prop_assert_ne!(one.field("etag"), other.field("etag"));
            Ok(())
        })?;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn spellings_of_one_path_are_one_decision() {
    let origin = origin_of(32, 24).await;
    let node = TestNode::over(&origin.url()).await;
    for query in ["", "?width=16"] {
        assert_eq!(node.handle(&format!("{PLAIN_PATH}{query}"), &[]).await.status, 200);
        let decided = node.component_calls();
        for path in PATHS {
            let reply = node.handle(&format!("{path}{query}"), &[]).await;
            assert!(reply.is_hit(), "{path}{query}: {}", reply.cache_status());
            assert_eq!(node.component_calls(), decided, "{path}{query}");
        }
    }
    let asked = origin.asked();
    let targets: Vec<&str> = asked.iter().map(|asked| &*asked.target).collect();
    assert_eq!(targets, [PLAIN_PATH, PLAIN_PATH], "the origin is asked in the one form, once for each kind of answer");
}
