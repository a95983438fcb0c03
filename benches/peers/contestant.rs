//! The servers that are compared, each as its users run it: one core, nothing logged for each request.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::child::{self, Server, free_address, words};

/// What pins a server to the first core.
const PINNED: [&str; 3] = ["taskset", "-c", "0"];

/// A server that takes part.
pub(crate) struct Contestant {
    pub(crate) kind: Kind,
    pub(crate) server: Server,
}

/// Which one.
///
/// A row for this node with another configuration is one more variant here, with its command, its name and its place in
/// `ALL`: one with a disk tier that is slow, for example, to be held against `Lucarne`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Lucarne,
    Nginx,
    Varnish,
}

impl Contestant {
    /// Starts one before this origin.
    pub(crate) fn start(kind: Kind, scratch: &Path, origin: SocketAddr) -> Self {
        let (folder, address) = (scratch.join(kind.name()), free_address());
        fs::create_dir(&folder).unwrap();
        let mut command = match kind {
            Kind::Lucarne => child::lucarne(&PINNED, &folder, &lucarne_config(address, origin)),
            Kind::Nginx => nginx(&folder, address, origin),
            Kind::Varnish => varnish(&folder, address, origin),
        };
        command.stdout(Stdio::null()).stderr(fs::File::create(folder.join("log")).unwrap());
        Self { kind, server: Server::start(command, address) }
    }

    /// Asks twice; the second answer has to be a hit, and whole.
    pub(crate) fn assert_hit(&self, target: &str, length: usize) {
        let mut answer = String::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(self.server.address).unwrap();
            let request = format!("GET {target} HTTP/1.1\r\nhost: bench.example\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            answer.clear();
            stream.read_to_string(&mut answer).unwrap();
        }
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        let is_hit = match self.kind {
            Kind::Lucarne => head.contains("cache-status: lucarne; hit"),
            Kind::Nginx => head.contains("x-cache: hit"),
            // Two numbers: this request's, and that of the request which fetched.
            Kind::Varnish => head.lines().any(|line| {
                line.strip_prefix("x-varnish: ").is_some_and(|numbers| numbers.split_whitespace().count() == 2)
            }),
        };
        assert!(head.starts_with("http/1.1 200") && is_hit, "{}: no hit:\n{head}", self.kind.name());
        assert_eq!(body.len(), length, "{}", self.kind.name());
    }
}

impl Kind {
    /// In the order of their turns.
    pub(crate) const ALL: [Self; 3] = [Self::Lucarne, Self::Nginx, Self::Varnish];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lucarne => "lucarne",
            Self::Nginx => "nginx",
            Self::Varnish => "varnish",
        }
    }
}

fn lucarne_config(address: SocketAddr, origin: SocketAddr) -> String {
    format!(
        "listen = \"{address}\"\n[log]\naccess = \"off\"\n[[site]]\nhosts = [\"*\"]\nupstream = \"origin\"\n\
         [upstream.origin]\nurl = \"http://{origin}\"\n"
    )
}

/// `tcp_nopush` holds back the end of an answer on the loopback interface, so it is off. The field that tells a hit is
/// what its users add.
fn nginx(folder: &Path, address: SocketAddr, origin: SocketAddr) -> Command {
    let path = folder.display();
    let config = format!(
        "daemon off;
worker_processes 1;
user root;
pid {path}/pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush off;
    tcp_nodelay on;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_body_temp_path {path}/body;
    proxy_temp_path {path}/proxy;
    fastcgi_temp_path {path}/fastcgi;
    uwsgi_temp_path {path}/uwsgi;
    scgi_temp_path {path}/scgi;
    proxy_cache_path {path}/cache levels=1:2 keys_zone=bench:10m max_size=1g use_temp_path=off;
    server {{
        listen {address};
        location / {{
            proxy_pass http://{origin};
            proxy_cache bench;
            add_header x-cache $upstream_cache_status;
        }}
    }}
}}
"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config).unwrap();
    let mut command = words(&PINNED, "nginx");
    command.arg("-c").arg(file).args(["-e", "stderr"]);
    command
}

fn varnish(folder: &Path, address: SocketAddr, origin: SocketAddr) -> Command {
    let mut command = words(&PINNED, "varnishd");
    command.args(["-F", "-j", "none", "-T", "none", "-s", "malloc,512m", "-p", "thread_pools=1"]);
    command.args(["-a", &address.to_string(), "-b", &origin.to_string(), "-n"]).arg(folder.join("work"));
    command
}
