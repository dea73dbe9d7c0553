//! From a name to addresses: once per connection, and only for a name that the dialer has already agreed to. It decides nothing.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use futures::FutureExt;
use futures::future::BoxFuture;

/// A way to look names up.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of a name.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The machine's own resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Resolve for SystemNames {
    #[expect(clippy::disallowed_methods, reason = "this is the one look-up of the house; the dialer checks what comes back")]
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) }.boxed()
    }
}

/// A fixed table of names, for tests and for sites without DNS. Other names do not exist.
#[derive(Clone, Debug, Default)]
pub struct FixedNames(HashMap<String, Vec<IpAddr>>);

impl FixedNames {
    /// From pairs of name and addresses.
    pub fn new<'a>(names: impl IntoIterator<Item = (&'a str, Vec<IpAddr>)>) -> Self {
        Self(names.into_iter().map(|(name, addresses)| (name.to_owned(), addresses)).collect())
    }
}

impl Resolve for FixedNames {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let found = self.0.get(host).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
        std::future::ready(found).boxed()
    }
}

/// Somebody who looks on: the tests' dial log (threats SSR-12). Never a log file: names and addresses are not for those.
pub trait Watch: Send + Sync + 'static {
    /// A name is about to be looked up.
    fn resolving(&self, host: &str);

    /// A connection to this address is about to be opened.
    fn connecting(&self, address: SocketAddr);
}
