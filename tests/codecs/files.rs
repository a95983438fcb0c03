//! JPEG files of every kind, and what `djpeg` has for their components.

use std::sync::LazyLock;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lucarne_gauge::{Pixels, Scene};

use crate::programs::{from_pnm, piped, pnm};

/// A picture with detail in all channels.
pub(crate) fn picture(width: usize, height: usize) -> Pixels {
    Scene::Leaves.paint(width, height)
}

/// The top left corner of a scene of 320 pixels a side, with changes as slow as in a larger picture.
pub(crate) fn corner(scene: Scene, width: usize, height: usize) -> Pixels {
    static WHOLE: LazyLock<Vec<Pixels>> =
        LazyLock::new(|| Scene::ALL.iter().map(|scene| scene.paint(320, 320)).collect());
    let place = Scene::ALL.iter().position(|other| *other == scene).unwrap();
    let whole = &WHOLE[place];
    let channels = whole.channels();
    let rows = whole.samples().chunks_exact(whole.width() * channels).take(height);
    let samples = rows.flat_map(|row| row[..width * channels].to_vec()).collect();
    Pixels::new(width, height, channels, samples)
}

/// A JPEG by `cjpeg`.
pub(crate) fn cjpeg(picture: &Pixels, arguments: &[&str]) -> Vec<u8> {
    piped("cjpeg", arguments, &pnm(picture))
}

/// A JPEG of four inks, or of luma, two differences and black. Its inks are as Adobe stores them: 255 is none.
pub(crate) fn inks(picture: &Pixels, ycck: bool, sampling: SamplingFactor, progressive: bool, restart: u16) -> Vec<u8> {
    let pixels = picture.samples().chunks_exact(3).enumerate();
    let inks = pixels.flat_map(|(index, pixel)| [pixel[0], pixel[1], pixel[2], (index % 199) as u8 + 28]);
    let inks: Vec<u8> = inks.collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    if restart > 0 {
        encoder.set_restart_interval(restart);
    }
    let color = if ycck { ColorType::CmykAsYcck } else { ColorType::Cmyk };
    let [width, height] = [picture.width(), picture.height()].map(|side| u16::try_from(side).unwrap());
    encoder.encode(&inks, width, height, color).unwrap();
    file
}

/// The three components of a file as `djpeg` decodes them, as large as the picture. It is told that they are red, green
/// and blue, so that it does not convert them.
pub(crate) fn components(file: &[u8]) -> Pixels {
    const ADOBE: [u8; 16] = [0xff, 0xee, 0, 14, b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, 0];
    assert_eq!(file[2..4], [0xff, 0xe0], "it begins with JFIF's segment");
    let after = 4 + usize::from(u16::from_be_bytes([file[4], file[5]]));
    let told = [&file[..2], &ADOBE, &file[after..]].concat();
    from_pnm(&piped("djpeg", &["-pnm"], &told))
}

/// The samples of one channel.
pub(crate) fn channel(picture: &Pixels, index: usize) -> Vec<u8> {
    picture.samples().iter().copied().skip(index).step_by(picture.channels()).collect()
}
