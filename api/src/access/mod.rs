//! Who may do what, and how often. `key` makes and reads keys, `store` keeps their hashes, `gate` decides about
//! requests, `audit` records what administrators did, `first_key` takes in the key of a deployment.

pub mod audit;
pub mod first_key;
pub mod gate;
pub mod key;
pub mod limiter;
pub mod session;
pub mod store;

pub use self::{
    gate::{Caller, Gate},
    key::{Scope, Scopes},
};
