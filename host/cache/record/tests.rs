//! Records are read as they were written, and nothing else is read.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::clock::Clock;

fn durations() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0..1_000_000_000u32).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

fn values() -> impl Strategy<Value = HeaderValue> {
    "[ -~]{0,20}".prop_map(|text| HeaderValue::try_from(text).expect("visible ASCII"))
}

fn responses() -> impl Strategy<Value = ResponseRecord> {
    let fields = prop::collection::vec(("[a-z][a-z-]{0,10}", values()), 0..8).prop_map(|lines| {
        let named = |(name, value): (String, HeaderValue)| (HeaderName::try_from(name).expect("a token"), value);
        let mut fields = HeaderMap::new();
        for (name, value) in lines.into_iter().map(named) {
            fields.append(name, value);
        }
        Fields::from(&fields)
    });
    let anchor = (any::<Option<[u8; 16]>>(), durations(), durations()).prop_map(|(boot, uptime, wall)| Anchor {
        boot: boot.map(Boot),
        uptime,
        wall,
    });
    let validation =
        prop::sample::select(vec![Validation::WhenStale, Validation::WhenStaleAlways, Validation::EachTime]);
    let windows = (durations(), durations(), durations(), durations(), validation).prop_map(
        |(initial_age, lifetime, stale_while_revalidate, stale_if_error, validation)| Windows {
            initial_age,
            lifetime,
            stale_while_revalidate,
            stale_if_error,
            validation,
        },
    );
    let source = prop::option::of((any::<[u8; 32]>(), prop::option::of(values()), prop::option::of(values())))
        .prop_map(|source| {
            source.map(|(digest, etag, last_modified)| {
                let validators = Validators { etag, last_modified };
                Box::new(Source { digest: Digest::from_bytes(digest), validators })
            })
        });
    let tags = prop::collection::vec("[a-z]{1,5}", 0..4);
    let stamp = (any::<u64>(), tags).prop_map(|(began, tags)| {
        PurgeStamp::new(Sequence(began), tags.iter().map(|tag| PurgeName::tag(Some("site"), tag)).collect())
    });
    (100..1000u16, fields, anchor, windows, source, stamp).prop_map(
        |(status, fields, requested, freshness, source, stamp)| ResponseRecord {
            status: StatusCode::from_u16(status).expect("three digits"),
            fields,
            requested,
            freshness,
            source,
            stamp,
        },
    )
}

fn varies() -> impl Strategy<Value = Selecting> {
    let selector = prop_oneof![
        "[a-z][a-z-]{0,10}".prop_map(|name| Selector::Field(HeaderName::try_from(name).expect("a token"))),
        Just(Selector::AcceptEncoding),
        Just(Selector::AcceptLanguage),
        Just(Selector::AcceptImage),
    ];
    let languages = prop::collection::vec("[a-z]{2}(-[A-Z]{2})?", 0..=16);
    (prop::collection::vec(selector, 1..5), any::<u64>(), languages).prop_map(|(selectors, epoch, languages)| {
        Selecting::recalled(selectors, epoch, languages).expect("within the bounds")
    })
}

proptest! {
    #[test]
    fn a_response_is_read_as_it_was_written(written in responses()) {
        let bytes = Record::Response(Box::new(written.clone())).to_bytes();
        let Some(Record::Response(read)) = Record::read(&bytes) else { panic!("it is not read: {bytes:?}") };
        prop_assert_eq!((read.status, &read.fields), (written.status, &written.fields));
        prop_assert_eq!((read.requested, &read.freshness), (written.requested, &written.freshness));
        prop_assert_eq!(&read.source, &written.source);
        prop_assert_eq!((read.stamp.began(), read.stamp.names()), (written.stamp.began(), written.stamp.names()));
    }

    #[test]
    fn a_response_whose_content_is_elsewhere_is_read_with_where_that_is(written in responses(), number: u64) {
        let elsewhere = Elsewhere(Generation::of(number));
        let bytes = Record::Large(Box::new(written.clone()), elsewhere).to_bytes();
        let Some(Record::Large(read, found)) = Record::read(&bytes) else { panic!("it is not read: {bytes:?}") };
        prop_assert_eq!(found, elsewhere);
        prop_assert_eq!(Record::Response(read).to_bytes(), Record::Response(Box::new(written)).to_bytes());
    }

    #[test]
    fn selectors_are_read_as_they_were_written(written in varies()) {
        let bytes = Record::Varies(VariesRecord(written.clone())).to_bytes();
        let Some(Record::Varies(VariesRecord(read))) = Record::read(&bytes) else { panic!("it is not read: {bytes:?}") };
        prop_assert_eq!(read, written);
    }

    #[test]
    fn what_is_cut_off_or_longer_is_nothing(written in responses(), at: prop::sample::Index) {
        let mut bytes = Record::Response(Box::new(written)).to_bytes();
        prop_assert!(Record::read(&bytes[..at.index(bytes.len())]).is_none());
        bytes.push(0);
        prop_assert!(Record::read(&bytes).is_none());
    }

    #[test]
    fn any_bytes_are_a_record_or_nothing(bytes: Vec<u8>, kind in 0..4u8) {
        let bytes = [vec![VERSION, kind], bytes].concat();
        if let Some(record) = Record::read(&bytes) {
            let written = record.to_bytes();
            prop_assert_eq!(Record::read(&written).map(|record| record.to_bytes()), Some(written));
        }
    }

    /// Fault 96.
    #[test]
    fn what_nobody_can_tell_the_age_of_is_validated_before_any_use(written in responses()) {
        use crate::cache::{Constraints, Usability};
        let now = Clock::default().now().instant;
        let response = written.into_response(Bytes::new().into(), None, now);
        let lenient = Constraints { max_stale: Some(Duration::MAX), ..Constraints::default() };
        prop_assert_eq!(response.freshness.usability(&lenient, now), Usability::Expired);
        prop_assert!(!response.freshness.usable_on_error(&lenient, now));
    }
}

#[test]
fn another_version_is_nothing() {
    let mut bytes = Record::Varies(VariesRecord(Selecting::new(&[Selector::AcceptImage], 7))).to_bytes();
    assert!(Record::read(&bytes).is_some());
    bytes[0] += 1;
    assert!(Record::read(&bytes).is_none());
}

#[test]
fn time_on_the_disk_counts_as_age() {
    let now = Clock::default().now();
    let freshness = Freshness { lifetime: Duration::from_secs(60), ..Freshness::none(now.instant) };
    let response = StoredResponse {
        status: StatusCode::OK,
        fields: Fields::default(),
        body: Bytes::new().into(),
        freshness: Freshness { initial_age: Duration::from_secs(5), ..freshness },
        source: None,
        stamp: PurgeStamp::new(Sequence::default(), [].into()),
        prepared: Prepared::default(),
    };
    let anchor = Clock::default().anchor(now.instant);
    let recalled = ResponseRecord::of(&response, anchor).into_response(
        Bytes::new().into(),
        Some(Duration::from_secs(30)),
        now.instant,
    );
    assert_eq!(recalled.age_seconds(now.instant), 35);
    assert_eq!(recalled.age_seconds(now.instant + Duration::from_secs(10)), 45);
}
