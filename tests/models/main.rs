//! The models against published numbers. Data and their sources: `tests/data/models`.

#![expect(clippy::unwrap_used, reason = "a test's files are there, and its models fit")]

mod clv;
mod data;
