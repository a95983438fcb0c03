//! Small files of every kind that is read.

use image::codecs::gif::GifEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder as _, ImageFormat, Luma, Rgb};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lucarne_gauge::{Pixels, Scene};

/// A file, and which it is.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Every format with what it can have: sampling, scans, restarts, inks, palettes, depth and transparency.
pub(crate) fn files() -> Vec<File> {
    let file = |name, bytes| File { name, bytes };
    let picture = Scene::Leaves.paint(96, 64);
    let odd = Scene::Street.paint(61, 47);
    vec![
        file("jpeg 4:2:0", jpeg(&picture, SamplingFactor::F_2_2, false, 0)),
        file("jpeg 4:4:4 odd", jpeg(&odd, SamplingFactor::F_1_1, false, 3)),
        file("jpeg progressive", jpeg(&odd, SamplingFactor::F_2_2, true, 0)),
        file("jpeg grey", grey_jpeg(&picture)),
        file("jpeg cmyk", cmyk_jpeg(&picture)),
        file("png rgb", png(&picture)),
        file("png rgba", png(&Scene::Logo.paint(80, 60))),
        file("png grey, 16 bits", png_16(&odd)),
        file("webp lossless", webp(&Scene::Glass.paint(52, 40))),
        file("gif", gif(&picture)),
    ]
}

pub(crate) fn jpeg(picture: &Pixels, sampling: SamplingFactor, progressive: bool, restart: u16) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 85);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    if restart > 0 {
        encoder.set_restart_interval(restart);
    }
    let (width, height) = sides(picture);
    encoder.encode(picture.samples(), width, height, ColorType::Rgb).unwrap();
    file
}

fn grey_jpeg(picture: &Pixels) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = sides(picture);
    let green: Vec<u8> = picture.samples().iter().copied().skip(1).step_by(3).collect();
    Encoder::new(&mut file, 85).encode(&green, width, height, ColorType::Luma).unwrap();
    file
}

fn cmyk_jpeg(picture: &Pixels) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = sides(picture);
    let inks: Vec<u8> =
        picture.samples().chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 30]).collect();
    Encoder::new(&mut file, 85).encode(&inks, width, height, ColorType::Cmyk).unwrap();
    file
}

pub(crate) fn png(picture: &Pixels) -> Vec<u8> {
    let mut file = Vec::new();
    let color = if picture.channels() == 4 { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    let (width, height) = sides(picture);
    PngEncoder::new(&mut file).write_image(picture.samples(), width.into(), height.into(), color).unwrap();
    file
}

fn png_16(picture: &Pixels) -> Vec<u8> {
    let (width, height) = sides(picture);
    let grey =
        image::ImageBuffer::from_fn(width.into(), height.into(), |x: u32, y: u32| Luma([(x * 900 + y * 31) as u16]));
    written(&DynamicImage::ImageLuma16(grey), ImageFormat::Png)
}

pub(crate) fn webp(picture: &Pixels) -> Vec<u8> {
    let (width, height) = sides(picture);
    let pixels = image::RgbaImage::from_raw(width.into(), height.into(), picture.samples().to_vec()).unwrap();
    written(&DynamicImage::ImageRgba8(pixels), ImageFormat::WebP)
}

pub(crate) fn gif(picture: &Pixels) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = sides(picture);
    GifEncoder::new(&mut file).encode(picture.samples(), width.into(), height.into(), ExtendedColorType::Rgb8).unwrap();
    file
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn sides(picture: &Pixels) -> (u16, u16) {
    (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap())
}

/// A flat picture with one square in it: as small as files become.
pub(crate) fn square(side: usize) -> Pixels {
    let picture = image::RgbImage::from_fn(side as u32, side as u32, |x, y| {
        if x.max(y) < side as u32 / 2 { Rgb([200, 40, 90]) } else { Rgb([20, 180, 60]) }
    });
    Pixels::new(side, side, 3, picture.into_raw())
}
