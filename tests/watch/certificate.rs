//! The certificate that users are shown, in a real handshake: how long it is good, and when that is too short.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::{aws::StandIn, skipped};

/// What OpenSSL is to make: a certificate of this machine that nobody else signed.
const WISH: &str = "[req]\nprompt = no\ndistinguished_name = name\nx509_extensions = extensions\n\
    [name]\nCN = api.shop.test\n\
    [extensions]\nbasicConstraints = critical, CA:FALSE\nextendedKeyUsage = serverAuth\n\
    subjectAltName = IP:127.0.0.1\n";
/// As long one side is listened to before the other one's turn.
const TURN: Duration = Duration::from_millis(5);

#[test]
fn a_certificate_that_ends_soon_is_told_with_the_days_that_it_has() {
    for (days, state) in [(21, "Degraded"), (22, "Healthy")] {
        let Some((report, until)) = look_at_one_of(days) else { return };
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "certificate").unwrap();
        // Its first day has begun.
        let detail = format!("good until {until}, {} days", days - 1);
        assert_eq!((&check["detail"], &check["state"]), (&json!(detail), &json!(state)), "{report:#}");
        assert_eq!((&check["value"], &check["unit"]), (&json!(f64::from(days - 1)), &json!("days")));
        let cause = (state == "Degraded").then(|| format!("certificate: {detail}"));
        assert_eq!((&report["verdict"], &report["cause"]), (&json!(state), &json!(cause)));
    }
}

/// What `eap monitor` says of a certificate that is good for so many days, and the last of them. None where nobody can
/// make one.
fn look_at_one_of(days: i32) -> Option<(Value, String)> {
    let account = StandIn::start(|_| None);
    let mut machine = account.machine();
    let wish = machine.write("wish", WISH);
    let (certificate, key) = (machine.path("certificate.pem"), machine.path("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args(["-days", &days.to_string()]).arg("-config").arg(wish);
    openssl.arg("-out").arg(&certificate).arg("-keyout").arg(&key);
    let Ok(made) = openssl.output() else {
        skipped::say("certificates that end soon: there is no openssl here");
        return None;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let until = jiff::Timestamp::now() + Duration::from_secs(86_400 * u64::try_from(days).unwrap());

    // In whole seconds it has just begun.
    std::thread::sleep(Duration::from_millis(1100));
    let address = account.url.trim_start_matches("http://").to_owned();
    machine.set("AWS_ENDPOINT_URL", format!("https://{}", behind_tls(&certificate, &key, address)));
    machine.set("SSL_CERT_FILE", certificate);
    let seen = machine.run(&["monitor", "--env", "staging", "--output", "json"]);
    assert_eq!(seen.code, 0, "{seen}");
    Some((seen.json(), until.strftime("%Y-%m-%d").to_string()))
}

/// An address that shows this certificate, and passes everything on to another one.
fn behind_tls(certificate: &Path, key: &Path, address: String) -> String {
    let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth();
    let config =
        Arc::new(config.with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap());
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let shown = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), TcpStream::connect(&address).unwrap());
            for side in [&near, &far] {
                side.set_read_timeout(Some(TURN)).unwrap();
            }
            let near = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), near);
            std::thread::spawn(move || pass(near, far));
        }
    });
    shown
}

/// Both ways in turn, until one side ends.
fn pass(mut near: impl Read + Write, mut far: TcpStream) {
    while moved(&mut near, &mut far) && moved(&mut far, &mut near) {}
}

/// Whether there may be more.
fn moved(from: &mut impl Read, to: &mut impl Write) -> bool {
    let mut buffer = [0; 16_384];
    match from.read(&mut buffer) {
        Ok(count) => count > 0 && to.write_all(&buffer[..count]).and_then(|()| to.flush()).is_ok(),
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}
