//! Framing against a table of what is known to be dangerous, and against the parser that reads what is passed on.

use proptest::prelude::*;

use super::*;

const LIMITS: FramingLimits = FramingLimits { head: 16 << 10, fields: 100 };

/// Feeds bytes in pieces of this size: the heads that were passed on, the bytes, and why it ended.
fn feed(bytes: &[u8], piece: usize) -> (usize, usize, Option<Malformed>) {
    let mut framing = Framing::new(LIMITS);
    let (mut heads, mut passed, mut shown) = (0, 0, 0);
    while shown < bytes.len() {
        shown = bytes.len().min(shown + piece);
        while passed < shown {
            let at_head = framing.is_at_head();
            match framing.step(&bytes[passed..shown]) {
                Step::Pass(length) => {
                    assert!(length > 0 && passed + length <= shown);
                    heads += usize::from(at_head);
                    passed += length;
                }
                Step::Incomplete => break,
                Step::Refuse(malformed) => return (heads, passed, Some(malformed)),
            }
        }
    }
    (heads, passed, None)
}

/// Faults 1, 2, 3, 4, 5 and 6.
#[test]
fn what_two_readers_could_read_in_two_ways_is_refused() {
    use Malformed::*;
    let chunked = "Transfer-Encoding: chunked\r\n";
    let table: &[(&str, Result<usize, Malformed>)] = &[
        ("", Ok(1)),
        ("Content-Length: 0\r\n", Ok(1)),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(TwoLengths)),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Err(TwoLengths)),
        ("Transfer-Encoding: chunked, chunked\r\n", Err(TransferEncoding)),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(TransferEncoding)),
        ("Transfer-Encoding: identity\r\n", Err(TransferEncoding)),
        ("Transfer-Encoding: xchunked\r\n", Err(TransferEncoding)),
        ("Transfer-Encoding: chunked\t\r\n", Err(TransferEncoding)),
        ("Transfer-Encoding: gzip, chunked\r\n", Err(TransferEncoding)),
        ("Transfer-Encoding:\r\n", Err(TransferEncoding)),
        ("Content-Length: +5\r\n", Err(Length)),
        ("Content-Length: -5\r\n", Err(Length)),
        ("Content-Length: 5, 6\r\n", Err(Length)),
        ("Content-Length: 5,5\r\n", Err(Length)),
        ("Content-Length: 0x5\r\n", Err(Length)),
        ("Content-Length: 5 5\r\n", Err(Length)),
        ("Content-Length:\r\n", Err(Length)),
        ("Content-Length: 10000000000000000000\r\n", Err(Length)),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(Length)),
        ("Content-Length: 5\r\ncontent-length: 6\r\n", Err(Length)),
        ("A: b\n", Err(LineEnd)),
        ("A: b\rC: d\r\n", Err(LineEnd)),
        ("A: b\0\r\n", Err(FieldValue)),
        ("A: b\x7f\r\n", Err(FieldValue)),
        ("A: b\r\n c\r\n", Err(Folded)),
        (" A: b\r\n", Err(Folded)),
        ("A : b\r\n", Err(FieldName)),
        ("Content-Length : 5\r\n", Err(FieldName)),
        (": b\r\n", Err(FieldName)),
        ("A\r\n", Err(FieldName)),
        ("A: \u{e9}\t\r\n", Ok(1)),
    ];
    for &(fields, expected) in table {
        let request = format!("GET / HTTP/1.1\r\n{fields}\r\n");
        for piece in [1, 7, usize::MAX / 2] {
            let (heads, _, malformed) = feed(request.as_bytes(), piece);
            assert_eq!(malformed.map_or(Ok(heads), Err), expected, "{fields:?}");
        }
    }
    let lines: &[(&str, Malformed)] = &[
        ("GET / HTTP/1.1\n", LineEnd),
        ("\r\n\r\nGET / HTTP/1.1\r\n", RequestLine),
        ("GET  / HTTP/1.1\r\n", RequestLine),
        ("GET / HTTP/2.0\r\n", RequestLine),
        ("GET / HTTP/1.1 \r\n", RequestLine),
        ("GET /a b HTTP/1.1\r\n", RequestLine),
        ("GET /\0 HTTP/1.1\r\n", RequestLine),
        ("G(T / HTTP/1.1\r\n", RequestLine),
        ("GET\r\n", RequestLine),
        (" GET / HTTP/1.1\r\n", RequestLine),
        ("GET a.example HTTP/1.1\r\n", Target),
        ("GET * HTTP/1.1\r\n", Target),
        ("GET refused://1/ HTTP/1.1\r\n", Target),
        ("GET https://a/ HTTP/1.1\r\n", Target),
        ("CONNECT http://a/ HTTP/1.1\r\n", Target),
        ("PRI * HTTP/2.0\r\n", RequestLine),
    ];
    for &(line, expected) in lines {
        assert_eq!(feed(line.as_bytes(), 3).2, Some(expected), "{line:?}");
    }
    let old = format!("POST / HTTP/1.0\r\n{chunked}\r\n");
    assert_eq!(feed(old.as_bytes(), 64).2, Some(TransferEncodingInOld));
}

