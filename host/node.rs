//! A node, put together from its configuration: components loaded, upstreams opened, sockets bound, then run until it
//! is told to stop.

mod assemble;

pub use assemble::{NodeParts, StartError};
pub(crate) use assemble::{component_spec, open_upstream, purge_token, sandbox_size};

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::admin::{Admin, Readiness};
use crate::clock::Clock;
use crate::config::Config;
use crate::gateway::Gateway;
use crate::server::Server;

/// How long the disk may take for what waits to be written: at most 64 MiB, which any disk writes in less.
const CLOSING: Duration = Duration::from_secs(10);

/// A node that has its sockets.
pub struct Node {
    gateway: Arc<Gateway>,
    server: Server,
    admin: Option<Admin>,
    readiness: Arc<Readiness>,
    drain_timeout: Duration,
}

impl Node {
    /// Puts a node together and binds its sockets.
    ///
    /// # Errors
    /// What of the configuration cannot be had on this machine.
    pub async fn bind(config: &Config, parts: NodeParts, clock: Clock) -> Result<Self, StartError> {
        let gateway = Arc::new(assemble::gateway(config, parts, clock)?);
        let readiness = Arc::new(Readiness::default());
        let server = Server::new(listen(config.listen).await?, Arc::clone(&gateway), assemble::server_settings(config));
        let admin = match config.admin {
            Some(address) => Some(Admin::new(listen(address).await?, Arc::clone(&gateway), Arc::clone(&readiness))),
            None => None,
        };
        Ok(Self { gateway, server, admin, readiness, drain_timeout: config.drain_timeout })
    }

    /// Where clients are served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where the admin interface is.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::address)
    }

    /// What answers requests.
    #[must_use]
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Serves until `stop` is done; then lets the requests in flight finish, for as long as the drain timeout allows.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (tell, told) = watch::channel(false);
        let admin = self.admin.map(|admin| tokio::spawn(admin.run()));
        let server = tokio::spawn(self.server.run(told));
        let watching = tokio::spawn(Arc::clone(&self.gateway).watch_what_is_used());
        self.readiness.ready();
        stop.await;
        self.readiness.draining();
        tracing::info!(timeout = ?self.drain_timeout, "draining");
        // Nobody listening any more means that the server is gone already.
        let _listening = tell.send(true);
        let drained = tokio::time::timeout(self.drain_timeout, async {
            if let Err(error) = server.await {
                tracing::error!(%error, "the server ended abnormally");
            }
            self.gateway.tasks.close();
            self.gateway.tasks.wait().await;
        });
        if drained.await.is_err() {
            tracing::warn!("some requests were cut off at the drain timeout");
        }
        watching.abort();
        if let Some(disk) = &self.gateway.disk {
            self.gateway.keep_what_was_used_again();
            if tokio::time::timeout(CLOSING, disk.close()).await.is_err() {
                tracing::warn!("the disk did not take all that was to be written");
            }
        }
        if let Some(admin) = admin {
            admin.abort();
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}
