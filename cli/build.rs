//! Writes down the files of the Terraform tree, so that the program carries them and works outside a checkout.

#![expect(clippy::disallowed_methods, reason = "this is how Cargo speaks to a build script")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let root = variable("CARGO_MANIFEST_DIR")?.join("../terraform").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let entry = |file: &PathBuf| {
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy();
        let file = file.to_string_lossy();
        format!("    ({name:?}, include_bytes!({file:?})),\n")
    };
    let table: String = files.iter().map(entry).collect();
    fs::write(variable("OUT_DIR")?.join("terraform_tree.rs"), format!("&[\n{table}]\n"))
}

/// What Terraform reads: not its tests, and nothing that it left there itself.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != ".terraform" && name != "tests" {
            collect(&path, files)?;
        } else if name == ".terraform.lock.hcl" || path.extension().is_some_and(|extension| extension == "tf")
        {
            files.push(path);
        }
    }
    Ok(())
}
