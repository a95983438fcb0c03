//! Heads: real ones, broken ones, and those that claim what nobody has.

use lucarne_guest::image::{ImageInfo, ImageLimits};

use super::*;
use crate::{fixture, inspect};

#[test]
fn formats_are_told_by_content() {
    for format in fixture::FORMATS {
        let file = fixture::file(&fixture::picture(24, 16), format);
        let expected = ImageInfo { format, width: 24, height: 16, orientation: 1 };
        assert_eq!(inspect(&file, &fixture::limits()), Ok(expected));
    }
    let lossy = ImageInfo { format: SourceFormat::Webp, width: 1, height: 1, orientation: 1 };
    assert_eq!(inspect(&fixture::LOSSY_WEBP, &fixture::limits()), Ok(lossy));
}

#[test]
fn what_is_no_picture_is_unrecognized() {
    let cases: [&[u8]; 7] = [
        b"",
        b"\xff",
        b"a line of text, longer than any signature is\n",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
    ];
    for bytes in cases {
        assert_eq!(inspect(bytes, &fixture::limits()), Err(ImageError::Unrecognized), "{bytes:?}");
    }
}

#[test]
fn the_orientation_is_read_from_every_format_that_has_one() {
    for format in [SourceFormat::Jpeg, SourceFormat::Png, SourceFormat::Webp] {
        for (tag, expected) in [(0, 1), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 1)] {
            let file = fixture::tagged(&fixture::picture(24, 16), format, tag);
            let info = inspect(&file, &fixture::limits()).expect("a picture");
            let expected = ImageInfo { format, width: 24, height: 16, orientation: expected };
            assert_eq!(info, expected, "{format:?} {tag}");
        }
    }
}

#[test]
fn the_head_suffices_to_inspect() {
    for (format, head) in
        [(SourceFormat::Png, 33), (SourceFormat::Webp, 25), (SourceFormat::Gif, 13), (SourceFormat::Jpeg, 700)]
    {
        let file = fixture::file(&fixture::picture(240, 160), format);
        assert!(inspect(&file[..head], &fixture::limits()).is_ok(), "{format:?}");
    }
}

#[test]
fn a_bomb_is_refused_by_its_head() {
    let gigantic = [0xff; 2];
    let png = |width: u32, height: u32| {
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        file.extend(width.to_be_bytes().into_iter().chain(height.to_be_bytes()));
        file.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        file
    };
    let jpeg = [
        b"\xff\xd8\xff\xc0\0\x11\x08".as_slice(),
        &gigantic,
        &gigantic,
        b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0",
    ]
    .concat();
    let lossless = b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xff\xff\x0f\0".to_vec();
    let lossy = b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x30\x01\0\x9d\x01\x2a\xff\x3f\xff\x3f".to_vec();
    let extended = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff".to_vec();
    let gif = [b"GIF89a".as_slice(), &gigantic, &gigantic, b"\0\0\0\x3b"].concat();
    let cases = [
        (jpeg, "65535x65535 is 4294836225 pixels"),
        (png(65_535, 65_535), "65535x65535 is 4294836225 pixels"),
        (png(i32::MAX as u32, i32::MAX as u32), "2147483647x2147483647 is 4611686014132420609 pixels"),
        (lossless, "16384x16384 is 268435456 pixels"),
        (lossy, "16383x16383 is 268402689 pixels"),
        (extended, "16777216x16777216 is 281474976710656 pixels"),
        (gif, "65535x65535 is 4294836225 pixels"),
    ];
    let limits = ImageLimits { source_pixels: 100_000_000, ..fixture::limits() };
    for (file, claim) in cases {
        let expected = ImageError::TooLarge(format!("source-pixels: {claim}, the limit is 100000000"));
        assert_eq!(inspect(&file, &limits), Err(expected.clone()));
        assert_eq!(crate::transform(&file, &fixture::plan(vec![]), &limits), Err(expected));
    }
}

#[test]
fn a_limit_beyond_memory_means_memory() {
    let limits = ImageLimits { source_pixels: u64::MAX, output_pixels: u64::MAX, output_bytes: u64::MAX };
    let gif = b"GIF89a\xff\xff\xff\xff\0\0\0\x3b";
    assert!(matches!(inspect(gif, &limits), Err(ImageError::TooLarge(_))));
}

#[test]
fn jpegs_of_kinds_that_no_decoder_reads_are_unsupported() {
    let file = fixture::file(&fixture::picture(24, 16), SourceFormat::Jpeg);
    let frame = memchr::memmem::find(&file, b"\xff\xc0").expect("a baseline frame");
    let cases = [(1, 0xc3), (1, 0xc5), (1, 0xc9), (1, 0xca), (4, 12), (9, 2), (9, 5)];
    for (offset, value) in cases {
        let mut file = file.clone();
        file[frame + offset] = value;
        let inspected = inspect(&file, &fixture::limits());
        assert!(matches!(inspected, Err(ImageError::Unsupported(_))), "{offset} {value:#x}: {inspected:?}");
    }
}

#[test]
fn a_picture_without_pixels_is_corrupt() {
    let cases: [&[u8]; 3] = [
        b"GIF89a\0\0\x01\0\0\0\0\x3b",
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\x01\x08\x06\0\0\0\0\0\0\0",
        b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x30\x01\0\x9d\x01\x2a\0\0\x01\0",
    ];
    for file in cases {
        assert!(matches!(inspect(file, &fixture::limits()), Err(ImageError::Corrupt(_))), "{file:?}");
    }
}

#[test]
fn padding_between_the_segments_of_a_jpeg_is_passed_over() {
    let file = fixture::file(&fixture::picture(24, 16), SourceFormat::Jpeg);
    let padded = [&file[..20], &[0; 9], &[0xff; 3], &file[20..]].concat();
    assert_eq!(Head::read(&padded), Head::read(&file));
    assert_eq!(
        crate::transform(&padded, &fixture::plan(vec![]), &fixture::limits()),
        crate::transform(&file, &fixture::plan(vec![]), &fixture::limits()),
    );
}

#[test]
fn a_webp_frame_larger_than_its_canvas_is_corrupt() {
    let mut file = b"RIFF\x2a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(b"VP8 \x0c\0\0\0\x30\x01\0\x9d\x01\x2a\xff\x3f\xff\x3f\0\0");
    let made = crate::transform(&file, &fixture::plan(vec![]), &fixture::limits());
    let expected = "a frame of 16383x16383 exceeds the canvas of 1x1";
    assert_eq!(made, Err(ImageError::Corrupt(expected.into())));
}

#[test]
fn frames_within_frames_do_not_exhaust_the_stack() {
    let mut body = Vec::new();
    for depth in (0..100_000u32).rev() {
        body.extend(b"ANMF");
        body.extend((16 + depth * 24).to_le_bytes());
        body.extend([0; 16]);
    }
    let mut file = b"RIFF".to_vec();
    file.extend((22 + body.len() as u32).to_le_bytes());
    file.extend(b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0");
    file.extend(body);
    let made = crate::transform(&file, &fixture::plan(vec![]), &fixture::limits());
    assert!(matches!(made, Err(ImageError::Corrupt(_))), "{made:?}");
}
