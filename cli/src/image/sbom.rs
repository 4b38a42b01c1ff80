//! The bill of materials: what `eap-api` is made of, as `CycloneDX`. Read from Cargo.lock by way of `cargo metadata`;
//! the same lock file makes the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::manifest::Blob;
use super::platform::Platform;
use super::revision::Revision;
use crate::failure::{Doing, Failure};
use crate::process::{ChildTalk, Invocation};

/// Media type of the bill.
pub const CYCLONEDX: &str = "application/vnd.cyclonedx+json";
const ROOT: &str = "eap-api";

/// Writes the bill of `eap-api` in `checkout` for `platform`.
pub async fn bill_of(
    cargo: PathBuf,
    checkout: &Path,
    platform: Platform,
    revision: &Revision,
) -> Result<Blob, Failure> {
    let triple = platform.targets()[1].triple;
    let arguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform", triple];
    let said = Invocation::new(cargo).arguments(arguments).within(checkout).run(ChildTalk::Kept).await?;
    let metadata: Metadata = serde_json::from_slice(&said).doing(|| "read what cargo says".to_owned())?;
    let lock = std::fs::read_to_string(checkout.join("Cargo.lock")).doing(|| "read Cargo.lock".to_owned())?;
    Blob::json(CYCLONEDX, &document(&metadata, &checksums(&lock), revision)?)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

/// `kind` is absent for what is linked in, else `build` or `dev`.
#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

fn document(
    metadata: &Metadata,
    checksums: &BTreeMap<(String, String), String>,
    revision: &Revision,
) -> Result<Value, Failure> {
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let root = metadata.packages.iter().find(|package| package.name == ROOT);
    let root = root.ok_or_else(|| Failure::failed(format!("cargo knows no package {ROOT}")))?;

    let mut linked = BTreeSet::from([root.id.as_str()]);
    let mut waiting = vec![root.id.as_str()];
    let mut dependencies = BTreeMap::new();
    while let Some(id) = waiting.pop() {
        let on = nodes.get(id).map(|node| linked_by(node)).unwrap_or_default();
        waiting.extend(on.iter().copied().filter(|id| linked.insert(id)));
        let names: BTreeSet<String> = on.iter().filter_map(|id| packages.get(id)).map(|p| purl(p)).collect();
        if let Some(package) = packages.get(id) {
            dependencies.insert(purl(package), names);
        }
    }
    let mut components: Vec<(String, Value)> = linked
        .iter()
        .filter(|id| **id != root.id)
        .filter_map(|id| packages.get(id))
        .map(|package| (purl(package), component(package, "library", checksums)))
        .collect();
    components.sort_by(|(one, _), (other, _)| one.cmp(other));
    let dependencies: Vec<Value> =
        dependencies.into_iter().map(|(purl, on)| json!({"ref": purl, "dependsOn": on})).collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": revision.time.to_string(),
            "component": component(root, "application", checksums),
        },
        "components": components.into_iter().map(|(_, component)| component).collect::<Vec<_>>(),
        "dependencies": dependencies,
    }))
}

/// What is in the program, as opposed to what helps to build or test it.
fn linked_by(node: &Node) -> Vec<&str> {
    let linked = |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
    node.deps.iter().filter(linked).map(|dependency| dependency.pkg.as_str()).collect()
}

fn component(package: &Package, kind: &str, checksums: &BTreeMap<(String, String), String>) -> Value {
    let purl = purl(package);
    let mut component = json!({
        "type": kind,
        "bom-ref": purl,
        "purl": purl,
        "name": package.name,
        "version": package.version,
    });
    if let Some(license) = &package.license {
        // Cargo once took a slash for OR; the specification does not.
        component["licenses"] =
            json!([{"expression": license.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")}]);
    }
    if let Some(checksum) = checksums.get(&(package.name.clone(), package.version.clone())) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    if let Some(url) = package.repository.as_deref().filter(|url| url.starts_with("https://")) {
        component["externalReferences"] = json!([{"type": "vcs", "url": url}]);
    }
    component
}

fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version.replace('+', "%2B"))
}

/// Checksums by name and version, from the lines of a lock file.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut checksums = BTreeMap::new();
    let (mut name, mut version) = (String::new(), String::new());
    for line in lock.lines() {
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let value = value.trim_matches('"').to_owned();
        match key {
            "name" => name = value,
            "version" => version = value,
            "checksum" => drop(checksums.insert((name.clone(), version.clone()), value)),
            _ => {}
        }
    }
    checksums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_linked_in_is_on_the_bill() {
        let package = |name: &str| json!({"id": format!("id {name}"), "name": name, "version": "1.0.0", "license": "MIT / Apache-2.0", "repository": null});
        let dependency = |name: &str, kind: Value| json!({"pkg": format!("id {name}"), "dep_kinds": [{"kind": kind, "target": null}]});
        let metadata = json!({
            "packages": [package("eap-api"), package("linked"), package("deep"), package("builds"), package("tests"), package("eap")],
            "resolve": {"nodes": [
                {"id": "id eap-api", "deps": [dependency("linked", Value::Null), dependency("builds", json!("build")), dependency("tests", json!("dev"))]},
                {"id": "id linked", "deps": [dependency("deep", Value::Null)]},
                {"id": "id deep", "deps": []},
                {"id": "id eap", "deps": [dependency("tests", Value::Null)]},
            ]}
        });
        let metadata: Metadata = serde_json::from_value(metadata).expect("metadata");
        let lock = "[[package]]\nname = \"deep\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n";
        let revision = Revision { commit: "c".into(), time: jiff::Timestamp::UNIX_EPOCH, dirty: false };
        let bill = document(&metadata, &checksums(lock), &revision).expect("a bill");
        let names: Vec<&str> = bill["components"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|c| c["name"].as_str())
            .collect();
        assert_eq!(names, ["deep", "linked"]);
        assert_eq!(bill["metadata"]["component"]["purl"], "pkg:cargo/eap-api@1.0.0");
        assert_eq!(bill["components"][0]["hashes"][0]["content"], "abc");
        assert_eq!(bill["components"][1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(
            bill["dependencies"],
            json!([
                {"ref": "pkg:cargo/deep@1.0.0", "dependsOn": []},
                {"ref": "pkg:cargo/eap-api@1.0.0", "dependsOn": ["pkg:cargo/linked@1.0.0"]},
                {"ref": "pkg:cargo/linked@1.0.0", "dependsOn": ["pkg:cargo/deep@1.0.0"]},
            ])
        );
    }
}
