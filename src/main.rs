#![allow(clippy::print_stdout, reason="x")]
use std::time::Instant;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let t = Instant::now();
    let checked = match Checked::load(args[1].as_ref(), &args[4..]) { Ok(c) => c, Err(e) => { println!("{e}"); std::process::exit(2) } };
    println!("read {:?}", t.elapsed());
    let plan = checked.plan().unwrap_or_else(|e| panic!("{e}"));
    println!("plan {:?}", t.elapsed());
    let o = Options { threads: args[2].parse().unwrap(), days: args[3].parse().unwrap(), ..Options::default() };
    let mut twin = Twin::new(plan, &o);
    println!("spawn {:?} {:?}", t.elapsed(), twin.counts());
    let t = Instant::now();
    if let Ok(row) = std::env::var("TRACE") { let row: usize = row.parse().unwrap(); let mut last = (voltcity::fleet::vehicle::Phase::Parked, 0); while !twin.is_over() { twin.step(); let civil = twin.calendar().civil(twin.clock().now_s()); let w = twin.world_mut(); let st = *w.query::<&voltcity::fleet::vehicle::VehicleState>().iter(w).nth(row).unwrap(); let v = *w.query::<&voltcity::fleet::vehicle::Vehicle>().iter(w).nth(row).unwrap(); if (st.phase, st.leg) != last { last = (st.phase, st.leg); println!("{civil} {:?} place {:?} leg {} E {:.1}/{:.1} kWh next {} depart {} unplug {} station {} {:?} lim {} cls {:?}", st.phase, st.place, st.leg, st.energy.kwh(), f64::from(v.capacity_j)/3.6e6, st.next_s, st.depart_s, st.unplug_s, st.station, st.charge_place, st.limit_w, v.class); } } return; }
    if std::env::var("DBG").is_ok() { let mut last=0; while !twin.is_over() { twin.step(); let r = twin.ledger_residual_j(); if r != last { println!("tick {} residual {}", twin.clock().tick, r-last); last=r; } } }
    twin.warm_up();
    println!("warm {:?}", t.elapsed());
    let t = Instant::now();
    twin.run();
    println!("run {:?}", t.elapsed());
    println!("residual {} hash {:016x}", twin.ledger_residual_j(), twin.hash());
    let o = twin.resource::<voltcity::report::observe::Observations>();
    println!("peak {} MW at {}  ev peak {} at {}", o.peak_w as f64/1e6, twin.calendar().civil(o.peak_s), o.ev_peak_w as f64/1e6, twin.calendar().civil(o.ev_peak_s));
    for c in o.curve.iter().step_by(4) { println!("{:5} net {:6} bld {:6} pv {:5} ev {:5} ret {:4} sto {:5}", c.from_s/3600, c.net_w/1_000_000, c.building_w/1_000_000, c.pv_w/1_000_000, c.charged_w/1_000_000, c.returned_w/1_000_000, c.storage_w/1_000_000); }
    println!("{:?}", twin.fleet_counts());
    let cells = twin.resource::<voltcity::grid::ledger::CellTotals>();
    for (k, c) in voltcity::fleet::vehicle::VehicleClass::ALL.iter().enumerate() { println!("{:12} {:?}", c.name(), (0..4).map(|p| cells.charged_j[k*4+p] as f64/3.6e9).collect::<Vec<_>>()); }
    let t = twin.resource::<voltcity::grid::ledger::Totals>();
    println!("{:?}", t);
    let sh = twin.resource::<voltcity::fleet::shard::FleetShards>();
    for k in 0..8 { println!("late {} sessions {:?} km {} {}", sh.0.iter().map(|s| s.books.late_by_class[k]).sum::<u64>(), (0..4).map(|p| sh.0.iter().map(|s| s.books.sessions_by_cell[k*4+p]).sum::<u64>()).collect::<Vec<_>>(), k, sh.0.iter().map(|s| s.books.metres_by_class[k]).sum::<u64>()/1000); }
}
