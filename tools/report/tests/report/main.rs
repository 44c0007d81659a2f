//! The tool from outside: small result directories in, one page out.

mod browser;
mod chromium;
mod errors;
mod fixture;
mod labels;
mod page;
mod style;
