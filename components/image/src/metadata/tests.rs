//! What is kept by each policy, from all three formats, and what never is.

use lucarne_guest::image::SourceFormat;
use proptest::prelude::*;

use super::exif::MOST_VALUE_BYTES;
use super::*;
use crate::fixture;
use crate::tiff::{ASCII, Entry, LONG, ORIENTATION, Order, SHORT, Tiff};
use MetadataPolicy::{All, Copyright};

/// A directory's entries: tag, type, count and value.
type Values<'a> = &'a [(u16, u16, u32, &'a [u8])];

const ARTIST: u16 = 0x013b;
const COPYRIGHT: u16 = 0x8298;
const MAKE: u16 = 0x010f;
const EXIF_PLACE: u16 = 0x8769;
const GPS_PLACE: u16 = 0x8825;
const DATE: u16 = 0x9003;
const MAKERS_NOTE: u16 = 0x927c;
const PIXEL_WIDTH: u16 = 0xa002;

const THUMBNAIL: &[u8] = b"\xff\xd8thumbnail\xff\xd9";

/// A TIFF file of directories behind each other, as a camera writes it: the first, EXIF's, GPS's, and one for a thumbnail.
fn block(order: Order, first: Values<'_>, exif: Values<'_>, gps: Values<'_>) -> Vec<u8> {
    let length = |values: Values<'_>| {
        let behind = |value: &[u8]| if value.len() > 4 { value.len().next_multiple_of(2) } else { 0 };
        6 + values.iter().map(|(.., value)| 12 + behind(value)).sum::<usize>()
    };
    let places = 24;
    let exif_at = 8 + length(first) + places;
    let gps_at = exif_at + length(exif);
    let thumbnail_at = gps_at + length(gps);
    let (exif_place, gps_place) = (order.of_u32(exif_at as u32), order.of_u32(gps_at as u32));
    let mut first = first.to_vec();
    first.push((EXIF_PLACE, LONG, 1, &exif_place));
    first.push((GPS_PLACE, LONG, 1, &gps_place));

    let mut bytes = if order == Order::Little { b"II".to_vec() } else { b"MM".to_vec() };
    bytes.extend(order.of_u16(42));
    bytes.extend(order.of_u32(8));
    let mut write = |values: Values<'_>, next: u32| {
        let mut at = bytes.len() + 6 + 12 * values.len();
        bytes.extend(order.of_u16(values.len() as u16));
        for (tag, kind, count, value) in values {
            bytes.extend(order.of_u16(*tag));
            bytes.extend(order.of_u16(*kind));
            bytes.extend(order.of_u32(*count));
            let mut field = value.to_vec();
            if value.len() > 4 {
                field = order.of_u32(at as u32).to_vec();
                at += value.len().next_multiple_of(2);
            }
            field.resize(4, 0);
            bytes.extend(field);
        }
        bytes.extend(order.of_u32(next));
        for (.., value) in values.iter().filter(|(.., value)| value.len() > 4) {
            bytes.extend(*value);
            bytes.resize(bytes.len().next_multiple_of(2), 0);
        }
    };
    write(&first, thumbnail_at as u32);
    write(exif, 0);
    write(gps, 0);
    let data_at = order.of_u32((thumbnail_at + 6 + 24) as u32);
    let data_length = order.of_u32(THUMBNAIL.len() as u32);
    write(&[(0x0201, LONG, 1, &data_at), (0x0202, LONG, 1, &data_length)], 0);
    bytes.extend(THUMBNAIL);
    bytes
}

