//! The city's places and its electrical tree 站-线-变-户.

pub mod geography;
pub mod tree;
