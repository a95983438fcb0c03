//! Answers: whole, slow, cut short, against the protocol, and lost.

use super::*;

#[tokio::test]
async fn an_answer_is_passed_on() {
    let origin = Origin::answering(OK).await;
    let response = origin.upstream().fetch(get()).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.fields[header::CONTENT_LENGTH], "2");
    assert_eq!(content(response.body).await.unwrap(), "ok");
}

#[tokio::test]
async fn silence_after_the_request_is_a_first_byte_timeout() {
    let slow_head = "HTTP/1.1 200 OK\r\nContent-Le";
    for script in [vec![Stall], vec![Head, Stall], vec![Head, write(slow_head), Stall]] {
        let origin = Origin::start([script]).await;
        let config = HttpConfig { first_byte_timeout: Duration::from_millis(50), ..origin.config() };
        let error = failure(&upstream(config), get()).await;
        assert!(matches!(error, FetchError::FirstByteTimeout), "{error:?}");
        assert!(error.is_timeout());
    }
}

#[tokio::test]
async fn a_stall_within_the_body_is_a_between_bytes_timeout() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    for written in [head.to_owned(), format!("{head}123")] {
        let origin = Origin::start([vec![Head, write(written), Stall]]).await;
        let config = HttpConfig { between_bytes_timeout: Duration::from_millis(50), ..origin.config() };
        let error = failure(&upstream(config), get()).await;
        assert!(matches!(error, FetchError::BetweenBytesTimeout), "{error:?}");
        assert!(error.is_timeout());
    }
}

#[tokio::test]
async fn a_body_may_take_its_time_if_it_keeps_coming() {
    let between_bytes_timeout = Duration::from_millis(400);
    let pause = Pause(between_bytes_timeout / 2);
    let head = write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    let script = [head, write("a"), write("b"), write("c"), write("d")].into_iter();
    let script = [Head].into_iter().chain(script.flat_map(|act| [act, pause.clone()])).collect();
    let origin = Origin::start([script]).await;
    let config = HttpConfig { between_bytes_timeout, ..origin.config() };
    let response = upstream(config).fetch(get()).await.unwrap();
    assert_eq!(content(response.body).await.unwrap(), "abcd");
}

#[tokio::test]
async fn a_slow_reader_is_not_the_upstreams_fault() {
    let body = "x".repeat(1 << 20);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let origin = Origin::answering(&answer).await;
    let between_bytes_timeout = Duration::from_millis(250);
    let config = HttpConfig { between_bytes_timeout, ..origin.config() };
    let mut response = upstream(config).fetch(get()).await.unwrap();
    let first = response.body.frame().await.unwrap().unwrap().into_data().unwrap();
    // Not synchronisation: the reader's pause is what is tested.
    tokio::time::sleep(between_bytes_timeout * 2).await;
    assert_eq!(first.len() + content(response.body).await.unwrap().len(), body.len());
}

