//! Progress of a run on stderr: simulated time, share done, speed and what is left.
//!
//! A bar where stderr is a terminal, a plain line every few seconds where it is a file or a pipe, nothing when asked to
//! be quiet. The wall clock is read for display alone; nothing of it reaches the simulation.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Time between two looks of the bar: often enough to seem alive.
const BAR_EVERY: Duration = Duration::from_millis(100);

/// Time between two plain lines: few enough for a log.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The bar, in ASCII for the sake of every terminal, and its text. No colour.
const TEMPLATE: &str = "[{bar:14}] {msg}";

/// Shows how far a run has come. Dropped unfinished, it clears its bar and says nothing, for an error to speak.
pub(crate) struct Progress {
    steps_total: u64,
    step_s: u32,
    steps_done: u64,
    started: Instant,
    /// When it is next worth showing something, counted from the start.
    next: Duration,
    shown: Shown,
}

/// How progress is shown.
enum Shown {
    Nothing,
    Bar { bar: ProgressBar, log: Box<dyn Write> },
    Lines { log: Box<dyn Write> },
}

impl Progress {
    /// Begins the display of a run of `steps_total` steps of `step_s` simulated seconds each.
    pub(crate) fn new(steps_total: u64, step_s: u32, quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb") {
            bar(ProgressDrawTarget::stderr(), steps_total, Box::new(io::stderr()))
        } else {
            Shown::Lines { log: Box::new(io::stderr()) }
        };
        Self::with(shown, steps_total, step_s)
    }

    fn with(shown: Shown, steps_total: u64, step_s: u32) -> Self {
        let next = if matches!(shown, Shown::Lines { .. }) { LINE_EVERY } else { Duration::ZERO };
        Self { steps_total, step_s, steps_done: 0, started: Instant::now(), next, shown }
    }

    /// Reports that `steps_done` steps of this run are done, and what local time that is in the simulation.
    ///
    /// Cheap: most calls only look at the clock.
    pub(crate) fn at(&mut self, steps_done: u64, civil_time: &str) {
        if !matches!(self.shown, Shown::Nothing) {
            self.at_elapsed(steps_done, civil_time, self.started.elapsed());
        }
    }

    fn at_elapsed(&mut self, steps_done: u64, civil_time: &str, elapsed: Duration) {
        self.steps_done = steps_done;
        if elapsed < self.next {
            return;
        }
        let text = self.status(civil_time, elapsed);
        let every = match &mut self.shown {
            Shown::Nothing => return,
            Shown::Bar { bar, .. } => {
                bar.set_position(steps_done);
                bar.set_message(text);
                BAR_EVERY
            }
            Shown::Lines { log } => {
                say(log, &text);
                LINE_EVERY
            }
        };
        self.next = elapsed + every;
    }

    /// Ends the display with one line that says how long the run took.
    pub(crate) fn finish(self) {
        let elapsed = self.started.elapsed();
        self.finish_elapsed(elapsed);
    }

    fn finish_elapsed(mut self, elapsed: Duration) {
        let text = self.summary(elapsed);
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Bar { bar, log } => {
                bar.finish_and_clear();
                say(log, &text);
            }
            Shown::Lines { log } => say(log, &text),
        }
    }

    /// Simulated time, share done, speed, and time left at the speed so far.
    fn status(&self, civil_time: &str, elapsed: Duration) -> String {
        let percent = (self.steps_done * 100).checked_div(self.steps_total).unwrap_or(100).min(100);
        let left = self.steps_total.saturating_sub(self.steps_done) as f64;
        let left = match self.steps_done {
            0 => "?".to_owned(),
            done => duration(elapsed.as_secs_f64() * left / done as f64),
        };
        format!("{civil_time}  {percent:>3} %  {}  ETA {left}", self.speed(elapsed))
    }

    /// What was simulated, in how much time.
    fn summary(&self, elapsed: Duration) -> String {
        let simulated = duration(self.simulated_s());
        format!("simulated {simulated} in {} ({})", duration(elapsed.as_secs_f64()), self.speed(elapsed))
    }

    fn simulated_s(&self) -> f64 {
        self.steps_done as f64 * f64::from(self.step_s)
    }

    /// Simulated time per second of wall clock.
    fn speed(&self, elapsed: Duration) -> String {
        // A run too short to be timed counts as a millisecond.
        let speed = self.simulated_s() / elapsed.as_secs_f64().max(0.001);
        match speed {
            _ if speed >= 86_400.0 => format!("{:.1} d/s", speed / 86_400.0),
            _ if speed >= 3_600.0 => format!("{:.1} h/s", speed / 3_600.0),
            _ if speed >= 60.0 => format!("{:.1} min/s", speed / 60.0),
            _ => format!("{speed:.1} s/s"),
        }
    }
}

