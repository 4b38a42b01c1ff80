//! Random sequences of tests: one that is the same in each run, and one that is new in each and can be had again.

#![expect(clippy::print_stderr, reason = "a test that fails says how to fail again")]

use std::env;

use proptest::{
    strategy::{Strategy, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// The seed that is the same in each run.
pub(crate) const FIXED: u64 = 0x0707_0707_0707_0707;
/// Names the variable with the seed of a run that is to be had again.
const VARIABLE: &str = "EAP_TEST_SEED";

/// The seed that `EAP_TEST_SEED` names, else a random one. The run of a test that fails shows it.
pub(crate) fn of_this_run() -> u64 {
    let seed = match env::var(VARIABLE) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{VARIABLE} is a number as a run shows it")),
        Err(_) => getrandom::u64().expect("random numbers"),
    };
    eprintln!("{VARIABLE}={seed} tries the same again");
    seed
}

/// The random sequence of a seed.
pub(crate) fn runner(seed: u64) -> TestRunner {
    let bytes = seed.to_le_bytes().repeat(4);
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// The next value of a random sequence.
pub(crate) fn sample<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).expect("a value").current()
}
