//! The city's places and its electrical tree 站-线-变-户.

pub mod coordinates;
pub mod geography;
pub mod tree;
