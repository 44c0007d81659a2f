//! The telemetry path from outside: nothing lost, nothing hung, and every failure an error that says what to do.

use proptest::prelude::*;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use voltcity::telemetry::{Column, Frame, Level, Schema, Sink, SinkError, Telemetry, Written};

const COLUMNS: &[Column] = &[Column { name: "import_j", unit: "J", doc: "Energy drawn." }];
const CITY: Schema = Schema { level: Level::City, columns: COLUMNS };

/// Longer than any machine needs, for what must not hang.
const PATIENCE: Duration = Duration::from_secs(30);

fn frame(n: i64) -> Frame {
    Frame::new(&CITY, 1_721_059_200 + n * 60, 60, [0].into(), vec![vec![n]]).unwrap()
}

/// How a sink ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    Finished,
    Abandoned,
}

/// What a test sees of a sink.
#[derive(Debug, Default)]
struct Seen {
    frames: Mutex<Vec<Frame>>,
    count: AtomicUsize,
    end: Mutex<End>,
}

impl Seen {
    /// The numbers of frames made by [`frame`].
    fn numbers(&self) -> Vec<i64> {
        self.frames.lock().unwrap().iter().map(|frame| frame.columns[0][0]).collect()
    }

    fn end(&self) -> End {
        *self.end.lock().unwrap()
    }
}

/// What a sink does wrong, and with which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    FailAt(usize),
    PanicAt(usize),
    FailToFinish,
    PanicToFinish,
    PanicToAbandon,
}

/// A sink that keeps its frames in memory, at its leisure.
struct Memory {
    name: &'static str,
    seen: Arc<Seen>,
    delay: Duration,
    fault: Fault,
}

impl Memory {
    fn error(&self) -> SinkError {
        SinkError::Io {
            action: "write",
            path: self.name.into(),
            written: Written { rows: self.seen.count.load(Ordering::Relaxed) as u64, bytes: 9, kept: false },
            cause: ErrorKind::StorageFull.into(),
        }
    }
}

impl Sink for Memory {
    fn write(&mut self, frame: &Frame) -> Result<(), SinkError> {
        thread::sleep(self.delay);
        let at = self.seen.count.load(Ordering::Relaxed);
        match self.fault {
            Fault::FailAt(wrong) if at == wrong => return Err(self.error()),
            Fault::PanicAt(wrong) => assert_ne!(at, wrong, "a sink loses its head"),
            _ => {}
        }
        self.seen.frames.lock().unwrap().push(frame.clone());
        self.seen.count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<PathBuf>, SinkError> {
        assert_ne!(self.fault, Fault::PanicToFinish, "a sink loses its tail");
        if self.fault == Fault::FailToFinish {
            return Err(self.error());
        }
        *self.seen.end.lock().unwrap() = End::Finished;
        Ok(vec![self.name.into()])
    }

    fn abandon(self: Box<Self>) {
        *self.seen.end.lock().unwrap() = End::Abandoned;
        assert_ne!(self.fault, Fault::PanicToAbandon, "a sink does not let go");
    }

    fn name(&self) -> String {
        self.name.to_owned()
    }
}

fn memory(name: &'static str, fault: Fault, delay: Duration) -> (Box<dyn Sink>, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    (Box::new(Memory { name, seen: Arc::clone(&seen), delay, fault }), seen)
}

fn quick(name: &'static str, fault: Fault) -> (Box<dyn Sink>, Arc<Seen>) {
    memory(name, fault, Duration::ZERO)
}

/// Runs what must come to an end, on a thread of its own.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || sender.send(work()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => std::panic::resume_unwind(worker.join().unwrap_err()),
    }
}