/// What a phone writes, in short.
fn phones(order: Order) -> Vec<u8> {
    let (six, width) = (order.of_u16(6), order.of_u32(4032));
    block(
        order,
        &[
            (MAKE, ASCII, 6, b"Maker\0"),
            (ORIENTATION, SHORT, 1, &six),
            (ARTIST, ASCII, 4, b"Ada\0"),
            (COPYRIGHT, ASCII, 13, "\u{a9} Ada, 2026\0".as_bytes()),
        ],
        &[
            (DATE, ASCII, 20, b"2026:11:20 12:00:00\0"),
            (MAKERS_NOTE, 7, 9, b"secret!!!"),
            (PIXEL_WIDTH, LONG, 1, &width),
        ],
        &[(1, ASCII, 2, b"N\0"), (2, 5, 3, &[0; 24])],
    )
}

const PACKET: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="6" xmp:Rating="5">
<xmp:Thumbnails><rdf:Alt><rdf:li xmpGImg:image="/9j/"/></rdf:Alt></xmp:Thumbnails>
<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li><rdf:li>Bob &amp; Eve</rdf:li></rdf:Seq></dc:creator>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">&#xA9; &lt;Ada&gt;</rdf:li></rdf:Alt></dc:rights>
</rdf:Description></rdf:RDF></x:xmpmeta>"#;

fn made(policy: MetadataPolicy, carried: Carried<'_>) -> Metadata {
    Metadata::new(policy, &carried)
}

fn of_block(policy: MetadataPolicy, block: &[u8]) -> Vec<u8> {
    of_exif(block, policy).exif.expect("something is kept")
}

fn value(block: &[u8], wanted: u16) -> Option<Vec<u8>> {
    let tiff = Tiff::parse(block).expect("a block");
    tiff.first().find(|entry| entry.tag == wanted).map(|entry| entry.value.to_vec())
}

fn below(block: &[u8], place: u16) -> Vec<Entry<'_>> {
    let tiff = Tiff::parse(block).expect("a block");
    let place = tiff.first().find(|entry| entry.tag == place).map(|entry| entry.value);
    tiff.directory(place).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

#[test]
fn copyright_keeps_who_and_whose_and_nothing_else() {
    for order in [Order::Little, Order::Big] {
        let kept = of_block(Copyright, &phones(order));
        let tags: Vec<_> = Tiff::parse(&kept).expect("a block").first().map(|entry| entry.tag).collect();
        assert_eq!(tags, [ARTIST, COPYRIGHT]);
        assert_eq!(value(&kept, ARTIST).as_deref(), Some(b"Ada\0".as_slice()));
        assert_eq!(value(&kept, COPYRIGHT).as_deref(), Some("\u{a9} Ada, 2026\0".as_bytes()));
    }
    let nobody = block(Order::Big, &[(MAKE, ASCII, 6, b"Maker\0"), (ARTIST, ASCII, 3, b"  \0")], &[], &[]);
    assert_eq!(of_exif(&nobody, Copyright), Metadata::default());
}

#[test]
fn all_keeps_what_is_still_so() {
    for order in [Order::Little, Order::Big] {
        let kept = of_block(All, &phones(order));
        assert_eq!(value(&kept, MAKE).as_deref(), Some(b"Maker\0".as_slice()));
        assert_eq!(value(&kept, COPYRIGHT).as_deref(), Some("\u{a9} Ada, 2026\0".as_bytes()));
        assert_eq!(value(&kept, ORIENTATION).map(|value| order.u16(&value)), Some(Some(1)), "pixels are upright");
        let exif = below(&kept, EXIF_PLACE);
        assert_eq!(exif.iter().map(|entry| entry.tag).collect::<Vec<_>>(), [DATE]);
        assert_eq!(exif[0].value, b"2026:11:20 12:00:00\0");
        let gps = below(&kept, GPS_PLACE);
        assert_eq!(gps.iter().map(|entry| (entry.tag, entry.value.len())).collect::<Vec<_>>(), [(1, 2), (2, 24)]);
        assert!(!contains(&kept, b"thumbnail") && !contains(&kept, b"secret"));
        assert_eq!(of_block(All, &kept), kept, "what was written is kept whole");
    }
}

