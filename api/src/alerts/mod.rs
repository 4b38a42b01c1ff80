//! Alarms on their way to people: `notice` reads what AWS publishes, `slack` writes it for a channel. Nothing here
//! decides what is alarming.

pub mod notice;
pub mod slack;