#[test]
fn a_slow_sink_holds_the_simulation_back_and_loses_nothing() {
    for capacity in [0, 1, 3] {
        let (slow, seen) = memory("slow", Fault::None, Duration::from_millis(2));
        let (fast, seen_fast) = quick("fast", Fault::None);
        let telemetry = Telemetry::start(vec![slow, fast], capacity);
        for n in 0..40 {
            telemetry.send(frame(n)).unwrap();
            let waiting = n as usize + 1 - seen.count.load(Ordering::Relaxed);
            assert!(waiting <= capacity + 1, "{waiting} frames wait in a channel of {capacity}");
        }
        let finished = telemetry.finish().unwrap();
        assert_eq!((finished.frames, finished.files), (40, vec!["slow".into(), "fast".into()]));
        assert_eq!(seen.numbers(), (0..40).collect::<Vec<_>>());
        assert_eq!(seen_fast.numbers(), seen.numbers());
        assert_eq!((seen.end(), seen_fast.end()), (End::Finished, End::Finished));
    }
}

#[test]
fn a_sink_that_fails_ends_the_run_soon_and_the_others_well() {
    for (capacity, wrong) in [(0, 0), (1, 5), (16, 20)] {
        let (bad, seen_bad) = quick("out/series-feeder.parquet", Fault::FailAt(wrong));
        let (good, seen) = quick("out/series-city.parquet", Fault::None);
        let telemetry = Telemetry::start(vec![bad, good], capacity);
        let mut accepted = 0;
        let error = (0..).find_map(|n| telemetry.send(frame(n)).map(|()| accepted += 1).err()).unwrap();
        assert!(accepted <= wrong + capacity + 1, "{accepted} frames accepted, {wrong} written, {capacity} may wait");
        let text = error.to_string();
        assert!(text.starts_with("cannot write out/series-feeder.parquet: "), "{text}");
        assert!(text.contains(&format!("{wrong} rows (9 bytes) had been written, now removed; ")), "{text}");
        assert!(text.ends_with("free space, keep fewer levels or choose another directory"), "{text}");
        assert_eq!(telemetry.send(frame(0)).unwrap_err().to_string(), text, "the reason does not change");

        let error = telemetry.finish().unwrap_err();
        assert_eq!(error.to_string(), format!("{text}; complete up to this failure: out/series-city.parquet"));
        assert_eq!((seen_bad.end(), seen.end()), (End::Abandoned, End::Finished));
        assert_eq!(seen_bad.numbers(), (0..wrong as i64).collect::<Vec<_>>());
        assert_eq!(seen.numbers()[..accepted], (0..accepted as i64).collect::<Vec<_>>());
    }
}

#[test]
fn a_simulation_that_waits_is_told_of_the_failure() {
    /// Fails once it is let go.
    struct Gate(mpsc::Receiver<()>);
    impl Sink for Gate {
        fn write(&mut self, _: &Frame) -> Result<(), SinkError> {
            self.0.recv().ok();
            let (path, written) = ("gate".into(), Written::default());
            Err(SinkError::Io { action: "write", path, written, cause: ErrorKind::StorageFull.into() })
        }
        fn finish(self: Box<Self>) -> Result<Vec<PathBuf>, SinkError> {
            Ok(Vec::new())
        }
        fn abandon(self: Box<Self>) {}
    }
    for capacity in [0, 1, 4] {
        let (open, gate) = mpsc::channel();
        let error = in_time(move || {
            let telemetry = Telemetry::start(vec![Box::new(Gate(gate))], capacity);
            // One frame is in the sink's hands and the channel is full: the next call waits.
            (0..=capacity as i64).for_each(|n| telemetry.send(frame(n)).unwrap());
            thread::scope(|scope| {
                let waiting = scope.spawn(|| telemetry.send(frame(99)));
                thread::sleep(Duration::from_millis(20));
                assert!(!waiting.is_finished(), "the channel was not full");
                open.send(()).unwrap();
                waiting.join().unwrap().unwrap_err()
            })
        });
        assert!(error.to_string().starts_with("cannot write gate: "), "{error}");
    }
}

#[test]
fn a_panic_in_a_sink_is_an_error_value() {
    let cases = [
        (Fault::PanicAt(2), "bad panicked: assertion `left != right` failed: a sink loses its head", End::Abandoned),
        (Fault::PanicToFinish, "bad panicked: assertion `left != right` failed: a sink loses its tail", End::Open),
    ];
    for (fault, text, end) in cases {
        let ((bad, seen_bad), (good, seen)) = (quick("bad", fault), quick("good", Fault::None));
        let error = in_time(move || {
            let telemetry = Telemetry::start(vec![bad, good], 2);
            (0..10).try_for_each(|n| telemetry.send(frame(n))).ok();
            telemetry.finish().unwrap_err()
        });
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(matches!(error.first(), SinkError::Panicked { sink, .. } if sink == "bad"));
        assert_eq!(error.files(), [PathBuf::from("good")]);
        assert_eq!((seen_bad.end(), seen.end()), (end, End::Finished));
    }
}

