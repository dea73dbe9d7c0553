//! A network that reaches nobody, until the dialer is there.

use futures::future::BoxFuture;
use haven::federation::dialer::{Answer, Call, Transport, TransportError};

/// Reaches nobody.
pub struct NoNetwork;

impl Transport for NoNetwork {
    fn send<'a>(&'a self, _call: Call<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(async { Err(TransportError::Connect) })
    }
}
