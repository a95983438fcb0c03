//! What a node holds on to: resident memory over a thousand transforms of 12-megapixel photographs, one after another.
//!
//! Each transform is another picture that is not stored, so that what grows is the sandbox's and not the cache's.
//! `cargo bench --bench memory -- --pictures DIR` takes photographs from a folder; without it one is generated.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]
#![expect(dead_code, reason = "the processes of another benchmark are used in part")]

#[path = "hit/bare.rs"]
mod bare;
#[path = "hit/load.rs"]
mod load;
#[path = "hit/process.rs"]
mod process;

use std::path::{Path, PathBuf};

use process::{Kind, Server};

/// How many pictures are made.
const TRANSFORMS: u32 = 1000;
/// How often the memory is looked at.
const STEP: u32 = 50;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve-lucarne", folder] => process::serve_lucarne(Path::new(folder)),
        ["--pictures", folder] => measure(Path::new(folder)),
        _ => {
            let scratch = tempfile::tempdir().unwrap();
            generate(&scratch.path().join("generated.jpg"));
            measure(scratch.path());
        }
    }
}

fn measure(folder: &Path) {
    let pictures = photographs(folder);
    assert!(!pictures.is_empty(), "no .jpg in {}", folder.display());
    let server = Server::start(Kind::Lucarne { folder });
    println!(
        "{TRANSFORMS} transforms of {} photograph(s), JPEG to JPEG, widths 300 to 1299, not stored",
        pictures.len()
    );
    println!("| transforms | resident MiB | peak MiB |");
    println!("|---|---|---|");
    for done in 0..=TRANSFORMS {
        if done % STEP == 0 {
            let (resident, peak) = resident(&server);
            println!("| {done} | {resident} | {peak} |");
        }
        let name = &pictures[usize::try_from(done).unwrap() % pictures.len()];
        // Not in order of size: what grows is then not the pictures.
        let target = format!("/{name}?width={}", 300 + done * 617 % 1000);
        let sample = load::fetch_with(server.address, &target, "cache-control: no-store\r\n");
        assert!(sample.head.starts_with("HTTP/1.1 200"), "{}", sample.head);
    }
}

/// Resident memory now and at its greatest, in MiB.
fn resident(server: &Server) -> (u64, u64) {
    let status = server.proc("status");
    let mib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    };
    (mib("VmRSS:"), mib("VmHWM:"))
}

fn photographs(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let jpegs = entries.filter(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "jpg"));
    let mut names: Vec<String> = jpegs.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// 4000×3000 pixels of something that compresses like a photograph.
fn generate(path: &Path) {
    let wave = |t: f32| (t.sin() * 100.0 + 128.0).clamp(0.0, 255.0);
    let picture = image::RgbImage::from_fn(4000, 3000, |x, y| {
        #[expect(clippy::cast_precision_loss, reason = "coordinates of a picture")]
        let (fx, fy) = (x as f32, y as f32);
        let grain = ((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 24) as f32 / 16.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
        image::Rgb(
            [wave(fx / 90.0 + fy / 200.0), wave(fy / 70.0), wave((fx * fy).sqrt() / 60.0)].map(|v| (v + grain) as u8),
        )
    });
    picture.save(path).unwrap();
}
