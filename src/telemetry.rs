//! The telemetry path: what a step reports, and how it reaches files without slowing the step down.
//!
//! The simulation makes one [`Frame`] per level of the tree and interval and hands it to a [`Telemetry`], which owns
//! one thread and a bounded channel. The thread passes every frame to every [`Sink`]; a sink owns one output. When
//! the outputs are slower than the simulation the channel fills and the simulation waits: nothing is dropped.
//!
//! File formats are no business of the library: a sink for Parquet, or for a test, lives with whoever needs it.

pub mod frame;
pub mod sink;
pub mod writer;

pub use frame::{Column, Frame, FrameError, Level, LevelError, Schema, SchemaError};
pub use sink::{Sink, SinkError, Written};
pub use writer::{Finished, Telemetry, TelemetryError};