/// Faults 16 and 17.
#[tokio::test]
async fn a_body_that_is_cut_short_ends_in_an_error() {
    let with_length = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let table = [
        vec![Head, write(with_length)],
        vec![Head, write(format!("{with_length}123456789"))],
        vec![Head, write(chunked)],
        vec![Head, write(format!("{chunked}5\r\n123"))],
        vec![Head, write(format!("{chunked}5\r\n12345\r\n"))],
        vec![Head, write(format!("{chunked}5\r\n12345\r\n0\r\n"))],
        vec![Head, write(format!("{with_length}123")), Reset],
        vec![Head, write(with_length), Reset],
    ];
    for (case, script) in table.into_iter().enumerate() {
        let origin = Origin::start([script]).await;
        let error = failure(&origin.upstream(), get()).await;
        // A reset may overtake what was written before it.
        assert!(matches!(error, FetchError::ShortBody(_) | FetchError::Reset(_)), "{case}: {error:?}");
        assert!(case >= 6 || matches!(error, FetchError::ShortBody(_)), "{case}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_a_reset() {
    for script in [vec![Head], vec![Head, Reset], vec![Head, write("HTTP/1.1 200 OK\r\nConte")]] {
        let origin = Origin::start([script]).await;
        let error = failure(&origin.upstream(), get()).await;
        assert!(matches!(error, FetchError::Reset(_)), "{error:?}");
        assert_eq!(origin.requests().len(), 1, "a fresh connection is not tried again");
    }
}

/// Faults 19 to 23.
#[tokio::test]
async fn answers_that_break_the_protocol_are_refused() {
    let head = |count: usize, value: usize| {
        let fields: String = (0..count).map(|n| format!("x-{n}: {}\r\n", "x".repeat(value))).collect();
        format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n")
    };
    let is = |reason: &'static str| move |error: &BadResponse| error.to_string().starts_with(reason);
    let malformed = || is("it is not well-formed");
    let table = [
        ("HTTP/1.1 099 Odd\r\n\r\n".to_owned(), malformed()),
        ("HTTP/1.1 1000 Odd\r\n\r\n".to_owned(), malformed()),
        ("HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n".to_owned(), malformed()),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n12345".to_owned(), malformed()),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345".to_owned(), malformed()),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_owned(), malformed()),
        ("SSH-2.0-OpenSSH_9.9\r\n".to_owned(), malformed()),
        ("HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n".to_owned(), is("its status is 600")),
        ("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n".to_owned(), is("its status is 999")),
        ("HTTP/1.1 101 Upgrade\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_owned(), is("its status is 101")),
        ("HTTP/1.1 206 Partial\r\nContent-Length: 0\r\n\r\n".to_owned(), is("it is partial")),
        ("HTTP/1.1 304 Not Modified\r\n\r\n".to_owned(), is("it is 304")),
        (head(3, 22 * 1024), is("its head")),
        (head(8, 32 * 1024), is("its head")),
        (head(500, 1), is("its head")),
    ];
    for (answer, expected) in table {
        let origin = Origin::answering(&answer).await;
        let error = failure(&origin.upstream(), get()).await;
        let start: String = answer.chars().take(60).collect();
        let FetchError::BadResponse(bad) = error else { panic!("{start:?}: {error:?}") };
        assert!(expected(&bad), "{start:?}: {bad:?}");
    }
}

#[tokio::test]
async fn a_partial_or_unmodified_answer_is_passed_on_when_asked_for() {
    let table = [
        (
            "range",
            "bytes=0-1",
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nok",
            206,
        ),
        ("if-none-match", "\"x\"", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", 304),
    ];
    for (name, value, answer, status) in table {
        let origin = Origin::answering(answer).await;
        let response = origin.upstream().fetch(with_fields(get(), &[(name, value)])).await.unwrap();
        assert_eq!(response.status.as_u16(), status);
    }
}

/// Fault 18.
#[tokio::test]
async fn an_answer_without_content_has_none() {
    let table = [
        (Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Some("5")),
        (Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345", Some("5")),
        (Method::GET, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n12345", None),
    ];
    for (method, answer, length) in table {
        let origin = Origin::start([vec![Head, write(answer)]]).await;
        let response = origin.upstream().fetch(request(method, Redirects::Never)).await.unwrap();
        let sent = response.fields.get(header::CONTENT_LENGTH).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(sent.as_deref(), length);
        assert_eq!(content(response.body).await.unwrap(), "");
    }
}

/// Fault 19.
#[tokio::test]
async fn interim_answers_are_not_the_answer() {
    let origin = Origin::answering(&format!("{}{OK}", "HTTP/1.1 102 Processing\r\n\r\n".repeat(100))).await;
    let response = origin.upstream().fetch(get()).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_lost_in_a_stale_connection_is_sent_once_more() {
    let table = [
        (Method::GET, RequestBody::Empty, true),
        (Method::DELETE, RequestBody::Empty, true),
        (Method::POST, RequestBody::Empty, false),
        (Method::PUT, SlowBody::boxed(&["x"], Duration::ZERO, false), false),
    ];
    for (method, body, expected) in table {
        let stale = vec![Head, write(OK), Head];
        let origin = Origin::start([stale.clone(), stale]).await;
        let upstream = origin.upstream();
        content(upstream.fetch(get()).await.unwrap().body).await.unwrap();
        let again = upstream.fetch(Request { body, ..request(method.clone(), Redirects::Never) }).await;
        assert_eq!(again.is_ok(), expected, "{method}: {again:?}");
        assert_eq!(origin.requests().len(), if expected { 3 } else { 2 }, "{method}");
    }
}

/// Fault 25.
#[tokio::test]
async fn a_body_is_collected_up_to_a_limit() {
    let with_length = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    let until_close = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdef";
    for answer in [with_length, chunked, until_close] {
        for (limit, fits) in [(0, false), (5, false), (6, true), (u64::MAX, true)] {
            let origin = Origin::start([vec![Head, write(answer)]]).await;
            let response = origin.upstream().fetch(get()).await.unwrap();
            match response.body.collect(limit).await.unwrap() {
                Collected::Whole(bytes) => {
                    assert!(fits);
                    assert_eq!(bytes, "abcdef");
                }
                Collected::TooLong { prefix, rest } => {
                    assert!(!fits);
                    let prefix = String::from_utf8(prefix.to_vec()).unwrap();
                    assert_eq!(prefix + &content(rest).await.unwrap(), "abcdef");
                }
            }
        }
    }
}