/// A bar on a terminal.
fn bar(target: ProgressDrawTarget, steps_total: u64, log: Box<dyn Write>) -> Shown {
    let bar = ProgressBar::with_draw_target(Some(steps_total), target);
    // The template is a constant, so it parses or a test fails; a run would go on with the library's own style.
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style.progress_chars("#>-"));
    }
    Shown::Bar { bar, log }
}

/// Writes a line. If nobody can read it, the run goes on without.
fn say(log: &mut Box<dyn Write>, text: &str) {
    writeln!(log, "{text}").ok();
}

/// Seconds in the two largest units that say something.
fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60);
    match whole {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3_600 => two(minutes, "min", whole % 60, "s"),
        3_600..86_400 => two(hours, "h", minutes, "min"),
        _ => two(days, "d", hours, "h"),
    }
}

/// A large unit and, unless it is zero, the next smaller one.
fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    let rest = if small == 0 { String::new() } else { format!(" {small} {small_unit}") };
    format!("{large} {large_unit}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::sync::{Arc, Mutex};

    /// A place to look at what was written, as a log and as a terminal of 80 columns.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn text(&self) -> String {
            self.0.lock().unwrap().clone()
        }

        fn add(&self, text: &str) {
            self.0.lock().unwrap().push_str(text);
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.add(str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, s: &str) -> io::Result<()> {
            self.add(s);
            self.add("\n");
            Ok(())
        }
        fn write_str(&self, s: &str) -> io::Result<()> {
            self.add(s);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.add("\r");
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_log_gets_a_line_every_five_seconds_and_one_at_the_end() {
        let paper = Paper::default();
        let mut progress = Progress::with(Shown::Lines { log: Box::new(paper.clone()) }, 1_440, 60);
        for second in 0..12 {
            progress.at_elapsed(u64::from(second) * 120, "2024-07-15 18:05", SECOND * second);
        }
        progress.at_elapsed(1_440, "2024-07-16 00:00", Duration::from_millis(11_500));
        progress.finish_elapsed(SECOND * 12);
        assert_eq!(
            paper.text(),
            "2024-07-15 18:05   41 %  2.0 h/s  ETA 7.0 s\n\
             2024-07-15 18:05   83 %  2.0 h/s  ETA 2.0 s\n\
             simulated 1 d in 12 s (2.0 h/s)\n"
        );
    }

    #[test]
    fn a_terminal_gets_a_bar_without_colours_and_a_last_line() {
        let paper = Paper::default();
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        let mut progress = Progress::with(bar(target, 100, Box::new(paper.clone())), 100, 900);
        progress.at_elapsed(50, "2024-07-15 12:30", SECOND * 4);
        assert!(
            paper.text().contains("[#######>------] 2024-07-15 12:30   50 %  3.1 h/s  ETA 4.0 s"),
            "{}",
            paper.text()
        );
        progress.at_elapsed(51, "2024-07-15 12:45", SECOND * 4 + BAR_EVERY / 2);
        assert!(!paper.text().contains("12:45"), "drawn too often");
        progress.at_elapsed(100, "2024-07-16 01:00", SECOND * 8);
        progress.finish_elapsed(SECOND * 8);
        assert!(paper.text().ends_with("simulated 1 d 1 h in 8.0 s (3.1 h/s)\n"), "{}", paper.text());
        assert!(!paper.text().contains('\u{1b}'), "control sequences in the text");
    }

    #[test]
    fn quiet_is_quiet_and_a_run_without_steps_has_a_hundred_percent() {
        let mut quiet = Progress::new(10, 60, true);
        assert!(matches!(quiet.shown, Shown::Nothing));
        quiet.at(5, "2024-07-15 12:30");
        quiet.finish();
        let none = Progress::with(Shown::Nothing, 0, 60);
        assert_eq!(none.status("2024-07-15 00:00", SECOND), "2024-07-15 00:00  100 %  0.0 s/s  ETA ?");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let cases = [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.7, "1 min"), (185.0, "3 min 5 s")];
        let more = [(3_600.0, "1 h"), (4_320.0, "1 h 12 min"), (86_400.0 * 7.0, "7 d"), (90_000.0, "1 d 1 h")];
        for (seconds, text) in cases.into_iter().chain(more) {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn speeds_have_fitting_units() {
        let speed =
            |steps_done, step_s| Progress { steps_done, ..Progress::with(Shown::Nothing, 0, step_s) }.speed(SECOND);
        assert_eq!(speed(30, 1), "30.0 s/s");
        assert_eq!(speed(30, 60), "30.0 min/s");
        assert_eq!(speed(90, 60), "1.5 h/s");
        assert_eq!(speed(2_880, 60), "2.0 d/s");
        assert!(Progress::with(Shown::Nothing, 0, 1).speed(Duration::ZERO).starts_with("0.0 "));
    }
}
