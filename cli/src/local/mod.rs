//! The platform on this machine: one API process and its database below the state folder.
//! Owns every file there; says nothing itself except through the steps of a deploy.

pub mod binary;
pub mod data;
pub mod deploy;
pub mod folder;
pub mod health;
mod identity;
pub mod lock;
mod port;
pub mod smoke_test;
pub mod state;
pub mod stop;
mod wanted;
