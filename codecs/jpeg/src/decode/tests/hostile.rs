//! Damage, limits and what is not supported.

use super::*;

/// Small files of each kind.
fn files() -> Vec<Vec<u8>> {
    let colour = Image::generate(18, 20, &[(2, 2), (1, 1), (1, 1)]);
    let ink = Image::generate(9, 9, &[(1, 1); 4]);
    vec![
        Image::generate(16, 9, &[(1, 1)]).write(&Writing::sequential(1)),
        colour.write(&Writing { skewed: true, ..Writing::sequential(3) }),
        colour.write(&Writing { restart: 1, ..Writing::sequential(3) }),
        colour.write(&Writing { lines_after: true, ..Writing::sequential(3) }),
        colour.write(&Writing::scans(&[0..1, 1..3])),
        ink.write(&Writing::sequential(4)),
        colour.write(&Writing::spectral(3)),
        colour.write(&Writing { restart: 2, ..Writing::successive(3) }),
    ]
}

/// Decodes in the ways that differ most. Errors are fine; panics are not.
fn survive(file: &[u8]) {
    for (scale, chroma) in
        [(Scale::Full, Chroma::Whole), (Scale::Quarter, Chroma::Stored), (Scale::Eighth, Chroma::Whole)]
    {
        if let Ok(picture) = decode(file, &options(scale, chroma)) {
            assert!(picture.planes.len() == 1 || picture.planes.len() == 3 || picture.planes.len() == 4);
            let _ = picture.to_rgb(1 << 20);
        }
    }
}

#[test]
fn every_truncation_ends_in_a_picture_or_an_error() {
    for file in files() {
        for length in 0..file.len() {
            survive(&file[..length]);
        }
    }
}

#[test]
fn every_changed_byte_ends_in_a_picture_or_an_error() {
    for file in files() {
        for place in 0..file.len() {
            for change in [1_u8 << (place % 8), 0x80, 0xFF, !file[place], file[place].wrapping_add(1) ^ file[place]] {
                let mut changed = file.clone();
                changed[place] ^= change;
                survive(&changed);
            }
        }
    }
}

#[test]
fn what_comes_before_the_damage_is_there() {
    let image = Image::generate(64, 64, &[(1, 1)]);
    for (way, writing) in
        [("sequential", Writing::sequential(1)), ("restarts", Writing { restart: 3, ..Writing::sequential(1) })]
    {
        let file = image.write(&writing);
        let whole = decode(&file, &options(Scale::Full, Chroma::Stored)).expect("the file has a picture");
        let scan = file.windows(2).position(|marker| marker == [0xFF, 0xDA]).expect("there is a scan") + 10;
        let half = (scan + file.len()) / 2;
        let cut = decode(&file[..half], &options(Scale::Full, Chroma::Stored)).expect("there is half a picture");
        assert!(cut.truncated, "{way}");
        assert_eq!((cut.width, cut.height), (64, 64));
        assert_eq!(cut.planes[0].row(7), whole.planes[0].row(7), "{way}");
        assert_eq!(cut.planes[0].row(63)[60], 128, "{way}");
        // Nothing but the end of the file is missing.
        let last = decode(&file[..file.len() - 2], &options(Scale::Full, Chroma::Stored));
        assert_eq!(last, Ok(whole), "{way}");
    }
}

#[test]
fn a_file_cut_in_a_scan_that_a_scale_passes_over_says_so() {
    let file = Image::generate(64, 64, &[(1, 1)]).write(&Writing::spectral(1));
    for scale in Scale::ALL {
        let flag = |file: &[u8]| decode(file, &options(scale, Chroma::Stored)).map(|picture| picture.truncated);
        assert_eq!(flag(&file), Ok(false), "{scale:?}");
        assert_eq!(flag(&file[..file.len() * 9 / 10]), Ok(true), "{scale:?}");
    }
}

#[test]
fn a_cut_progressive_file_is_coarser_and_says_so() {
    let file = Image::generate(64, 64, &[(1, 1)]).write(&Writing::successive(1));
    let scans = |file: &[u8]| file.windows(2).filter(|marker| *marker == [0xFF, 0xDA]).count();
    let mut flags = Vec::new();
    for length in (0..file.len()).filter(|&length| scans(&file[..length]) > 0) {
        if let Ok(picture) = decode(&file[..length], &options(Scale::Full, Chroma::Stored)) {
            flags.push(picture.truncated);
        }
    }
    // The last byte or two may be missing without loss: the marker that ends the file.
    assert!(flags.len() > 100 && flags[..flags.len() - 3].iter().all(|&truncated| truncated));
    // That means are all there says the file itself, with its first scan.
    let last_mean = file.windows(2).rposition(|marker| marker == [0xFF, 0xDA]).expect("there are scans");
    let picture = decode(&file[..last_mean], &options(Scale::Eighth, Chroma::Stored)).expect("there is a picture");
    assert!(picture.truncated);
}

