//! Redirects: which are followed, how far, and what is not told to whom they lead.

use super::*;

#[tokio::test]
async fn redirects_within_the_upstream_are_followed() {
    for location in ["/there", "there", "http://{origin}/there", "//{origin}/there", "/x/../there#fragment"] {
        for status in [301, 302, 303, 307, 308] {
            let redirect = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let origin = Origin::start([vec![Head, write(redirect), Head, write(OK)]]).await;
            let response = origin.upstream().fetch(follow()).await.unwrap();
            assert_eq!(content(response.body).await.unwrap(), "ok");
            assert!(origin.requests()[1].starts_with("GET /there HTTP/1.1\r\n"), "{location}");
        }
    }
}

#[tokio::test]
async fn redirects_are_answers_when_not_followed() {
    let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let without_location = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n";
    let choices = "HTTP/1.1 300 Multiple Choices\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n";
    let table = [
        (redirect, get()),
        (redirect, request(Method::POST, Redirects::Follow)),
        (redirect, Request { body: SlowBody::boxed(&["x"], Duration::ZERO, false), ..follow() }),
        (without_location, follow()),
        (choices, follow()),
    ];
    for (answer, request) in table {
        let origin = Origin::answering(answer).await;
        let response = origin.upstream().fetch(request).await.unwrap();
        assert!(response.status.is_redirection());
    }
}

/// Fault 26.
#[tokio::test]
async fn a_redirect_loop_ends_after_three() {
    let origin = Origin::answering("HTTP/1.1 302 Found\r\nLocation: /a?b=c\r\nContent-Length: 0\r\n\r\n").await;
    let error = failure(&origin.upstream(), follow()).await;
    assert!(matches!(error, FetchError::TooManyRedirects), "{error:?}");
    assert_eq!(origin.requests().len(), 4);
}

/// Fault 26. Nothing listens at most of these; what matters is that nobody knocks.
#[tokio::test]
async fn a_redirect_to_an_address_that_is_not_public_is_forbidden() {
    let other = Origin::answering(OK).await;
    let port = other.address.port();
    let table = [
        format!("http://{}/", other.address),
        format!("https://{}/", other.address),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]/".to_owned(),
        "http://[fd00:ec2::254]/latest/".to_owned(),
        "//10.0.0.1/".to_owned(),
    ];
    for location in table {
        let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let origin = Origin::answering(&redirect).await;
        let error = failure(&origin.upstream(), follow()).await;
        assert!(matches!(error, FetchError::ForbiddenAddress(_)), "{location}: {error:?}");
    }
    assert_eq!(other.requests(), [""; 0]);
}

#[tokio::test]
async fn a_redirect_that_makes_no_sense_is_an_error() {
    let table = [
        ("ftp://files.example/a", BadRedirect::Scheme),
        ("http://me:secret@{origin}/", BadRedirect::Credentials),
        ("http://", BadRedirect::Location),
    ];
    for (location, expected) in table {
        let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let origin = Origin::answering(&redirect).await;
        let error = failure(&origin.upstream(), follow()).await;
        assert!(matches!(error, FetchError::BadRedirect(bad) if bad == expected), "{location}: {error:?}");
    }
}

#[test]
fn credentials_and_host_stay_with_the_upstream() {
    let config = HttpConfig::new("http://origin.example".parse().unwrap());
    let upstream = HttpUpstream::new(HttpConfig { preserve_host: true, ..config }).unwrap();
    let secrets = [("authorization", "secret"), ("cookie", "a=b"), ("accept", "image/*")];
    let mut message = Message {
        uri: Uri::from_static("http://origin.example:80/a"),
        method: Method::GET,
        fields: with_fields(get(), &secrets).fields,
    };
    let authority = Authority::from_static("client.example");
    assert!(std::ptr::eq(upstream.aim(&mut message, &authority), &upstream.own));
    assert_eq!(message.fields.len(), 4);
    assert_eq!(message.fields[header::HOST], "client.example");
    message.uri = Uri::from_static("http://other.example/a");
    assert!(std::ptr::eq(upstream.aim(&mut message, &authority), &upstream.public));
    let names: Vec<_> = message.fields.keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["accept"]);
}
