//! The service against real databases: `SQLite` always, `MySQL` and `MariaDB` where the environment names them.

#![expect(clippy::disallowed_methods, reason = "the test run names its servers in variables")]

mod bad_input;
mod business_metrics;
mod category_lines;
#[path = "../browser/chromium.rs"]
mod chromium;
mod clients_questions;
mod dashboard;
#[path = "../browser/dashboard_customer.rs"]
mod dashboard_customer_in_browser;
#[path = "../browser/dashboard_data.rs"]
mod dashboard_data_in_browser;
#[path = "../browser/dashboard.rs"]
mod dashboard_in_browser;
#[path = "../browser/dashboard_looks.rs"]
mod dashboard_looks_in_browser;
#[path = "../browser/dashboard_models.rs"]
mod dashboard_models_in_browser;
#[path = "../browser/dashboard_sign_in.rs"]
mod dashboard_sign_in;
mod databases;
#[path = "../browser/docs.rs"]
mod docs_in_browser;
mod doctor;
mod duckdb_agrees;
mod fitted;
mod fitted_any_customer;
mod fitted_customers;
mod fitted_products;
mod fitted_recounted;
mod fitted_unusual;
mod fitted_versions;
mod functions;
mod http;
mod imported_again;
mod imports_in_order;
mod keys;
mod merged_months;
mod migrations;
mod odd_stores;
mod oracle;
mod original_database;
mod over_http;
#[path = "../browser/picture.rs"]
mod picture;
mod product_slices;
mod products_that_tie;
mod program;
mod promised;
mod proxy;
mod recount;
mod reports_equal_recount;
mod rezone;
mod seeds;
mod series_by_day;
mod server_killed;
mod server_refuses;
mod server_stopped;
#[expect(clippy::print_stderr, reason = "a run says what it skips")]
#[path = "../skipped.rs"]
mod skipped;
mod storage_faults;
mod summarise;
mod tried_again;
mod writers_killed;
