//! Terraform as a child: argument lists, runs, what it says as events, plans and outputs. Owns no decision about them.

pub mod args;
pub mod causes;
pub mod event;
pub mod outputs;
pub mod plan;
pub mod prepared;
pub mod run;
pub mod state;
pub mod task_definition;
pub mod tree;
