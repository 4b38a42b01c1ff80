//! Who may do what, and how often. `key` makes and reads keys, `store` keeps their hashes, `gate` decides about
//! requests, `audit` records what administrators did.

pub mod audit;
pub mod gate;
pub mod key;
pub mod limiter;
pub mod session;
pub mod store;

pub use self::{
    gate::{Caller, Gate},
    key::{Scope, Scopes},
};