#[test]
fn blocks_are_written_as_readers_expect_them() {
    let kept = of_block(All, &phones(Order::Little));
    for place in [None, Some(EXIF_PLACE), Some(GPS_PLACE)] {
        let tags: Vec<_> = match place {
            None => Tiff::parse(&kept).expect("a block").first().map(|entry| entry.tag).collect(),
            Some(place) => below(&kept, place).iter().map(|entry| entry.tag).collect(),
        };
        assert!(tags.is_sorted_by(|a, b| a < b), "{tags:x?}");
    }
    // No directory follows the first: there would be the thumbnail.
    let entries = usize::from(u16::from_le_bytes([kept[8], kept[9]]));
    assert_eq!(kept[10 + 12 * entries..][..4], [0; 4]);
}

#[test]
fn rights_are_found_in_iptc_and_xmp_where_exif_has_none() {
    let record = |dataset: u8, value: &[u8]| [&[0x1c, 2, dataset, 0, value.len() as u8], value].concat();
    let iptc = [record(80, b"Ren\xe9"), record(5, b"title"), record(80, b"Bob"), record(116, "\u{a9} René".as_bytes())];
    let iptc = iptc.concat();
    let rights = |carried: Carried<'_>| {
        let exif = made(Copyright, carried).exif.expect("rights");
        let text = |tag| String::from_utf8(value(&exif, tag).expect("a text")).expect("UTF-8");
        (text(ARTIST), text(COPYRIGHT))
    };
    let xmp = Some(PACKET.as_bytes().into());
    let by_iptc = Carried { iptc: Some(&iptc), xmp: xmp.clone(), ..Carried::default() };
    assert_eq!(rights(by_iptc), ("René; Bob\0".into(), "\u{a9} René\0".into()));
    let by_xmp = Carried { xmp: xmp.clone(), ..Carried::default() };
    assert_eq!(rights(by_xmp), ("Ada; Bob & Eve\0".into(), "\u{a9} <Ada>\0".into()));
    let artist_alone = block(Order::Little, &[(ARTIST, ASCII, 4, b"Zoe\0")], &[], &[]);
    let by_both = Carried { exif: Some(&artist_alone), xmp, ..Carried::default() };
    assert_eq!(rights(by_both), ("Zoe\0".into(), "\u{a9} <Ada>\0".into()));
}

#[test]
fn packets_are_kept_upright_and_without_thumbnails() {
    let kept = made(All, Carried { xmp: Some(PACKET.as_bytes().into()), ..Carried::default() });
    let packet = String::from_utf8(kept.xmp.expect("a packet")).expect("UTF-8");
    assert!(packet.contains("tiff:Orientation=\"1\"") && packet.contains("xmp:Rating=\"5\""), "{packet}");
    assert!(!packet.contains("Thumbnails") && !packet.contains("/9j/"), "{packet}");
    assert!(kept.exif.is_some(), "rights are where all software reads them");
    assert_eq!(made(Copyright, Carried { xmp: Some(PACKET.as_bytes().into()), ..Carried::default() }).xmp, None);
}

#[test]
fn what_is_too_long_is_left_out() {
    let long = vec![b'x'; MOST_VALUE_BYTES + 1];
    let fits = vec![b'y'; MOST_VALUE_BYTES];
    let many: Vec<_> = (0..20).map(|index| (0x9300 + index, 7, fits.len() as u32, fits.as_slice())).collect();
    let source = block(Order::Big, &[(MAKE, ASCII, long.len() as u32, &long)], &many, &[]);
    let kept = of_block(All, &source);
    assert!(kept.len() <= MOST_EXIF_BYTES && !contains(&kept, b"xx"));
    assert_eq!(below(&kept, EXIF_PLACE).len(), MOST_EXIF_BYTES / (MOST_VALUE_BYTES + 12));

    let packet = PACKET.replace("xmp:Rating", &" ".repeat(MOST_XMP_BYTES));
    assert_eq!(made(All, Carried { xmp: Some(packet.as_bytes().into()), ..Carried::default() }), Metadata::default());
    let name = [b"a".repeat(5_000).as_slice(), b"\0"].concat();
    let source = block(Order::Big, &[(ARTIST, ASCII, name.len() as u32, &name)], &[], &[]);
    assert_eq!(value(&of_block(Copyright, &source), ARTIST).map(|value| value.len()), Some(2_001));
}

