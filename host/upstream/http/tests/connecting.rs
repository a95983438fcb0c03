//! Until there is a connection: what an upstream may be, who answers there, and who vouches for it.

use super::*;

#[tokio::test]
async fn an_upstream_that_is_down_is_a_connect_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = failure(&upstream(HttpConfig::new(url)), get()).await;
    assert!(matches!(error, FetchError::Connect(_)), "{error:?}");
    assert!(!error.is_timeout());
}

#[tokio::test]
async fn a_handshake_in_silence_is_a_connect_timeout() {
    let origin = Origin::start([vec![Stall]]).await;
    let url = format!("https://{}", origin.address).parse().unwrap();
    let config = HttpConfig { connect_timeout: Duration::from_millis(50), ..HttpConfig::new(url) };
    let error = failure(&upstream(config), get()).await;
    assert!(matches!(error, FetchError::ConnectTimeout), "{error:?}");
    assert!(error.is_timeout());
}

#[tokio::test]
async fn a_handshake_with_something_else_is_a_tls_error() {
    let origin = Origin::start([vec![write("220 mail.example ESMTP\r\n"), Stall]]).await;
    let url = format!("https://{}", origin.address).parse().unwrap();
    let error = failure(&upstream(HttpConfig::new(url)), get()).await;
    assert!(matches!(error, FetchError::Tls(_)), "{error:?}");
}

/// Answers one request over TLS as `localhost` and 127.0.0.1, certified by `tests/root.pem`.
fn tls_origin(address: &str) -> u16 {
    let pem = include_bytes!("origin.pem");
    let certificate = CertificateDer::from_pem_slice(pem).unwrap();
    let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = std::net::TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, socket);
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            // A client that does not trust us leaves.
            let Ok(1) = stream.read(&mut byte) else { return };
            request.extend_from_slice(&byte);
        }
        stream.write_all(OK.as_bytes()).unwrap();
    });
    port
}

#[tokio::test]
async fn a_certificate_is_trusted_for_its_names_if_the_configured_root_vouches_for_it() {
    let root = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/host/upstream/http/tests/root.pem"));
    let table = [
        ("localhost", "127.0.0.1", root, true),
        ("127.0.0.1", "127.0.0.1", root, true),
        ("127.0.0.2", "127.0.0.2", root, false),
        ("localhost", "127.0.0.1", None, false),
    ];
    for (name, address, ca, trusted) in table {
        let url = format!("https://{name}:{}", tls_origin(address)).parse().unwrap();
        let config = HttpConfig { ca: ca.map(PathBuf::from), preserve_host: true, ..HttpConfig::new(url) };
        match upstream(config).fetch(get()).await {
            Ok(response) => {
                assert!(trusted, "{name} {ca:?}");
                assert_eq!(content(response.body).await.unwrap(), "ok");
            }
            Err(error) => assert!(!trusted && matches!(error, FetchError::Tls(_)), "{name} {ca:?}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn an_upstream_that_cannot_work_is_not_set_up() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let missing = folder.path().join("missing.pem");
    let table = [
        ("/path", None, "write http://host"),
        ("ftp://origin.example", None, "write http://host"),
        ("http://origin.example/?a", None, "no query"),
        ("http://me:secret@origin.example/", None, "no query and no credentials"),
        ("https://origin.example", Some(empty), "empty.pem contains no certificate"),
        ("https://origin.example", Some(missing), "missing.pem"),
    ];
    for (url, ca, expected) in table {
        let config = HttpConfig { ca, ..HttpConfig::new(url.parse().unwrap()) };
        let error = HttpUpstream::new(config).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
