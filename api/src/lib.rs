//! The analytics service: orders in, exact reports out.
//!
//! Requests flow `extract → queries → reports → routes`; orders flow `ingest → facts + roll-ups`.

pub mod access;
pub mod alerts;
pub mod aws;
pub mod business_metrics;
pub mod calendar;
pub mod changes;
pub mod columns;
pub mod commands;
pub mod config;
pub mod db;
pub mod doctor;
pub mod error;
pub mod extract;
pub mod fits;
pub mod ingest;
pub mod lambda;
pub mod middleware;
pub mod models;
pub mod money;
pub mod openapi;
pub mod process;
pub mod queries;
pub mod reports;
pub mod rollup;
pub mod router;
pub mod routes;
pub mod sample;
pub mod state;
pub mod statements;
pub mod telemetry;
