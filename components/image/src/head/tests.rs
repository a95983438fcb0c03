//! Heads: real ones, broken ones, and those that claim what nobody has.

use lucarne_guest::image::{ImageInfo, ImageLimits};

use super::*;
use crate::colour::{MOST_PROFILE_BYTES, Measured};
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
    let cases: [&[u8]; 5] = [
        b"\xff",
        b"a line of text, longer than any signature is\n",
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
        b"\0\0\0\x1cftypisom\0\0\0\0isomiso2mp41",
        b"a line about <svg> and <html>",
    ];
    for bytes in cases {
        assert_eq!(inspect(bytes, &fixture::limits()), Err(ImageError::Unrecognized), "{bytes:?}");
    }
    assert_eq!(inspect(b"", &fixture::limits()), Err(ImageError::Corrupt("it is empty".into())));
}

#[test]
fn a_file_of_another_kind_is_named() {
    let cases: [(&[u8], &str); 18] = [
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "an AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "an AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC"),
        (b"II*\0\x08\0\0\0", "a TIFF"),
        (b"MM\0*\0\0\0\x08", "a TIFF"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "a BMP"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000"),
        (b"\xff\x4f\xff\x51\0\x2f", "a JPEG 2000"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL"),
        (b"\xff\x0a\x10\x20", "a JPEG XL"),
        (b"\0\0\x01\0\x02\0\x10\x10", "an ICO"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- drawn -->\n<svg/>", "an SVG"),
        (b"<?xml version='1.0'?><feed/>", "an XML file"),
        (b"<!DOCTYPE html><title>not found</title>", "an HTML page"),
        (b"\n<HTML><body>", "an HTML page"),
        (b"<html><svg/>", "an HTML page"),
    ];
    for (bytes, kind) in cases {
        let expected = ImageError::Unsupported(format!("it is {kind}; JPEG, PNG, GIF and WebP are read here"));
        assert_eq!(inspect(bytes, &fixture::limits()), Err(expected), "{bytes:?}");
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
fn a_webp_frame_of_another_size_than_is_stated_before_it_is_corrupt() {
    let file = |stated: u8| {
        let mut file = b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x1f\0\0\x1f\0\0".to_vec();
        file.extend(b"ANMF\x22\0\0\0\0\0\0\0\0\0\x07\0\0");
        file.extend([stated - 1, 0, 0, 0, 0, 0, 0]);
        file.extend(b"VP8 \x0a\0\0\0\x30\x01\0\x9d\x01\x2a\x08\0\x10\0");
        crate::transform(&file, &fixture::plan(vec![]), &fixture::limits()).expect_err("it has no pixels")
    };
    assert_eq!(file(8), ImageError::Corrupt("a frame is 8x16, and is stated to be 8x8".into()));
    assert!(!format!("{:?}", file(16)).contains("stated"));
}

#[test]
fn a_webp_frame_of_alpha_alone_is_corrupt() {
    for second in [b"VP8L", b"XMP ", b"ALPH"] {
        let mut file = b"RIFF\x4a\0\0\0WEBPVP8X\x0a\0\0\0\x12\0\0\0\x1f\0\0\x1f\0\0".to_vec();
        file.extend(b"ANMF\x2c\0\0\0\0\0\0\0\0\0\x07\0\0\x0f\0\0\0\0\0\0");
        file.extend(b"ALPH\x02\0\0\0\0\0");
        file.extend([second, b"\x0a\0\0\0\x30\x01\0\x9d\x01\x2a\x08\0\x10\0".as_slice()].concat());
        let made = crate::transform(&file, &fixture::plan(vec![]), &fixture::limits());
        let expected = "a frame of the animation has no picture";
        assert_eq!(made, Err(ImageError::Corrupt(expected.into())));
    }
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

#[test]
fn lines_that_the_frame_leaves_open_are_counted_behind_the_scan() {
    let mut file = fixture::file(&fixture::picture(24, 16), SourceFormat::Jpeg);
    let frame = memchr::memmem::find(&file, b"\xff\xc0").expect("a baseline frame");
    file[frame + 5..frame + 7].fill(0);
    assert!(matches!(inspect(&file, &fixture::limits()), Err(ImageError::Corrupt(_))));
    let end = file.len() - 2;
    file.splice(end..end, [0xff, 0xdc, 0, 4, 0, 16]);
    let info = inspect(&file, &fixture::limits()).expect("a picture");
    assert_eq!((info.width, info.height), (24, 16));
}

fn space(file: &[u8]) -> Space<'_> {
    Head::read(file).expect("a picture").space(file)
}

fn icc(bytes: &[u8]) -> Space<'static> {
    Space::Icc(bytes.to_vec().into())
}

/// A part of a profile in a segment of APP2.
fn part(number: u8, count: u8, data: &[u8]) -> (u8, Vec<u8>) {
    (2, [b"ICC_PROFILE\0".as_slice(), &[number, count], data].concat())
}

#[test]
fn profiles_of_a_jpeg_are_put_together_in_their_order() {
    let plain = fixture::file(&fixture::picture(24, 16), SourceFormat::Jpeg);
    let of = |parts: &[(u8, Vec<u8>)]| {
        let file = fixture::with_segments(&plain, parts);
        match space(&file) {
            Space::Icc(bytes) => icc(&bytes),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(space(&plain), Space::Srgb);
    assert_eq!(of(&[part(1, 1, b"whole")]), icc(b"whole"));
    assert_eq!(of(&[part(1, 3, b"a"), part(2, 3, b"b"), part(3, 3, b"c")]), icc(b"abc"));
    let foreign = (2, b"MPF\0MM\0*".to_vec());
    assert_eq!(of(&[part(3, 3, b"c"), foreign, part(1, 3, b"a"), part(2, 3, b"b")]), icc(b"abc"));
    let largest = vec![7; 65_519];
    let many: Vec<_> = (1..=64).map(|number| part(number, 64, &largest)).collect();
    assert_eq!(of(&many), icc(&largest.repeat(64)));

    let broken: [&[(u8, Vec<u8>)]; 7] = [
        &[part(1, 2, b"a")],
        &[part(2, 2, b"b")],
        &[part(0, 1, b"a")],
        &[part(1, 2, b"a"), part(1, 2, b"a")],
        &[part(1, 2, b"a"), part(2, 3, b"b")],
        &[part(1, 1, b"a"), part(2, 1, b"b")],
        &[(2, b"ICC_PROFILE\0".to_vec())],
    ];
    for parts in broken {
        assert_eq!(space(&fixture::with_segments(&plain, parts)), Space::Srgb, "{parts:?}");
    }
    let too_many: Vec<_> = (1..=65).map(|number| part(number, 65, &largest)).collect();
    assert_eq!(space(&fixture::with_segments(&plain, &too_many)), Space::Srgb);
}

/// A profile in a chunk.
fn iccp(profile: &[u8]) -> ([u8; 4], Vec<u8>) {
    (*b"iCCP", [b"name\0\0".as_slice(), &fdeflate::compress_to_vec(profile)].concat())
}

const GAMMA: ([u8; 4], [u8; 4]) = (*b"gAMA", 45_455_u32.to_be_bytes());

#[test]
fn a_png_says_its_colours_by_profile_then_name_then_numbers() {
    let gamma = (GAMMA.0, GAMMA.1.to_vec());
    let numbers = [31_270_u32, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
    let primaries = (*b"cHRM", numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<_>>());
    let srgb = (*b"sRGB", vec![0]);
    let measured = |gamma, primaries| Space::Measured(Measured { gamma, primaries });
    let points = Some([[31_270, 32_900], [64_000, 33_000], [30_000, 60_000], [15_000, 6_000]]);
    let broken = (*b"iCCP", b"name\0\0no profile".to_vec());
    let unknown = (*b"iCCP", b"name\0\x01".to_vec());
    for (chunks, expected) in [
        (vec![], Space::Srgb),
        (vec![gamma.clone()], measured(Some(45_455), None)),
        (vec![primaries.clone()], measured(None, points)),
        (vec![gamma.clone(), primaries.clone()], measured(Some(45_455), points)),
        (vec![gamma.clone(), srgb.clone(), primaries], Space::Srgb),
        (vec![srgb.clone(), gamma.clone(), iccp(b"a profile")], icc(b"a profile")),
        (vec![broken, gamma.clone()], measured(Some(45_455), None)),
        (vec![unknown], Space::Srgb),
        (vec![(*b"iCCP", b"endless name".to_vec())], Space::Srgb),
        (vec![(*b"gAMA", vec![1]), (*b"cHRM", vec![0; 31])], Space::Srgb),
    ] {
        assert_eq!(space(&fixture::with_chunks(&chunks)), expected, "{chunks:?}");
    }
}

#[test]
fn a_profile_is_not_inflated_beyond_its_bound() {
    let largest = vec![0; MOST_PROFILE_BYTES];
    assert_eq!(space(&fixture::with_chunks(&[iccp(&largest)])), icc(&largest));
    let larger = vec![0; MOST_PROFILE_BYTES + 1];
    assert_eq!(space(&fixture::with_chunks(&[iccp(&larger)])), Space::Srgb);
}

#[test]
fn a_webp_has_its_profile_in_a_chunk() {
    let mut file = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut file);
    encoder.set_icc_profile(b"a profile".to_vec());
    encoder.encode(&[0; 3], 1, 1, image_webp::ColorType::Rgb8).expect("memory takes pixels");
    assert_eq!(space(&file), icc(b"a profile"));
    assert_eq!(space(&fixture::LOSSY_WEBP), Space::Srgb);
}

#[test]
fn records_of_iptc_are_found_among_other_resources() {
    let plain = fixture::file(&fixture::picture(24, 16), SourceFormat::Jpeg);
    let resource = |number: u16, name: &[u8], data: &[u8]| {
        let mut bytes = b"8BIM".to_vec();
        bytes.extend(number.to_be_bytes());
        bytes.push(name.len() as u8);
        bytes.extend(name);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    };
    let resources = [resource(0x03ed, b"odd", b"123"), resource(0x0404, b"", b"records"), resource(0x040c, b"", b"")];
    let payload = [b"Photoshop 3.0\0".to_vec(), resources.concat()].concat();
    let file = fixture::with_segments(&plain, &[(13, payload.clone())]);
    assert_eq!(Head::read(&file).expect("a picture").carried(&file).iptc, Some(b"records".as_slice()));
    for length in 0..payload.len() {
        let file = fixture::with_segments(&plain, &[(13, payload[..length].to_vec())]);
        let found = Head::read(&file).expect("a picture").carried(&file).iptc.map(<[u8]>::to_vec);
        assert!(found.is_none_or(|found| found == b"records"), "{length}");
    }
}

#[test]
fn compressed_packets_of_a_png_are_inflated_within_bounds() {
    let text = |flags: &[u8; 2], packet: &[u8]| {
        let chunk = [b"XML:com.adobe.xmp\0".as_slice(), flags, b"\0\0", packet].concat();
        let file = fixture::with_chunks(&[(*b"iTXt", chunk)]);
        Head::read(&file).expect("a picture").carried(&file).xmp.map(|packet| packet.to_vec())
    };
    assert_eq!(text(&[0, 0], b"packet").as_deref(), Some(b"packet".as_slice()));
    assert_eq!(text(&[1, 0], &fdeflate::compress_to_vec(b"packet")).as_deref(), Some(b"packet".as_slice()));
    assert_eq!(text(&[1, 0], &fdeflate::compress_to_vec(&vec![b' '; 1 << 20])), None);
    assert_eq!(text(&[1, 1], &fdeflate::compress_to_vec(b"packet")), None);
    assert_eq!(text(&[1, 0], b"not compressed"), None);
}
