//! Which processor an image is for, and which compiler targets make programs for it.

use clap::ValueEnum;

/// Operating system and processor of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    /// Intel and AMD
    #[value(name = "linux/amd64")]
    Amd64,
    /// Graviton and other ARM
    #[value(name = "linux/arm64")]
    Arm64,
}

/// A target of the Rust compiler that makes static programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub triple: &'static str,
    /// Linkers of which one is needed; empty when the host's own will do.
    pub linkers: &'static [&'static str],
}

impl Platform {
    /// As images and commands name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "linux/amd64",
            Self::Arm64 => "linux/arm64",
        }
    }

    /// The processor as images name it.
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The processor as ELF files number it.
    pub fn elf_machine(self) -> u16 {
        match self {
            Self::Amd64 => 62,
            Self::Arm64 => 183,
        }
    }

    /// Targets in the order they are tried. The gnu target needs no linker of its own only on its own processor.
    pub fn targets(self) -> [Target; 2] {
        let own = std::env::consts::OS == "linux" && std::env::consts::ARCH == self.rust_architecture();
        let (musl, gnu): (&[&str], &[&str]) = match self {
            Self::Amd64 => (&["x86_64-linux-musl-gcc", "musl-gcc"], &["x86_64-linux-gnu-gcc"]),
            Self::Arm64 if own => (&["aarch64-linux-musl-gcc", "musl-gcc"], &["aarch64-linux-gnu-gcc"]),
            Self::Arm64 => (&["aarch64-linux-musl-gcc"], &["aarch64-linux-gnu-gcc"]),
        };
        let (musl_triple, gnu_triple) = match self {
            Self::Amd64 => ("x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"),
            Self::Arm64 => ("aarch64-unknown-linux-musl", "aarch64-unknown-linux-gnu"),
        };
        [
            Target { triple: musl_triple, linkers: musl },
            Target { triple: gnu_triple, linkers: if own { &[] } else { gnu } },
        ]
    }

    fn rust_architecture(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}
