//! Runs the tool as a user does and looks at exit codes, messages and fragments.

mod fragments;
mod list;
mod network;
mod output;
mod real;
mod shenzhen;
mod stations;
mod weather;
mod weather_days;
mod workshop;
mod zones;
