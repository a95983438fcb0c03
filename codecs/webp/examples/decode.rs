//! Decodes a lossy WebP to its planes, Y, U and V one after another, as `dwebp -yuv` does: `decode IN.webp OUT.yuv`.

use std::error::Error;
use std::{env, fs};

use lucarne_webp::decode_frame;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, output] = arguments.as_slice() else { return Err("usage: decode IN.webp OUT.yuv".into()) };
    let file = fs::read(input)?;
    let planes = decode_frame(frame(&file).ok_or("no lossy WebP")?, usize::MAX)?.into_yuv();
    let samples: Vec<u8> =
        planes.iter().flat_map(|plane| (0..plane.height()).flat_map(|y| plane.row(y))).copied().collect();
    println!("{} × {}", planes[0].width(), planes[0].height());
    Ok(fs::write(output, samples)?)
}

/// What the chunk `VP8 ` holds.
fn frame(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file.get(12..)?;
    loop {
        let (kind, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        if kind == b"VP8 " {
            return after.get(..length);
        }
        rest = after.get(length.checked_next_multiple_of(2)?..)?;
    }
}
