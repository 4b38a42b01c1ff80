//! What tests do to a database themselves, beside the programs that use it.

use sqlx::{AnyPool, Executor as _};

/// Executes a statement on the database of `url`.
pub fn execute(url: &str, statement: &str) {
    run(async {
        let pool = AnyPool::connect(url).await.unwrap();
        pool.execute(statement).await.unwrap();
        pool.close().await;
    });
}

/// Runs `work` to its end.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    sqlx::any::install_default_drivers();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
