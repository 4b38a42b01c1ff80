//! How tests speak HTTP.

/// A client whose TLS has its cryptography.
pub fn client() -> reqwest::blocking::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder()
}
