//! Phase Report: what a step leaves behind for people and files.

pub mod observe;
pub mod recorder;
pub mod survey;
