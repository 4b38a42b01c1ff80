//! `eap-api healthcheck`: for a container without curl.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const TIMEOUT: Duration = Duration::from_secs(3);
/// More than the head of the answer.
const MOST_BYTES: u64 = 4096;

/// Whom to ask.
#[derive(Debug, Args)]
pub(super) struct HealthcheckArguments {
    /// Address that the instance listens on; an unspecified one means this machine
    #[arg(long, env = "HOST", value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,

    /// Port that the instance listens on
    #[arg(long, env = "PORT", default_value_t = 8000)]
    port: u16,
}

pub(super) async fn run(arguments: &HealthcheckArguments) -> Result<ExitCode> {
    let host = if arguments.host.is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { arguments.host };
    let address = SocketAddr::new(host, arguments.port);
    match tokio::time::timeout(TIMEOUT, ask(address)).await {
        Ok(asked) => asked.map(|()| ExitCode::SUCCESS),
        Err(_) => bail!("{address} did not answer within {} s", TIMEOUT.as_secs()),
    }
}

async fn ask(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("connect to {address}"))?;
    let request = format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.with_context(|| format!("ask {address}"))?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer).await.with_context(|| format!("listen to {address}"))?;
    let status = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    if status.starts_with(b"HTTP/1.1 200") {
        return Ok(());
    }
    bail!("{address} answered `{}`", String::from_utf8_lossy(status).escape_debug())
}
