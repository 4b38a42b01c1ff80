//! Terraform as a child: argument lists, runs, what it says as events, plans and outputs. Owns no decision about them.

pub mod args;
pub mod event;
pub mod outputs;
pub mod plan;
pub mod run;
pub mod tree;
