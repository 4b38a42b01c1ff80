//! The dashboard's files, in the binary, each compressed once. Their addresses carry a digest of all of them, so that
//! browsers may keep them for good. Knows no request.

use std::{collections::BTreeMap, io::Write as _, sync::LazyLock};

use axum::body::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// The page; `{{assets}}` in it stands for the address of the files.
static PAGE: &str = include_str!("../../../assets/dashboard/index.html");

/// Every file but the page, by its path below the folder.
static FILES: [(&str, &[u8]); 38] = [
    ("account.js", include_bytes!("../../../assets/dashboard/account.js")),
    ("address.js", include_bytes!("../../../assets/dashboard/address.js")),
    ("api.js", include_bytes!("../../../assets/dashboard/api.js")),
    ("charts/columns.js", include_bytes!("../../../assets/dashboard/charts/columns.js")),
    ("charts/line.js", include_bytes!("../../../assets/dashboard/charts/line.js")),
    ("charts/plot.js", include_bytes!("../../../assets/dashboard/charts/plot.js")),
    ("charts/scatter.js", include_bytes!("../../../assets/dashboard/charts/scatter.js")),
    ("controls.js", include_bytes!("../../../assets/dashboard/controls.js")),
    ("dates.js", include_bytes!("../../../assets/dashboard/dates.js")),
    ("dom.js", include_bytes!("../../../assets/dashboard/dom.js")),
    ("exact.js", include_bytes!("../../../assets/dashboard/exact.js")),
    ("exports.js", include_bytes!("../../../assets/dashboard/exports.js")),
    ("format.js", include_bytes!("../../../assets/dashboard/format.js")),
    ("icon.svg", include_bytes!("../../../assets/dashboard/icon.svg")),
    ("main.js", include_bytes!("../../../assets/dashboard/main.js")),
    ("models.js", include_bytes!("../../../assets/dashboard/models.js")),
    ("pages/cohorts.js", include_bytes!("../../../assets/dashboard/pages/cohorts.js")),
    ("pages/customers.js", include_bytes!("../../../assets/dashboard/pages/customers.js")),
    ("pages/customers_models.js", include_bytes!("../../../assets/dashboard/pages/customers_models.js")),
    ("pages/data.js", include_bytes!("../../../assets/dashboard/pages/data.js")),
    ("pages/live.js", include_bytes!("../../../assets/dashboard/pages/live.js")),
    ("pages/one_customer.js", include_bytes!("../../../assets/dashboard/pages/one_customer.js")),
    ("pages/overview.js", include_bytes!("../../../assets/dashboard/pages/overview.js")),
    ("pages/products.js", include_bytes!("../../../assets/dashboard/pages/products.js")),
    ("pages/products_models.js", include_bytes!("../../../assets/dashboard/pages/products_models.js")),
    ("pages/sales.js", include_bytes!("../../../assets/dashboard/pages/sales.js")),
    ("pages/sales_models.js", include_bytes!("../../../assets/dashboard/pages/sales_models.js")),
    ("parts.css", include_bytes!("../../../assets/dashboard/parts.css")),
    ("parts.js", include_bytes!("../../../assets/dashboard/parts.js")),
    ("sign_in.js", include_bytes!("../../../assets/dashboard/sign_in.js")),
    ("style.css", include_bytes!("../../../assets/dashboard/style.css")),
    ("tables.css", include_bytes!("../../../assets/dashboard/tables.css")),
    ("tables.js", include_bytes!("../../../assets/dashboard/tables.js")),
    ("theme.js", include_bytes!("../../../assets/dashboard/theme.js")),
    ("vendor/uplot.css", include_bytes!("../../../assets/dashboard/vendor/uplot.css")),
    ("vendor/uplot.js", include_bytes!("../../../assets/dashboard/vendor/uplot.js")),
    ("view.js", include_bytes!("../../../assets/dashboard/view.js")),
    ("widgets.css", include_bytes!("../../../assets/dashboard/widgets.css")),
];

/// All of it, made once.
pub(super) static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::new);

/// The page and its files.
pub(super) struct Assets {
    /// Digest of everything.
    pub(super) version: String,
    /// The page.
    pub(super) page: Body,
    /// By path.
    pub(super) files: BTreeMap<&'static str, Asset>,
}

/// A file.
pub(super) struct Asset {
    /// Media type.
    pub(super) kind: &'static str,
    /// Content.
    pub(super) body: Body,
}

/// Content in both shapes that clients take.
pub(super) struct Body {
    /// As it is.
    pub(super) plain: Bytes,
    /// Compressed.
    pub(super) gzip: Bytes,
}

impl Assets {
    fn new() -> Self {
        let mut hash = Sha256::new();
        for (name, bytes) in FILES.iter().chain([&("index.html", PAGE.as_bytes())]) {
            for part in [name.as_bytes(), bytes] {
                hash.update(part.len().to_be_bytes());
                hash.update(part);
            }
        }
        let version = crate::access::key::hex(&hash.finalize()[..8]);
        let page = PAGE.replace("{{assets}}", &format!("/dashboard/assets/{version}"));
        let asset = |(name, bytes): &(&'static str, &[u8])| {
            (*name, Asset { kind: kind(name), body: Body::new(bytes) })
        };
        Self { version, page: Body::new(page.as_bytes()), files: FILES.iter().map(asset).collect() }
    }
}

impl Body {
    fn new(plain: &[u8]) -> Self {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory cannot fail.
        let _ = gzip.write_all(plain);
        Self { plain: Bytes::copy_from_slice(plain), gzip: gzip.finish().unwrap_or_default().into() }
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// What the first view may weigh, compressed.
    const FIRST_VIEW_MOST_BYTES: usize = 100 * 1024;

    fn in_folder(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{below}{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                in_folder(&entry.path(), &format!("{path}/"), found);
            } else if [".js", ".css", ".svg"].iter().any(|end| path.ends_with(end)) {
                found.insert(path);
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_served() {
        let mut found = BTreeSet::new();
        in_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/dashboard"), "", &mut found);
        let served: BTreeSet<String> = ASSETS.files.keys().map(|name| (*name).to_owned()).collect();
        assert_eq!(served, found);
    }

    #[test]
    fn the_first_view_is_small() {
        // All files together, which is more than the first view loads.
        let sum: usize = ASSETS.files.values().map(|asset| asset.body.gzip.len()).sum();
        let sum = sum + ASSETS.page.gzip.len();
        assert!(sum <= FIRST_VIEW_MOST_BYTES, "{sum} bytes");
    }

    #[test]
    fn the_page_runs_nothing_in_place() {
        for forbidden in ["<style", "style=", "onclick", "onload", "javascript:", "http://", "https://"] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        let scripts = PAGE.matches("<script").count();
        assert_eq!(scripts, PAGE.matches("src=\"{{assets}}/").count(), "every script is a file");
    }
}
