//! What a program file says of itself: its processor, and whether it needs a loader. Reads headers only.

use std::path::Path;

use super::platform::Platform;
use crate::failure::Failure;

const INTERPRETER: u32 = 3;

/// Refuses a program that would not start in an empty image for `platform`.
pub fn check_static(path: &Path, program: &[u8], platform: Platform) -> Result<(), Failure> {
    let shown = path.display();
    let Some(machine) = machine_of(program) else {
        return Err(Failure::usage(format!("{shown} is no 64-bit Linux program")));
    };
    if machine != platform.elf_machine() {
        return Err(Failure::usage(format!("{shown} is for another processor than {}", platform.name()))
            .hint("give its processor with --platform"));
    }
    if has_interpreter(program) != Some(false) {
        return Err(Failure::usage(format!("{shown} needs shared libraries, and the image has none"))
            .hint("leave EAP_API_BIN unset to have a static program built")
            .hint("or build one with RUSTFLAGS='-C target-feature=+crt-static' and an explicit --target"));
    }
    Ok(())
}

/// Little-endian, 64 bits.
fn machine_of(program: &[u8]) -> Option<u16> {
    let ident = program.get(..6)?;
    (ident == b"\x7fELF\x02\x01").then(|| number(program, 18, 2))?.and_then(|n| u16::try_from(n).ok())
}

fn has_interpreter(program: &[u8]) -> Option<bool> {
    let start = number(program, 32, 8)?;
    let size = number(program, 54, 2)?;
    let count = number(program, 56, 2)?;
    for index in 0..count {
        let header = start.checked_add(index.checked_mul(size)?)?;
        if number(program, header, 4)? == u64::from(INTERPRETER) {
            return Some(true);
        }
    }
    Some(false)
}

fn number(program: &[u8], at: u64, bytes: usize) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let field = program.get(at..at.checked_add(bytes)?)?;
    Some(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Just the header, and one program header of this type.
    fn program(machine: u16, kind: u32) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&1_u16.to_le_bytes());
        bytes[64..68].copy_from_slice(&kind.to_le_bytes());
        bytes
    }

    #[test]
    fn only_static_programs_of_the_processor_pass() {
        let said = |bytes: &[u8], platform| {
            let checked = check_static(Path::new("eap-api"), bytes, platform);
            checked.map_err(|failure| failure.to_string())
        };
        assert_eq!(said(&program(62, 1), Platform::Amd64), Ok(()));
        assert_eq!(said(&program(183, 1), Platform::Arm64), Ok(()));
        let wrong = "eap-api is for another processor than linux/arm64";
        assert_eq!(said(&program(62, 1), Platform::Arm64), Err(wrong.to_owned()));
        let dynamic = "eap-api needs shared libraries, and the image has none";
        assert_eq!(said(&program(62, 3), Platform::Amd64), Err(dynamic.to_owned()));
        let none = "eap-api is no 64-bit Linux program";
        assert_eq!(said(b"#!/bin/sh", Platform::Amd64), Err(none.to_owned()));
    }

    #[test]
    fn this_test_itself_is_dynamic() {
        let own = std::env::current_exe().expect("a path");
        let bytes = std::fs::read(&own).expect("a program");
        let platform = if cfg!(target_arch = "x86_64") { Platform::Amd64 } else { Platform::Arm64 };
        assert_eq!(machine_of(&bytes), Some(platform.elf_machine()));
        assert_eq!(has_interpreter(&bytes), Some(true));
    }
}
