//! Standard output and standard error, written so that a closed pipe is no fault and a full disk is one.

use super::exit::Failure;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Writes a text to standard output.
///
/// # Errors
/// Whatever standard output refuses, except that its reader has left: then there is nobody to write for.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write_all(&mut io::stdout().lock(), text).map_err(Failure::Console)
}

fn write_all(out: &mut impl Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes one line to standard error. If nobody can read it, the exit code has to do.
pub(crate) fn note(text: &str) {
    writeln!(io::stderr().lock(), "{text}").ok();
}

/// Writes the message of a failure to standard error.
pub(crate) fn complain(failure: &Failure) {
    if let Failure::Usage(error) = failure {
        // The parser knows whether standard error is a terminal with colours.
        error.print().ok();
    } else {
        note(&failure.to_string());
    }
}

/// Whether standard output shows colours: a terminal that was not asked to do without.
pub(crate) fn has_colours() -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !plain && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An output that fails as it is told.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_left_is_no_fault_and_a_full_disk_is_one() {
        assert!(write_all(&mut Failing(ErrorKind::BrokenPipe), "x").is_ok());
        let error = write_all(&mut Failing(ErrorKind::StorageFull), "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        let mut paper = Vec::new();
        write_all(&mut paper, "a\nb\n").unwrap();
        assert_eq!(paper, b"a\nb\n");
    }
}
