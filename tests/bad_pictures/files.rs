//! Files that no encoder writes: heads that claim too much, a compressed nothing, a turned photo, a film.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{Frame, ImageFormat, Rgba, RgbaImage};

use crate::harness::pictures::picture;

/// Each format that is read.
pub(crate) const FORMATS: [ImageFormat; 4] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];

/// Files of a few bytes whose heads claim gigantic pictures, by name.
pub(crate) fn claims() -> [(&'static str, Vec<u8>); 6] {
    let jpeg = [
        b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01".as_slice(),
        b"\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0\xff\xd9",
    ];
    [
        ("claim.jpg", jpeg.concat()),
        ("claim.png", png(65_535, 65_535, &[])),
        ("claim.gif", b"GIF89a\xff\xff\xff\xff\0\0\0\x3b".to_vec()),
        ("lossless.webp", b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xff\xff\x0f\0".to_vec()),
        ("lossy.webp", b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x30\x01\0\x9d\x01\x2a\xff\x3f\xff\x3f".to_vec()),
        ("extended.webp", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff".to_vec()),
    ]
}

/// A whole and valid PNG, black, one bit a pixel: about a hundredth of a bit of file for each pixel.
pub(crate) fn black_png(width: u32, height: u32) -> Vec<u8> {
    let row = width.div_ceil(8) + 1;
    png(width, height, &zlib_of_zeros(u64::from(row) * u64::from(height)))
}

/// A JPEG of 64 × 32, red on its left and blue on its right, with this EXIF orientation.
pub(crate) fn oriented_jpeg(orientation: u8) -> Vec<u8> {
    let pixels = RgbaImage::from_fn(64, 32, |x, _| if x < 32 { RED } else { BLUE });
    let mut file = Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba8(pixels).to_rgb8().write_to(&mut file, ImageFormat::Jpeg).unwrap();
    let mut file = file.into_inner();
    // APP1 with a TIFF directory of one entry, behind the start of the image.
    let exif = [
        b"\xff\xe1\0\x22Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(),
        &[orientation, 0, 0, 0],
        b"\0\0\0\0",
    ];
    file.splice(2..2, exif.concat());
    file
}

/// A GIF of two frames: red, then blue.
pub(crate) fn film() -> Vec<u8> {
    let mut file = Vec::new();
    let frames = [RED, BLUE].map(|color| Frame::new(RgbaImage::from_pixel(16, 16, color)));
    GifEncoder::new(&mut file).encode_frames(frames).unwrap();
    file
}

/// A small picture in this format.
pub(crate) fn small(format: ImageFormat) -> Vec<u8> {
    picture(32, 24, format)
}

pub(crate) const RED: Rgba<u8> = Rgba([255, 0, 0, 255]);
pub(crate) const BLUE: Rgba<u8> = Rgba([0, 0, 255, 255]);

fn png(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let header: Vec<u8> = width.to_be_bytes().into_iter().chain(height.to_be_bytes()).chain([1, 0, 0, 0, 0]).collect();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, payload) in [(b"IHDR", header.as_slice()), (b"IDAT", pixels), (b"IEND", &[])] {
        let checked = [kind.as_slice(), payload].concat();
        file.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
        file.extend(&checked);
        file.extend(crc32(&checked).to_be_bytes());
    }
    file
}

/// So many zeros as a zlib stream (RFC 1950, RFC 1951 §3.2.6): one zero, and then "the last 258 again".
fn zlib_of_zeros(count: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0b011, 3);
    let repeats = (count - 1) / 258;
    for _ in 0..count - repeats * 258 {
        bits.put_code(0b0011_0000, 8);
    }
    for _ in 0..repeats {
        bits.put_code(0b1100_0101, 8);
        bits.put_code(0, 5);
    }
    bits.put_code(0, 7);
    let adler = (u32::try_from(count % 65_521).unwrap() << 16) | 1;
    [b"\x78\x01".as_slice(), &bits.finished(), &adler.to_be_bytes()].concat()
}

/// DEFLATE's bits: numbers from their lowest, codes from their highest.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    filled: u32,
}

impl Bits {
    fn put(&mut self, bits: u32, count: u32) {
        for position in 0..count {
            if self.filled.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= u8::from(bits >> position & 1 == 1) << (self.filled % 8);
            self.filled += 1;
        }
    }

    fn put_code(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn finished(self) -> Vec<u8> {
        self.bytes
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}