#[test]
fn a_run_that_is_given_up_leaves_nothing_that_looks_complete() {
    let ((first, seen_first), (second, seen_second)) = (quick("a", Fault::PanicToAbandon), quick("b", Fault::None));
    let (slow, seen_slow) = memory("slow", Fault::None, Duration::from_millis(50));
    in_time(move || {
        let telemetry = Telemetry::start(vec![slow, first, second], 100);
        (0..100).for_each(|n| telemetry.send(frame(n)).unwrap());
        drop(telemetry);
    });
    assert_eq!([seen_slow, seen_first, seen_second.clone()].map(|seen| seen.end()), [End::Abandoned; 3]);
    assert!(seen_second.numbers().len() < 50, "what waits is not worth writing");
}

#[test]
fn every_sink_that_cannot_finish_is_named() {
    let [(a, _), (b, seen), (c, _)] =
        [quick("a", Fault::FailToFinish), quick("b", Fault::None), quick("c", Fault::FailToFinish)];
    let telemetry = Telemetry::start(vec![a, b, c], 4);
    telemetry.send(frame(0)).unwrap();
    let error = telemetry.finish().unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("cannot write a: ") && text.contains("; then cannot write c: "), "{text}");
    assert!(text.ends_with("; complete up to this failure: b"), "{text}");
    assert_eq!((error.others().count(), seen.numbers()), (1, vec![0]));
}

#[test]
fn no_sink_and_no_frame_are_fine() {
    let telemetry = Telemetry::start(Vec::new(), 0);
    telemetry.send(frame(0)).unwrap();
    assert_eq!(telemetry.finish().unwrap().frames, 1);
    let (sink, seen) = quick("empty", Fault::None);
    assert_eq!(Telemetry::start(vec![sink], 8).finish().unwrap().files, [PathBuf::from("empty")]);
    assert_eq!(seen.end(), End::Finished);
}

/// A sink of lines, on anything that can be written to.
struct Lines<W> {
    output: W,
    written: Written,
}

