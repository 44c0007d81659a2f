//! The text layer of world files: from RON on disk to typed values, with every complaint at its line and column.
//!
//! A file is located (a tree of values with their places), merged over its bases, patched by `--set`, and handed out
//! by path: [`Document::parse`] runs the `ron` crate on the wanted part and carries its errors back to the files.
//!
//! ```text
//! files ─► locate ─► load + overlay ─► patch ─► Document ─► typed + explain
//! text     tree      merged tree        --set    by path     T, or problems with places
//! ```
//!
//! Invariant: whatever the bytes, nothing here panics, overflows the stack, or takes more than linear time but for
//! sorting keys.

mod canonical;
mod document;
mod explain;
mod extract;
mod files;
mod lex;
mod literal;
mod load;
mod locate;
mod overlay;
mod patch;
mod path;
mod render;
mod source;
mod tree;
mod typed;

#[cfg(test)]
mod tests;

pub use document::{Document, child};
pub use files::{Disk, FILE_BYTES_MAX, Files, Memory, Refusal};