#[test]
fn decoding_goes_on_at_the_next_restart_marker() {
    let image = Image::generate(80, 64, &[(1, 1)]);
    let file = image.write(&Writing { restart: 5, ..Writing::sequential(1) });
    let whole = decode(&file, &options(Scale::Full, Chroma::Stored)).expect("the file has a picture");
    let markers: Vec<usize> =
        (0..file.len() - 1).filter(|&place| file[place] == 0xFF && (0xD0..=0xD7).contains(&file[place + 1])).collect();
    // Intervals are halves of a row of blocks; the fourth, the right half of the second row, is lost or damaged.
    let lost = [&file[..markers[2]], &file[markers[3]..]].concat();
    let mut damaged = file.clone();
    damaged[markers[2] + 2..markers[3]].fill(0x55);
    let mut cut = file.clone();
    cut.drain(markers[2] + 5..markers[3]);
    for (way, file) in [("lost with its marker", lost), ("damaged", damaged), ("cut", cut)] {
        let picture = decode(&file, &options(Scale::Full, Chroma::Stored)).expect("there is a picture");
        assert!(picture.truncated || way == "damaged", "{way}");
        for y in 0..64 {
            let (found, expected) = (picture.planes[0].row(y), whole.planes[0].row(y));
            assert_eq!(found[..40], expected[..40], "row {y}, {way}");
            if y / 8 != 1 {
                assert_eq!(found[40..], expected[40..], "row {y}, {way}");
            }
        }
    }
}

#[test]
fn more_memory_than_allowed_is_refused_before_it_is_taken() {
    let colour = Image::generate(200, 200, &[(2, 2), (1, 1), (1, 1)]);
    for (writing, full) in [(Writing::sequential(3), 200 * 200 * 3 / 2), (Writing::successive(3), 200 * 200 * 3)] {
        let file = colour.write(&writing);
        let with = |memory: usize, scale: Scale| decode(&file, &Options { scale, chroma: Chroma::Stored, memory });
        let Err(DecodeError::Memory { needed, limit: 1000 }) = with(1000, Scale::Full) else {
            panic!("it is too much")
        };
        assert!(needed > 1000);
        // What is counted beside planes and coefficients is the same for every picture.
        let fixed =
            (0..).step_by(1024).find(|&memory| with(memory, Scale::Eighth).is_ok()).expect("some limit suffices");
        assert!(matches!(with(fixed, Scale::Full), Err(DecodeError::Memory { .. })));
        assert!(with(fixed + full + full / 2, Scale::Full).is_ok());
    }
    // A header alone must not have what it claims.
    let mut huge = Image::generate(8, 8, &[(1, 1)]).write(&Writing::sequential(1));
    let frame = huge.windows(2).position(|marker| marker == [0xFF, 0xC0]).expect("there is a frame");
    huge[frame + 5..frame + 9].fill(0xFF);
    assert!(matches!(decode(&huge, &options(Scale::Full, Chroma::Whole)), Err(DecodeError::Memory { .. })));
}

#[test]
fn scans_without_end_are_refused() {
    let image = Image::generate(512, 512, &[(1, 1)]);
    let mut blank = image.clone();
    blank.components[0].blocks.fill([0; 64]);
    for mut writing in [Writing::sequential(1), Writing::spectral(1)] {
        let scan = writing.scans.last().expect("there are scans").clone();
        writing.scans.extend(vec![scan; 20]);
        assert!(decode(&blank.write(&writing), &options(Scale::Full, Chroma::Stored)).is_ok());
        if writing.frame == 0xC2 {
            let scan = writing.scans.last().expect("there are scans").clone();
            writing.scans.extend(vec![scan; 400]);
            let file = blank.write(&writing);
            assert_eq!(decode(&file, &options(Scale::Full, Chroma::Stored)), Err(DecodeError::Work));
        }
    }
}

#[test]
fn small_pictures_have_no_more_scans_than_large_ones() {
    for mut writing in [Writing::sequential(1), Writing::spectral(1)] {
        let scan = writing.scans.last().expect("there are scans").clone();
        writing.scans.extend(vec![scan; 2000]);
        let file = Image::generate(8, 8, &[(1, 1)]).write(&writing);
        assert_eq!(decode(&file, &options(Scale::Full, Chroma::Stored)), Err(DecodeError::Work));
    }
}

#[test]
fn what_is_not_supported_is_named() {
    let file = Image::generate(8, 8, &[(1, 1)]).write(&Writing::sequential(1));
    let frame = file.windows(2).position(|marker| marker == [0xFF, 0xC0]).expect("there is a frame");
    let changed = |place: usize, value: u8| {
        let mut file = file.clone();
        file[frame + place] = value;
        Header::read(&file)
    };
    for (marker, expected) in [
        (0xC3, Unsupported::Lossless),
        (0xC5, Unsupported::Hierarchical),
        (0xC7, Unsupported::Hierarchical),
        (0xC9, Unsupported::Arithmetic),
        (0xCA, Unsupported::Arithmetic),
        (0xCB, Unsupported::Lossless),
        (0xCE, Unsupported::Hierarchical),
        (0xDE, Unsupported::Hierarchical),
    ] {
        assert_eq!(changed(1, marker), Err(DecodeError::Unsupported(expected)));
    }
    assert_eq!(changed(4, 12), Err(DecodeError::Unsupported(Unsupported::Precision(12))));
    assert_eq!(changed(9, 2), Err(DecodeError::Unsupported(Unsupported::Components(2))));
    assert_eq!(Header::read(b"%PDF-1.7"), Err(DecodeError::NotJpeg));
    assert_eq!(Header::read(b"\xFF\xD8\xFF\xD9"), Err(DecodeError::NoPicture));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_bytes_behind_any_header_end_in_a_picture_or_an_error(
        kind in 0..8_usize,
        keep in 0.0..1.0_f64,
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let file = &files()[kind];
        let kept = (keep * file.len() as f64) as usize;
        survive(&[&file[..kept], &bytes].concat());
    }

    #[test]
    fn any_bytes_end_in_an_error_or_a_picture(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&[&[0xFF, 0xD8][..], &bytes].concat());
    }
}
