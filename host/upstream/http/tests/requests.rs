//! What an upstream is sent: target, fields and content.

use super::*;

#[tokio::test]
async fn the_configured_path_comes_before_the_target() {
    for (path, expected) in [("", "/a?b=c"), ("/", "/a?b=c"), ("/x/y", "/x/y/a?b=c"), ("/x/", "/x/a?b=c")] {
        let origin = Origin::answering(OK).await;
        let url = format!("http://{}{path}", origin.address).parse().unwrap();
        upstream(HttpConfig::new(url)).fetch(get()).await.unwrap();
        assert_eq!(origin.requests()[0].lines().next().unwrap(), format!("GET {expected} HTTP/1.1"));
    }
}

#[tokio::test]
async fn only_end_to_end_fields_are_sent() {
    let origin = Origin::answering(OK).await;
    let request = with_fields(
        get(),
        &[
            ("accept", "image/avif"),
            ("connection", "x-mine, host, content-length"),
            ("content-length", "7"),
            ("expect", "100-continue"),
            ("host", "client.example"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "secret"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("x-forwarded-host", "evil.example"),
            ("x-mine", "1"),
        ],
    );
    origin.upstream().fetch(request).await.unwrap();
    let host = format!("host: {}", origin.address);
    assert_eq!(lines(&origin.requests()[0]), ["accept: image/avif", &host, "via: 1.1 lucarne"]);
}

#[tokio::test]
async fn only_end_to_end_fields_are_passed_on() {
    let origin = Origin::answering(
        "HTTP/1.1 200 OK\r\nConnection: x-mine, Cache-Control\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n\
         Trailer: x-later\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\nX-Mine: 1\r\nCache-Control: private\r\n\r\n\
         2\r\nok\r\n0\r\nx-later: 1\r\n\r\n",
    )
    .await;
    let response = origin.upstream().fetch(get()).await.unwrap();
    let names: Vec<_> = response.fields.keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["cache-control"]);
    let collected = http_body_util::BodyExt::collect(response.body).await.unwrap();
    assert!(collected.trailers().is_none());
    assert_eq!(collected.to_bytes(), "ok");
}

#[tokio::test]
async fn the_host_sent_is_the_clients_only_where_configured() {
    for preserve_host in [false, true] {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n";
        let origin = Origin::start([vec![Head, write(redirect), Head, write(OK)]]).await;
        let upstream = upstream(HttpConfig { preserve_host, ..origin.config() });
        upstream.fetch(with_fields(follow(), &[("host", "evil.example")])).await.unwrap();
        let own = origin.address.to_string();
        let expected = format!("host: {}", if preserve_host { "client.example" } else { &own });
        for request in origin.requests() {
            assert!(lines(&request).contains(&expected), "{request}");
        }
    }
}

#[tokio::test]
async fn content_is_framed_by_what_it_is() {
    let sized =
        || RequestBody::Stream(http_body_util::Full::from("abc").map_err(|never| match never {}).boxed_unsync());
    let table = [
        (Method::POST, sized(), "abc", "content-length: 3"),
        (Method::POST, SlowBody::boxed(&["abc"], Duration::ZERO, false), "0\r\n\r\n", "transfer-encoding: chunked"),
        (Method::POST, RequestBody::Empty, "\r\n\r\n", "content-length: 0"),
    ];
    for (method, body, end, expected) in table {
        let origin = Origin::start([vec![Until(end), write(OK)]]).await;
        let request = with_fields(request(method, Redirects::Never), &[("content-length", "99")]);
        origin.upstream().fetch(Request { body, ..request }).await.unwrap();
        let requests = origin.requests();
        let framing: Vec<_> = requests[0]
            .lines()
            .filter(|line| line.starts_with("content-length") || line.starts_with("transfer"))
            .collect();
        assert_eq!(framing, [expected]);
    }
}

#[tokio::test]
async fn a_slow_upload_is_not_the_upstreams_silence() {
    let origin = Origin::start([vec![Until("0\r\n\r\n"), write(OK)]]).await;
    let first_byte_timeout = Duration::from_millis(250);
    let upstream = upstream(HttpConfig { first_byte_timeout, ..origin.config() });
    let body = SlowBody::boxed(&["a", "b"], first_byte_timeout * 2, false);
    let response = upstream.fetch(Request { body, ..request(Method::POST, Redirects::Never) }).await;
    assert!(response.is_ok(), "{response:?}");
}

#[tokio::test]
async fn an_upload_that_is_not_taken_is_the_upstreams_silence() {
    let origin = Origin::start([vec![Stall]]).await;
    let upstream = upstream(HttpConfig { first_byte_timeout: Duration::from_millis(50), ..origin.config() });
    let large = Bytes::from(vec![0; 64 << 20]);
    let body = RequestBody::Stream(http_body_util::Full::new(large).map_err(|never| match never {}).boxed_unsync());
    let error = failure(&upstream, Request { body, ..request(Method::POST, Redirects::Never) }).await;
    assert!(matches!(error, FetchError::FirstByteTimeout), "{error:?}");
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_the_clients_fault() {
    let origin = Origin::start([vec![Until("never"), Stall]]).await;
    let body = SlowBody::boxed(&["abc"], Duration::ZERO, true);
    let error = failure(&origin.upstream(), Request { body, ..request(Method::POST, Redirects::Never) }).await;
    assert!(matches!(error, FetchError::RequestBody(_)), "{error:?}");
}
