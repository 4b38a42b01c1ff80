//! The image of `eap-api`: built, assembled, described, pushed. Never prints results; knows no flags.

pub mod assemble;
pub mod destination;
pub mod docker;
pub mod elf;
pub mod findings;
pub mod layer;
pub mod layout;
pub mod manifest;
pub mod native;
pub mod platform;
pub mod progress;
pub mod publish;
pub mod reference;
pub mod registry;
pub mod revision;
pub mod sbom;
pub mod scan;
pub mod source;
pub mod tag;
