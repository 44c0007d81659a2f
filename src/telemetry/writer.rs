//! The writer thread: frames in by a bounded channel, out to every sink, in order and without loss.
//!
//! Invariant: a frame for which [`Telemetry::send`] returned `Ok` is written to every sink that does not itself fail,
//! unless the [`Telemetry`] is dropped unfinished.

use super::frame::Frame;
use super::sink::{Sink, SinkError};
use core::any::Any;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering, fence};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle};

/// The simulation's end of the telemetry path.
///
/// Finish it with [`Telemetry::finish`]. Dropped unfinished, it waits for the thread and abandons the sinks, so that a
/// run that ends in an error leaves no file that looks complete.
#[derive(Debug)]
pub struct Telemetry {
    /// `None` once finished.
    sender: Option<Sender<Message>>,
    /// `None` once joined, or if the thread could not be started.
    writer: Option<JoinHandle<Outcome>>,
    shared: Arc<Shared>,
}

/// What a finished telemetry path has made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Complete files, in the order of the sinks.
    pub files: Vec<PathBuf>,
    /// Frames taken from the channel.
    pub frames: u64,
}

/// Why the telemetry path failed: the error of each sink that did, and what is complete in spite of it.
#[derive(Clone, Debug)]
pub struct TelemetryError {
    first: Arc<SinkError>,
    others: Vec<Arc<SinkError>>,
    files: Vec<PathBuf>,
}

impl TelemetryError {
    /// The failure that ended the run.
    pub fn first(&self) -> &SinkError {
        &self.first
    }

    /// Failures of other sinks after it; known only from [`Telemetry::finish`].
    pub fn others(&self) -> impl Iterator<Item = &SinkError> {
        self.others.iter().map(AsRef::as_ref)
    }

    /// Files of the other sinks, complete up to the failure; known only from [`Telemetry::finish`].
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

impl fmt::Display for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        self.others.iter().try_for_each(|error| write!(f, "; then {error}"))?;
        if let Some((first, rest)) = self.files.split_first() {
            write!(f, "; complete up to this failure: {}", first.display())?;
            rest.iter().try_for_each(|path| write!(f, ", {}", path.display()))?;
        }
        Ok(())
    }
}

// The message already holds the cause's words, so `source` stays empty and a chain prints nothing twice.
impl core::error::Error for TelemetryError {}

/// What travels on the channel.
#[derive(Debug)]
enum Message {
    Frame(Frame),
    /// Complete the outputs. A channel that closes without it means that they are to be abandoned.
    Finish,
}

/// What both ends can see.
#[derive(Debug, Default)]
struct Shared {
    failure: OnceLock<Arc<SinkError>>,
    abandoned: AtomicBool,
}

/// What the thread returns.
#[derive(Debug, Default)]
struct Outcome {
    finished: Finished,
    errors: Vec<Arc<SinkError>>,
}

impl Telemetry {
    /// Starts a thread that passes every frame to each of `sinks`.
    ///
    /// `capacity` is how many frames may wait; 0 hands each frame over directly. If the system has no thread to spare,
    /// the first call of [`Telemetry::send`] or [`Telemetry::finish`] says so.
    pub fn start(sinks: Vec<Box<dyn Sink>>, capacity: usize) -> Self {
        let (sender, receiver) = bounded(capacity);
        let shared = Arc::new(Shared::default());
        let outlets = sinks.into_iter().map(|sink| Outlet { name: sink.name(), sink }).collect();
        let writer = Writer { outlets, shared: Arc::clone(&shared), outcome: Outcome::default() };
        let thread = Builder::new().name("telemetry".to_owned()).spawn(move || writer.run(receiver));
        let writer = thread.map_err(|cause| shared.failure.set(Arc::new(SinkError::Thread { cause }))).ok();
        Self { sender: Some(sender), writer, shared }
    }

    /// Hands one frame to the writer, waiting while the channel is full.
    ///
    /// # Errors
    /// As soon as a sink has failed, also while waiting: the error of that sink. The frame is then lost.
    pub fn send(&self, frame: Frame) -> Result<(), TelemetryError> {
        if self.shared.failure.get().is_some() {
            return Err(self.failure());
        }
        let sent = self.sender.as_ref().is_some_and(|sender| sender.send(Message::Frame(frame)).is_ok());
        // Pairs with the fence in `Writer::fail`: either this sees the failure, or the writer's last look into the
        // channel sees the frame. Without it a frame could be accepted and lost.
        fence(Ordering::SeqCst);
        if sent && self.shared.failure.get().is_none() { Ok(()) } else { Err(self.failure()) }
    }

    /// Completes all outputs and waits for the thread.
    ///
    /// # Errors
    /// If a sink failed, now or before: its error, with the files that the other sinks completed.
    pub fn finish(mut self) -> Result<Finished, TelemetryError> {
        if let Some(sender) = self.sender.take() {
            // A writer that no longer listens has failed, and its outcome says why.
            sender.send(Message::Finish).ok();
        }
        let Some(writer) = self.writer.take() else { return Err(self.failure()) };
        let Outcome { finished, errors } = writer.join().map_err(|payload| {
            let error = panicked("the telemetry writer", payload.as_ref());
            TelemetryError { first: Arc::new(error), others: Vec::new(), files: Vec::new() }
        })?;
        let mut errors = errors.into_iter();
        match errors.next() {
            None => Ok(finished),
            Some(first) => Err(TelemetryError { first, others: errors.collect(), files: finished.files }),
        }
    }

