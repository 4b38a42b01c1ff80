//! Whether a port is free, and who holds it. Linux names the holder; elsewhere it stays unknown.

use std::net::{IpAddr, SocketAddr, TcpListener};

use crate::failure::{Doing, Failure};

/// Fails when nobody can listen on `address`, naming the holder where the system tells.
pub(super) fn require_free(address: SocketAddr) -> Result<(), Failure> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(taken(address)),
        Err(error) => {
            Err(error).doing(|| format!("listen on {address}")).map_err(|failure| match address.ip() {
                ip if address.port() < 1024 => {
                    failure.hint(format!("ports below 1024 of {ip} are for the system"))
                }
                _ => failure.hint("`--listen ADDRESS` must be an address of this machine"),
            })
        }
    }
}

/// The address that reaches a listener on this machine: a wildcard is no destination.
pub(super) fn reachable(listen: IpAddr) -> IpAddr {
    match listen {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    }
}

fn taken(address: SocketAddr) -> Failure {
    let port = address.port();
    let another =
        format!("choose another port, for example `--port {}`", port.checked_add(1).unwrap_or(8000));
    match holder_of(port) {
        Some((pid, name)) => Failure::failed(format!("port {port} is taken by {name} (process {pid})"))
            .hint(another)
            .hint(format!("or stop that process: `kill {pid}`")),
        None => Failure::failed(format!("port {port} is taken by another process")).hint(another),
    }
}

#[cfg(not(target_os = "linux"))]
fn holder_of(_port: u16) -> Option<(u32, String)> {
    None
}

/// The process that listens on `port`: the socket's inode from the kernel's table, then who has it open.
#[cfg(target_os = "linux")]
fn holder_of(port: u16) -> Option<(u32, String)> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let holds = std::fs::read_dir(entry.path().join("fd"))
            .ok()?
            .flatten()
            .filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok())
            .any(|target| inodes.iter().any(|inode| target.as_os_str() == inode.as_str()));
        let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
        holds.then(|| (pid, name.trim().to_owned()))
    })
}

/// Inodes of the sockets in `table` (`/proc/net/tcp`) that listen on `port`; state `0A` is LISTEN.
#[cfg(target_os = "linux")]
fn listening_inodes(table: &str, port: u16) -> Vec<u64> {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (_, port_in_hex) = fields.get(1)?.rsplit_once(':')?;
            let listens = *fields.get(3)? == "0A" && u16::from_str_radix(port_in_hex, 16) == Ok(port);
            listens.then(|| fields.get(9)?.parse().ok()).flatten()
        })
        .collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_port_is_found() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (pid, _) = holder_of(address.port()).expect("a holder");
        assert_eq!(pid, std::process::id());
        let failure = require_free(address).expect_err("taken");
        let expected = format!("port {} is taken by ", address.port());
        assert!(failure.to_string().starts_with(&expected), "{failure}");
        drop(listener);
        assert!(require_free(address).is_ok());
    }

    #[test]
    fn only_listeners_on_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1\n\
             1: 0100007F:1F40 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1\n\
             2: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1\n";
        assert_eq!(listening_inodes(table, 8000), [4711]);
    }
}
