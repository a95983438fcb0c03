//! Encodes a binary PPM (P6) as WebP: `encode IN.ppm OUT.webp [QUALITY] [METHOD]`.

use std::error::Error;
use std::{env, fs};

use lucarne_webp::{Settings, encode, from_rgb};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, output, rest @ ..] = arguments.as_slice() else {
        return Err("usage: encode IN.ppm OUT.webp [QUALITY] [METHOD]".into());
    };
    let number = |place: usize, default: u8| rest.get(place).map_or(Ok(default), |text| text.parse());
    let file = fs::read(input)?;
    let (width, height, pixels) = read_ppm(&file).ok_or("not a binary PPM of 8 bits without comments")?;
    let planes = from_rgb(pixels, width, height)?;
    let settings = Settings { quality: number(0, 80)?, method: number(1, 4)?, ..Settings::default() };
    let encoded = encode(&planes.source(), &settings)?;
    println!("{width} × {height}: {} bytes", encoded.len());
    Ok(fs::write(output, encoded)?)
}

/// Sides and pixels.
fn read_ppm(file: &[u8]) -> Option<(usize, usize, &[u8])> {
    let mut rest = file.strip_prefix(b"P6")?;
    let mut number = || {
        let (text, after) = rest
            .trim_ascii_start()
            .split_at_checked(rest.trim_ascii_start().iter().position(|byte| byte.is_ascii_whitespace())?)?;
        rest = after;
        std::str::from_utf8(text).ok()?.parse::<usize>().ok()
    };
    let (width, height, most) = (number()?, number()?, number()?);
    (most == 255).then_some((width, height, rest.get(1..)?))
}