/// Fault 5.
#[test]
fn a_chunked_body_ends_where_it_says() {
    use Malformed::*;
    let extension = "x".repeat(17 << 10);
    let half = "x".repeat(9 << 10);
    let trailer = format!("A: {}\r\n", "x".repeat(17 << 10));
    let table: &[(&str, Result<usize, Malformed>)] = &[
        ("0\r\n\r\n", Ok(2)),
        ("5\r\nhello\r\n0\r\n\r\n", Ok(2)),
        ("005;a=b\r\nhello\r\n0 ;c\r\nA: b\r\n\r\n", Ok(2)),
        ("5\nhello\r\n0\r\n\r\n", Err(LineEnd)),
        ("5\r\nhello\n0\r\n\r\n", Err(LineEnd)),
        ("5\r\nhelloX", Err(LineEnd)),
        ("5;a\nhello", Err(LineEnd)),
        ("5;a\rb", Err(LineEnd)),
        ("0x5\r\nhello", Err(ChunkSize)),
        ("0x1_0000_0000_0000_0000\r\n", Err(ChunkSize)),
        ("10000000000000000\r\n", Err(ChunkSize)),
        ("+5\r\n", Err(ChunkSize)),
        (" 5\r\n", Err(ChunkSize)),
        ("5 \r\n", Err(ChunkSize)),
        (";a\r\n", Err(ChunkSize)),
        ("\r\n", Err(ChunkSize)),
        ("0\r\nA: b\n\r\n", Err(LineEnd)),
        ("0\r\nA b\r\n\r\n", Err(Trailers)),
        ("0\r\n A: b\r\n\r\n", Err(Trailers)),
    ];
    let long = [
        (format!("5;{extension}\r\nhello\r\n0\r\n\r\n"), ChunkExtensions),
        (format!("5;{half}\r\nhello\r\n5;{half}\r\nhello\r\n0\r\n\r\n"), ChunkExtensions),
        (format!("0\r\n{trailer}\r\n"), Trailers),
        (format!("0\r\n{}\r\n", "A: b\r\n".repeat(101)), Trailers),
    ];
    let table = table.iter().map(|&(body, expected)| (body, expected));
    for (body, expected) in table.chain(long.iter().map(|(body, malformed)| (body.as_str(), Err(*malformed)))) {
        let request = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let all = if expected.is_ok() { format!("{request}GET / HTTP/1.1\r\n\r\n") } else { request };
        for piece in [1, 5, usize::MAX / 2] {
            let (heads, passed, malformed) = feed(all.as_bytes(), piece);
            assert_eq!(malformed.map_or(Ok(heads), Err), expected, "{body:.60?}");
            assert!(expected.is_err() || passed == all.len());
        }
    }
}

/// Fault 81.
#[test]
fn a_head_has_an_end() {
    use Malformed::{HeadTooLarge, TargetTooLong, TooManyFields};
    let target = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(64 << 10));
    let field = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(64 << 10));
    let fields = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(101));
    for (head, expected) in [(target, TargetTooLong), (field, HeadTooLarge), (fields, TooManyFields)] {
        for piece in [100, usize::MAX / 2] {
            assert_eq!(feed(head.as_bytes(), piece), (0, 0, Some(expected)));
        }
    }
    let most = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(100));
    assert_eq!(feed(most.as_bytes(), 100), (1, most.len(), None));
}

#[test]
fn malformed_requests_are_numbered() {
    for (number, malformed) in Malformed::ALL.into_iter().enumerate() {
        assert_eq!((malformed.number(), Malformed::of_number(number)), (number, Some(malformed)));
    }
}

/// Pieces of requests, in order and out of it.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "GET / HTTP/1.1\r\n",
        "POST /a?b HTTP/1.1\r\n",
        "POST / HTTP/1.0\r\n",
        "Host: a\r\n",
        "Content-Length: 3\r\n",
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "\r\n",
        "\n",
        "abc",
        "3\r\nabc\r\n",
        "3;x=y\r\nabc\r\n",
        "0\r\n\r\n",
        "0\r\nA: b\r\n\r\n",
        " ",
        "GET / HTTP/1.1\r\n\r\n",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    /// What arrives in pieces is what arrives at once.
    #[test]
    fn pieces_change_nothing(bytes in bytes(), piece in 1..40_usize) {
        prop_assert_eq!(feed(&bytes, piece), feed(&bytes, usize::MAX / 2));
    }

    /// What is passed on as a head is one head to the parser behind, which has no other idea of where it ends.
    #[test]
    fn the_parser_behind_reads_the_same_requests(bytes in bytes()) {
        let mut framing = Framing::new(LIMITS);
        let mut passed = 0;
        while passed < bytes.len() {
            let at_head = framing.is_at_head();
            let Step::Pass(length) = framing.step(&bytes[passed..]) else { break };
            if at_head {
                let mut fields = [httparse::EMPTY_HEADER; 16];
                let parsed = httparse::Request::new(&mut fields).parse(&bytes[passed..]);
                prop_assert_eq!(parsed, Ok(httparse::Status::Complete(length)));
            }
            passed += length;
        }
    }

    #[test]
    fn arbitrary_bytes_are_passed_or_refused_in_order(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (_, passed, _) = feed(&bytes, 16);
        prop_assert!(passed <= bytes.len());
    }
}
