//! Whether a peer's door opens: name, port, TLS both ways.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use rustls::{
    CertificateError, ClientConfig, ClientConnection, Stream,
    pki_types::{CertificateDer, ServerName},
};
use url::Url;

use crate::Problem;

/// Where a door is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Its address as peers know it, such as `https://node.example.jp/idwsf`: its host must be in the certificate.
    pub address: String,
    /// Where to call instead of what the host name leads to.
    pub at: Option<SocketAddr>,
}

/// Knocks: makes a connection, shows our certificate if `tls` has one, asks for `/health`, and gives the certificates that
/// were shown. It waits, so that it wants a thread of its own; no step takes longer than `within`, but for finding the name.
///
/// # Errors
/// [`Problem`], from DOC-01 to DOC-08.
pub fn knock(door: &Door, tls: &Arc<ClientConfig>, within: Duration) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let url = Url::parse(&door.address).map_err(|_| Problem::NameUnknown)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or_default();
    let name = ServerName::try_from(host.clone()).map_err(|_| Problem::NameUnknown)?;
    let call = match door.at {
        Some(address) => connect([address].into_iter(), within)?,
        None => connect((host.as_str(), port).to_socket_addrs().map_err(|_| Problem::NameUnknown)?, within)?,
    };
    let mut connection = ClientConnection::new(Arc::clone(tls), name).map_err(|error| of_tls(&error))?;
    spoken(&mut connection, call, &host)?;
    Ok(connection.peer_certificates().unwrap_or_default().iter().map(|one| one.clone().into_owned()).collect())
}

fn connect(addresses: impl Iterator<Item = SocketAddr>, within: Duration) -> Result<TcpStream, Problem> {
    let mut problem = Problem::NameUnknown;
    for address in addresses.take(ADDRESSES_MAX) {
        match TcpStream::connect_timeout(&address, within) {
            Ok(call) => {
                let limits = call.set_read_timeout(Some(within)).and_then(|()| call.set_write_timeout(Some(within)));
                return limits.map(|()| call).map_err(|_| Problem::PortClosed);
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => problem = Problem::Silent,
            Err(_) => problem = Problem::PortClosed,
        }
    }
    Err(problem)
}

/// Shakes hands and asks. In TLS 1.3 it is only with the answer that one learns whether one's own certificate was taken.
fn spoken(connection: &mut ClientConnection, mut call: TcpStream, host: &str) -> Result<(), Problem> {
    while connection.is_handshaking() {
        connection.complete_io(&mut call).map_err(|error| of_io(&error))?;
    }
    let mut stream = Stream::new(connection, &mut call);
    let question = format!("GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).map_err(|error| of_io(&error))?;
    let mut answer = [0; 16];
    match stream.read(&mut answer) {
        Ok(0) => Err(Problem::Silent),
        Ok(_) => Ok(()),
        Err(error) => Err(of_io(&error)),
    }
}

fn of_io(error: &io::Error) -> Problem {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return of_tls(error);
    }
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Problem::Silent,
        _ => Problem::NoTls,
    }
}

fn of_tls(error: &rustls::Error) -> Problem {
    match error {
        rustls::Error::InvalidCertificate(refused) => match refused {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Problem::Ended,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Problem::OtherName,
            _ => Problem::UnknownAuthority,
        },
        rustls::Error::AlertReceived(_) => Problem::OwnCertificateRefused,
        _ => Problem::NoTls,
    }
}

/// How many addresses of one name are tried.
const ADDRESSES_MAX: usize = 4;