impl<W: Write + Send> Sink for Lines<W> {
    fn write(&mut self, frame: &Frame) -> Result<(), SinkError> {
        let line = format!("{} {:?}\n", frame.time_s, frame.columns);
        let Self { output, written } = self;
        let sent = output.write_all(line.as_bytes());
        sent.map_err(|cause| SinkError::Io { action: "write", path: "lines.txt".into(), written: *written, cause })?;
        *written = Written { rows: written.rows + 1, bytes: written.bytes + line.len() as u64, kept: true };
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<PathBuf>, SinkError> {
        Ok(vec!["lines.txt".into()])
    }

    fn abandon(self: Box<Self>) {}
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_with_advice() {
    let output = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let telemetry = Telemetry::start(vec![Box::new(Lines { output, written: Written::default() })], 2);
    let error = (0..10).find_map(|n| telemetry.send(frame(n)).err()).unwrap();
    assert_eq!(
        error.to_string(),
        "cannot write lines.txt: No space left on device (os error 28); 0 rows (0 bytes) had been written; the disk is \
         full: free space, keep fewer levels or choose another directory"
    );
    assert!(!error.first().is_broken_pipe());
}

#[test]
fn a_closed_pipe_is_told_from_other_failures() {
    let (reader, output) = std::io::pipe().unwrap();
    let telemetry = Telemetry::start(vec![Box::new(Lines { output, written: Written::default() })], 0);
    telemetry.send(frame(0)).unwrap();
    // A frame is handed over only when the one before it is written.
    telemetry.send(frame(1)).unwrap();
    drop(reader);
    let error = (2..10).find_map(|n| telemetry.send(frame(n)).err()).unwrap();
    assert!(error.first().is_broken_pipe(), "{error}");
    assert!(error.to_string().contains(" had been written, left in place; its reader has gone: "), "{error}");
}

#[test]
fn what_several_senders_hand_over_arrives_in_the_order_of_each() {
    for (capacity, wrong) in (0..120).map(|n| (n % 4, n % 23)) {
        let ((good, seen), (bad, _)) = (quick("good", Fault::None), quick("bad", Fault::FailAt(wrong)));
        let sinks = if wrong == 0 { vec![good] } else { vec![bad, good] };
        let accepted: Vec<Vec<i64>> = in_time(move || {
            let telemetry = Telemetry::start(sinks, capacity);
            let send = |from: i64| (from..from + 10).take_while(|n| telemetry.send(frame(*n)).is_ok()).collect();
            let accepted = thread::scope(|scope| {
                let senders = [0, 100, 200].map(|from| scope.spawn(move || send(from)));
                senders.into_iter().map(|sender| sender.join().unwrap()).collect()
            });
            assert_eq!(telemetry.finish().is_ok(), wrong == 0);
            accepted
        });
        let arrived = seen.numbers();
        for (from, accepted) in [0, 100, 200].into_iter().zip(&accepted) {
            let mine: Vec<i64> = arrived.iter().copied().filter(|n| (from..from + 10).contains(n)).collect();
            assert_eq!(mine[..accepted.len()], *accepted);
            let refused = usize::from(accepted.len() < 10);
            assert!(refused == 0 || wrong != 0);
            assert!(mine.len() <= accepted.len() + refused, "only the frame that was refused may have come through");
        }
    }
}

fn frames_of_any_size() -> impl Strategy<Value = Vec<Frame>> {
    let rows = prop::collection::vec((any::<u32>(), any::<i64>()), 0..20);
    let one = (any::<i32>(), 1..=u32::MAX, rows).prop_map(|(time_s, interval_s, rows)| {
        let values = rows.iter().map(|row| row.1).collect();
        let ids = rows.iter().map(|row| row.0).collect();
        Frame::new(&CITY, i64::from(time_s), interval_s, ids, vec![values]).unwrap()
    });
    prop::collection::vec(one, 0..40)
}

proptest! {
    /// Every sink gets every frame as it was sent, whatever the frames, the capacity and the number of sinks.
    #[test]
    fn frames_arrive_unchanged_and_in_order(
        frames in frames_of_any_size(),
        capacity in 0_usize..5,
        sinks in 1_usize..4,
    ) {
        let (sinks, seen): (Vec<_>, Vec<_>) = (0..sinks).map(|_| quick("memory", Fault::None)).unzip();
        let telemetry = Telemetry::start(sinks, capacity);
        for frame in &frames {
            telemetry.send(frame.clone()).unwrap();
        }
        prop_assert_eq!(telemetry.finish().unwrap().frames, frames.len() as u64);
        for seen in seen {
            prop_assert_eq!(&*seen.frames.lock().unwrap(), &frames);
        }
    }

    /// A frame that was accepted is in every sink that did not fail, wherever another one fails.
    #[test]
    fn accepted_frames_survive_the_failure_of_another_sink(
        wrong in 0_usize..30,
        capacity in 0_usize..8,
        panics in any::<bool>(),
        bad_first in any::<bool>(),
    ) {
        let fault = if panics { Fault::PanicAt(wrong) } else { Fault::FailAt(wrong) };
        let ((bad, _), (good, seen)) = (quick("bad", fault), quick("good", Fault::None));
        let sinks = if bad_first { vec![bad, good] } else { vec![good, bad] };
        let telemetry = Telemetry::start(sinks, capacity);
        let accepted = (0..20).take_while(|n| telemetry.send(frame(*n)).is_ok()).count();
        let error = telemetry.finish().err();
        prop_assert_eq!(error.is_some(), wrong < 20);
        prop_assert_eq!(seen.end(), End::Finished);
        let arrived = seen.numbers();
        prop_assert!((accepted..=accepted + 1).contains(&arrived.len()), "{} of {}", arrived.len(), accepted);
        prop_assert!(arrived.iter().copied().eq(0..arrived.len() as i64), "{:?}", arrived);
    }
}