    /// The failure that the writer has left for this end.
    fn failure(&self) -> TelemetryError {
        let gone = || Arc::new(panicked("the telemetry writer", &"it ended without giving a reason"));
        let first = self.shared.failure.get().cloned().unwrap_or_else(gone);
        TelemetryError { first, others: Vec::new(), files: Vec::new() }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.shared.abandoned.store(true, Ordering::Relaxed);
        drop(self.sender.take());
        if let Some(writer) = self.writer.take() {
            // There is nobody left to tell.
            writer.join().ok();
        }
    }
}

/// A sink and its name.
struct Outlet {
    name: String,
    sink: Box<dyn Sink>,
}

/// The thread's end.
struct Writer {
    /// The sinks that have not failed.
    outlets: Vec<Outlet>,
    shared: Arc<Shared>,
    outcome: Outcome,
}

impl Writer {
    /// The thread's whole life.
    fn run(mut self, receiver: Receiver<Message>) -> Outcome {
        let complete = self.pump(&receiver);
        // Senders that wait must hear of a failure before the other sinks take their time to finish.
        drop(receiver);
        for Outlet { name, sink } in core::mem::take(&mut self.outlets) {
            if complete {
                match guarded(&name, || sink.finish()) {
                    Ok(files) => self.outcome.finished.files.extend(files),
                    Err(error) => self.fail(error),
                }
            } else {
                self.abandon(Outlet { name, sink });
            }
        }
        self.outcome
    }

    /// Passes frames on until told to stop; whether the sinks that are left are to be completed.
    fn pump(&mut self, receiver: &Receiver<Message>) -> bool {
        while let Ok(message) = receiver.recv() {
            match message {
                Message::Finish => return true,
                Message::Frame(_) if self.shared.abandoned.load(Ordering::Relaxed) => return false,
                Message::Frame(frame) => self.deliver(&frame),
            }
            if !self.outcome.errors.is_empty() {
                // What was accepted before the failure still belongs into the other outputs.
                while let Ok(Message::Frame(frame)) = receiver.try_recv() {
                    self.deliver(&frame);
                }
                return true;
            }
        }
        false
    }

    /// Passes one frame to every sink that has not failed.
    fn deliver(&mut self, frame: &Frame) {
        self.outcome.finished.frames += 1;
        let mut index = 0;
        while let Some(outlet) = self.outlets.get_mut(index) {
            match guarded(&outlet.name, || outlet.sink.write(frame)) {
                Ok(()) => index += 1,
                Err(error) => {
                    let outlet = self.outlets.remove(index);
                    self.fail(error);
                    self.abandon(outlet);
                }
            }
        }
    }

    /// Lets a sink clean up after itself.
    fn abandon(&mut self, Outlet { name, sink }: Outlet) {
        let abandon = || {
            sink.abandon();
            Ok(())
        };
        if let Err(error) = guarded(&name, abandon) {
            self.fail(error);
        }
    }

    /// Keeps an error, and shows the first one to the simulation's end.
    fn fail(&mut self, error: SinkError) {
        let error = Arc::new(error);
        self.outcome.errors.push(Arc::clone(&error));
        // Only the first failure is kept; the others come with the outcome.
        self.shared.failure.set(error).ok();
        fence(Ordering::SeqCst);
    }
}

/// Does a sink's work, with a panic as an error value.
fn guarded<T>(name: &str, work: impl FnOnce() -> Result<T, SinkError>) -> Result<T, SinkError> {
    // A sink that has panicked is only asked to clean up, so a half-changed state is not used again.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(panicked(name, payload.as_ref())))
}

/// The error value of a panic.
fn panicked(sink: &str, payload: &(dyn Any + Send)) -> SinkError {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    SinkError::Panicked { sink: sink.to_owned(), message: text.unwrap_or("no message").to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path is kept in a resource of the world, and errors cross threads.
    #[test]
    fn both_ends_may_cross_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<Telemetry>();
        crosses::<TelemetryError>();
        crosses::<Finished>();
    }

    #[test]
    fn a_panic_of_any_payload_has_a_message() {
        let of = |payload: &(dyn Any + Send)| panicked("a sink", payload).to_string();
        assert!(of(&"short").starts_with("a sink panicked: short; "));
        assert!(of(&String::from("long")).starts_with("a sink panicked: long; "));
        assert!(of(&7_u8).starts_with("a sink panicked: no message; "));
    }

    #[test]
    fn an_error_lists_the_other_failures_and_what_is_complete() {
        let gone = |sink| Arc::new(panicked(sink, &"gone"));
        let error = TelemetryError { first: gone("a"), others: vec![gone("b")], files: vec!["c".into(), "d".into()] };
        let text = error.to_string();
        assert!(text.starts_with("a panicked: gone; ") && text.contains("; then b panicked: gone; "), "{text}");
        assert!(text.ends_with("; complete up to this failure: c, d"), "{text}");
        assert_eq!((error.others().count(), error.files().len()), (1, 2));
        assert!(matches!(error.first(), SinkError::Panicked { sink, .. } if sink == "a"));
    }
}
