//! The live screen: what it knows, what it shows, and what keys do to it. Pure: it neither looks nor waits.

mod draw;
mod model;
mod pane;
mod popup;

pub use draw::{Colors, draw};
pub use model::{Asked, Model};