#[test]
fn what_is_no_metadata_is_not_kept() {
    for bytes in [b"".as_slice(), b"II", b"II*\0", b"Exif\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff"] {
        assert_eq!(of_exif(bytes, All), Metadata::default(), "{bytes:?}");
    }
    for bytes in [b"".as_slice(), b"\x1c\x02\x50\xff\xff", b"<rdf:RDF>\xff</rdf:RDF>", b"no packet"] {
        assert_eq!(of_texts(bytes, All), Metadata::default(), "{bytes:?}");
    }
}

#[test]
fn directories_that_lead_to_themselves_end() {
    let mut bytes = phones(Order::Little);
    let tiff = Tiff::parse(&bytes).expect("a block");
    let first = 8_u32.to_le_bytes();
    let at = memchr::memmem::find(&bytes, &EXIF_PLACE.to_le_bytes()).expect("a place") + 8;
    assert!(tiff.first().count() > 4);
    bytes[at..at + 4].copy_from_slice(&first);
    assert!(of_block(All, &bytes).len() < bytes.len() * 2);
}

#[test]
fn every_format_carries_it() {
    for format in [SourceFormat::Jpeg, SourceFormat::Png, SourceFormat::Webp] {
        let file = fixture::carrying(format, &phones(Order::Big), PACKET.as_bytes());
        let kept = Metadata::of_file(All, &file).expect("a picture");
        let direct = Carried { exif: Some(&phones(Order::Big)), xmp: Some(PACKET.as_bytes().into()), iptc: None };
        assert_eq!(kept, made(All, direct), "{format:?}");
        assert_eq!(Metadata::of_file(MetadataPolicy::None, &file).expect("a picture"), Metadata::default());
    }
    let gif = fixture::file(&fixture::picture(8, 8), SourceFormat::Gif);
    assert_eq!(Metadata::of_file(All, &gif).expect("a picture"), Metadata::default());
}

#[test]
fn chunks_of_a_png_are_read_again() {
    let kept = of_texts(PACKET.as_bytes(), All);
    let chunks: Vec<_> = kept.png_chunks().collect();
    assert_eq!(chunks.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [*b"eXIf", *b"iTXt"]);
    let file = fixture::with_chunks(&chunks);
    assert_eq!(Metadata::of_file(All, &file).expect("a picture"), kept);
    assert_eq!(Metadata::default().png_chunks().count(), 0);
}

/// Reads whatever there is, and reads what was written again: it is bounded, and keeps itself.
fn exercise(bytes: &[u8]) {
    for policy in [Copyright, All] {
        for kept in [of_exif(bytes, policy), of_texts(bytes, policy)] {
            if let Some(exif) = &kept.exif {
                assert!(exif.len() <= MOST_EXIF_BYTES);
                assert_eq!(of_exif(exif, policy).exif.as_ref(), Some(exif));
            }
            assert!(kept.xmp.is_none_or(|xmp| xmp.len() <= MOST_XMP_BYTES));
        }
    }
}

#[test]
fn metadata_that_ends_early_is_read_without_panic() {
    for bytes in [phones(Order::Little), phones(Order::Big), PACKET.as_bytes().to_vec()] {
        for length in 0..bytes.len() {
            exercise(&bytes[..length]);
        }
    }
}

proptest! {
    #[test]
    fn metadata_that_was_changed_is_read_without_panic(
        index in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = [phones(Order::Little), phones(Order::Big), PACKET.as_bytes().to_vec()][index].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        exercise(&bytes);
    }
}
