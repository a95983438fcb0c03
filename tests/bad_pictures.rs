//! Sources that are no pictures, broken ones, and bombs: 422 with a reason, never a 5xx, and the node goes on. Whole
//! ones in every format are made into every format.

mod files;

use std::collections::HashMap;

use bytes::Bytes;
use image::ImageFormat;

use crate::harness::pictures::{describe, jpeg, picture};
use crate::harness::{Origin, Program, RawOrigin, Reply, TestNode, Then, answer, config_for, get, status};
pub(crate) use files::black_png;
use files::{FORMATS, claims, film, oriented_jpeg, small};

/// An origin with these files, by path.
async fn origin_of(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Origin {
    let files: HashMap<String, Bytes> = files.into_iter().map(|(path, file)| (path, file.into())).collect();
    Origin::answering(move |asked| match files.get(&asked.target) {
        Some(file) => answer(&[("cache-control", "max-age=600")], file.clone()),
        None => status(404, &[], "no such file"),
    })
    .await
}

/// Refused as the client's business: with a reason that a person can read, and for nobody to keep.
fn assert_refused(reply: &Reply, name: &str) {
    assert_eq!(reply.status, 422, "{name}: {}", reply.text());
    assert_eq!(reply.field("content-type"), "text/plain; charset=utf-8", "{name}");
    assert_eq!(reply.field("cache-control"), "no-store", "{name}");
    let text = reply.text();
    assert!(text.len() > 10 && text.ends_with('\n') && text.lines().count() == 1, "{name}: {text:?}");
}

fn extension(format: ImageFormat) -> &'static str {
    format.extensions_str()[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_picture_is_refused_and_a_whole_one_is_made_afterwards() {
    let mut files = Vec::new();
    for format in FORMATS {
        let whole = picture(96, 64, format);
        let points = [1, 4, 16, whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4, whole.len() - 3];
        let cut = points.map(|point| (format!("/{point}.{}", extension(format)), whole[..point].to_vec()));
        files.extend(cut);
    }
    let names: Vec<_> = files.iter().map(|(name, _)| name.clone()).collect();
    files.push(("/whole.jpg".to_owned(), jpeg(96, 64)));
    let origin = origin_of(files).await;
    let node = TestNode::over(&origin.url()).await;
    for name in names {
        assert_refused(&node.get(&format!("{name}?width=32"), &[]).await, &name);
    }
    let whole = node.get("/whole.jpg?width=48", &[]).await;
    assert_eq!(describe(&whole.body), (ImageFormat::Jpeg, 48, 32));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_with_one_wrong_byte_is_made_or_refused_but_never_a_fault_of_the_node() {
    const SAMPLES: usize = 24;
    let mut files = Vec::new();
    for format in FORMATS {
        let whole = small(format);
        for sample in 0..SAMPLES {
            let mut broken = whole.clone();
            // All of the head, where most structure is, then evenly over the rest.
            let place = if sample < SAMPLES / 2 { sample * 2 } else { sample * (whole.len() - 1) / SAMPLES };
            broken[place] ^= 0x5a;
            files.push((format!("/{place}-{sample}.{}", extension(format)), broken));
        }
    }
    let names: Vec<_> = files.iter().map(|(name, _)| name.clone()).collect();
    let origin = origin_of(files).await;
    let node = TestNode::over(&origin.url()).await;
    let mut refused = 0;
    for name in names {
        let reply = node.get(&format!("{name}?width=16&format=png"), &[]).await;
        if reply.status == 200 {
            assert_eq!(describe(&reply.body).0, ImageFormat::Png, "{name}");
        } else {
            assert_refused(&reply, &name);
            refused += 1;
        }
    }
    assert!(refused > SAMPLES, "a signature that is wrong is noticed at least: {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_is_refused_whatever_its_name() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>alert(1)</script></svg>";
    let table: [(&str, &[u8]); 7] = [
        ("/empty.jpg", b""),
        ("/text.jpg", b"This is a text that calls itself a photo.\n"),
        ("/paper.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"),
        ("/page.html", b"<!doctype html><title>x</title><script>alert(1)</script>"),
        ("/drawing.svg", svg.as_bytes()),
        ("/zeros.png", &[0; 512]),
        ("/sound.webp", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"),
    ];
    let origin = origin_of(table.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))).await;
    let node = TestNode::over(&origin.url()).await;
    for (name, _) in table {
        assert_refused(&node.get(&format!("{name}?width=32&format=png"), &[]).await, name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_claims_too_many_pixels_is_refused_and_the_limit_is_named() {
    let bombs = claims().map(|(name, file)| (format!("/{name}"), file)).into_iter();
    let bombs: Vec<_> = bombs.chain([("/black.png".to_owned(), black_png(20_000, 20_000))]).collect();
    let origin = origin_of(bombs.clone()).await;
    let node = TestNode::over(&origin.url()).await;
    for (name, _) in bombs {
        let reply = node.get(&format!("{name}?width=32"), &[]).await;
        assert_refused(&reply, &name);
        assert!(reply.text().contains("images.source-pixels: "), "{name}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_on_sources_are_as_configured() {
    let origin = origin_of([("/a.jpg".to_owned(), jpeg(100, 100)), ("/b.jpg".to_owned(), jpeg(120, 100))]).await;
    let pixels = format!("{}[images]\nsource-pixels = 10_000\n", config_for(&origin.url()));
    let node = TestNode::start(&pixels).await;
    assert_eq!(node.get("/a.jpg?width=50", &[]).await.status, 200);
    assert_refused(&node.get("/b.jpg?width=50", &[]).await, "one pixel row too many");

    let bytes = format!("{}[images]\nsource-bytes = \"1KiB\"\n", config_for(&origin.url()));
    let node = TestNode::start(&bytes).await;
    let reply = node.get("/a.jpg?width=50", &[]).await;
    assert_refused(&reply, "too many bytes");
    assert!(reply.text().contains("1024 bytes (images.source-bytes)"), "{}", reply.text());
    assert_eq!(node.transforms(), 0, "what is too large is not looked at");
}

/// Fault 25, for sources: nothing says how long it is, and it does not end.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_source_is_refused_at_the_limit_and_its_connection_is_dropped() {
    for framing in ["Content-Type: image/jpeg\r\n", "Content-Type: image/jpeg\r\nContent-Length: 99999999999\r\n"] {
        let head = format!("HTTP/1.1 200 OK\r\n{framing}Cache-Control: max-age=60\r\n\r\n");
        let origin = RawOrigin::answering(head, Then::Flood).await;
        let config = format!("{}[images]\nsource-bytes = \"64KiB\"\n", config_for(&origin.url()));
        let node = TestNode::start(&config).await;
        assert_refused(&node.get("/endless.jpg?width=50", &[]).await, framing);
        origin.ended(1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_transform_is_remembered_for_a_minute_and_only_for_what_failed() {
    let broken = jpeg(96, 64)[..200].to_vec();
    let origin = origin_of([("/broken.jpg".to_owned(), broken)]).await;
    let node = TestNode::over(&origin.url()).await;
    let first = node.get("/broken.jpg?width=32", &[]).await;
    assert_refused(&first, "first");
    assert_eq!(node.transforms(), 1);
    node.advance(59);
    let second = node.get("/broken.jpg?width=32", &[]).await;
    assert_eq!((second.status, second.text()), (first.status, first.text()));
    assert_eq!(node.transforms(), 1);
    assert_refused(&node.get("/broken.jpg?width=33", &[]).await, "another plan");
    assert_eq!(node.transforms(), 2);
    node.advance(2);
    assert_refused(&node.get("/broken.jpg?width=32", &[]).await, "after a minute");
    assert_eq!(node.transforms(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_mended_is_made_at_once() {
    let script = crate::harness::Script::new(|_| answer(&[("cache-control", "max-age=5")], "not a picture"));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    assert_refused(&node.get("/photo.jpg?width=32", &[]).await, "broken");
    let mended = jpeg(64, 64);
    script.becomes(move |_| answer(&[("cache-control", "max-age=5")], mended.clone()));
    node.advance(6);
    assert_eq!(node.get("/photo.jpg?width=32", &[]).await.status, 200);
}

/// The program in a process of its own, because memory belongs to processes.
#[tokio::test(flavor = "multi_thread")]
async fn bombs_take_no_more_memory_than_the_sandbox_has() {
    const SANDBOX: u64 = 256 << 20;
    // Just below the limit of pixels: this one is decoded.
    let within = ("/within.png".to_owned(), black_png(7_000, 7_000));
    let bombs = claims().map(|(name, file)| (format!("/{name}"), file)).into_iter();
    let bombs: Vec<_> = bombs.chain([("/black.png".to_owned(), black_png(20_000, 20_000))]).collect();
    let names: Vec<_> = bombs.iter().map(|(name, _)| name.clone()).collect();
    let photo = ("/photo.jpg".to_owned(), jpeg(64, 64));
    let origin = origin_of(bombs.into_iter().chain([within, photo])).await;
    let url = origin.url();
    let program = tokio::task::spawn_blocking(move || Program::over(&url)).await.unwrap();
    assert_eq!(get(program.address, "/photo.jpg?width=32", &[]).await.status, 200);
    let before = program.peak_memory();
    for name in names {
        assert_refused(&get(program.address, &format!("{name}?width=32"), &[]).await, &name);
    }
    let refused = program.peak_memory() - before;
    assert!(refused < 16 << 20, "what is refused by its head took {refused} bytes");
    let within = get(program.address, "/within.png?width=32", &[]).await;
    assert_eq!(describe(&within.body), (ImageFormat::Png, 32, 32));
    let decoded = program.peak_memory() - before;
    assert!(decoded < SANDBOX + (32 << 20), "one that is decoded took {decoded} bytes");
    assert_eq!(get(program.address, "/photo.jpg?width=33", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_that_is_read_is_made_into_every_format_that_is_written() {
    let files = FORMATS.map(|format| (format!("/a.{}", extension(format)), picture(64, 48, format)));
    let origin = origin_of(files).await;
    let node = TestNode::over(&origin.url()).await;
    for source in FORMATS {
        for (name, target) in [("jpg", ImageFormat::Jpeg), ("png", ImageFormat::Png), ("webp", ImageFormat::WebP)] {
            let url = format!("/a.{}?width=32&format={name}", extension(source));
            let reply = node.get(&url, &[]).await;
            assert_eq!(reply.status, 200, "{url}: {}", reply.text());
            assert_eq!(reply.field("content-type"), target.to_mime_type(), "{url}");
            assert_eq!(describe(&reply.body), (target, 32, 24), "{url}");
        }
    }
    assert_eq!(origin.hits(), FORMATS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exif_orientation_is_applied_and_taken_out() {
    let origin = origin_of([("/turned.jpg".to_owned(), oriented_jpeg(6))]).await;
    let node = TestNode::over(&origin.url()).await;
    for (format, name) in [(ImageFormat::Jpeg, "jpg"), (ImageFormat::Png, "png"), (ImageFormat::WebP, "webp")] {
        let reply = node.get(&format!("/turned.jpg?width=100p&format={name}"), &[]).await;
        assert_eq!(describe(&reply.body), (format, 32, 64));
        let pixels = image::load_from_memory(&reply.body).unwrap().to_rgb8();
        let (top, bottom) = (pixels.get_pixel(16, 8), pixels.get_pixel(16, 56));
        assert!(top[0] > 200 && top[2] < 60, "what was left is on top: {top:?}");
        assert!(bottom[2] > 200 && bottom[0] < 60, "what was right is below: {bottom:?}");
        assert!(!reply.body.windows(4).any(|bytes| bytes.eq_ignore_ascii_case(b"exif")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_gives_its_first_picture() {
    let origin = origin_of([("/film.gif".to_owned(), film())]).await;
    let node = TestNode::over(&origin.url()).await;
    let reply = node.get("/film.gif?width=8&format=png", &[]).await;
    assert_eq!(describe(&reply.body), (ImageFormat::Png, 8, 8), "{}", reply.text());
    assert_eq!(*image::load_from_memory(&reply.body).unwrap().to_rgba8().get_pixel(4, 4), files::RED);
}
