//! The one integration binary: a module per theme.

mod broken;
mod calibrate;
mod city;
mod cli;
mod cli_power_plant;
mod cli_study;
mod dispatch_lp;
mod endurance;
mod event_desk;
mod event_pair;
mod fleet_properties;
mod hostile;
mod load;
mod power_plant;
mod price_response;
mod queues;
mod readme;
mod station_machine;
mod support;
mod telemetry;
mod tidy;
mod truth_battery;
mod truth_pv;
mod twin_properties;
mod two_way;
mod validate;
