//! The books of all shards as one: a run may go on in another number of them.

use super::rows::{Sessions, Stations};
use crate::fleet::books::{Books, Line, SurveyLines};
use crate::fleet::shard::{FleetShards, StationShards};

fn add_line(sum: &mut Line, line: &Line) {
    sum.standing_w += line.standing_w;
    sum.extra_j += line.extra_j;
}

/// Adds lists of numbers.
fn add_all<'a>(sums: impl IntoIterator<Item = &'a mut u64>, more: &[u64]) {
    sums.into_iter().zip(more).for_each(|(sum, more)| *sum += more);
}

/// The books of all shards together.
pub(super) fn sum(shards: &FleetShards) -> Books {
    let slots = shards.0.first().map_or(0, |shard| shard.books.survey.len());
    let mut sum = Books { survey: vec![SurveyLines::default(); slots], ..Books::default() };
    for books in shards.0.iter().map(|shard| &shard.books) {
        sum.charged.iter_mut().zip(&books.charged).for_each(|(sum, line)| add_line(sum, line));
        sum.returned.iter_mut().zip(&books.returned).for_each(|(sum, line)| add_line(sum, line));
        add_line(&mut sum.battery, &books.battery);
        sum.driving_j += books.driving_j;
        sum.driving_by_class_j.iter_mut().zip(books.driving_by_class_j).for_each(|(sum, more)| *sum += more);
        add_all(&mut sum.metres_by_class, &books.metres_by_class);
        add_all(&mut sum.late_by_class, &books.late_by_class);
        add_all(&mut sum.sessions_by_cell, &books.sessions_by_cell);
        add_all(sum.public_sessions_by_hour.as_flattened_mut(), books.public_sessions_by_hour.as_flattened());
        for (sum, lines) in sum.survey.iter_mut().zip(&books.survey) {
            add_line(&mut sum.points, &lines.points);
            add_line(&mut sum.energy, &lines.energy);
            add_line(&mut sum.rated, &lines.rated);
        }
        sum.counts.add(&books.counts);
        // Changes for the transformers are taken up within the step.
        debug_assert!(books.nodes.is_empty());
    }
    sum
}

/// Gives the books to the first shard, and none to the others: sums are all that is ever asked of them.
pub(super) fn give(shards: &mut FleetShards, books: Books) {
    let slots = books.survey.len();
    for shard in &mut shards.0 {
        shard.books = Books { survey: vec![SurveyLines::default(); slots], ..Books::default() };
    }
    if let Some(first) = shards.0.first_mut() {
        first.books = books;
    }
}

/// Busy points of all shards of stations, by slot of the survey.
pub(super) fn busy(shards: &StationShards) -> Vec<Line> {
    let slots = shards.0.first().map_or(0, |shard| shard.busy.len());
    let mut sums = vec![Line::default(); slots];
    for shard in &shards.0 {
        sums.iter_mut().zip(&shard.busy).for_each(|(sum, line)| add_line(sum, line));
    }
    sums
}

/// Gives busy points to the first shard.
pub(super) fn give_busy(shards: &mut StationShards, busy: Vec<Line>) {
    for shard in &mut shards.0 {
        shard.busy = vec![Line::default(); busy.len()];
    }
    if let Some(first) = shards.0.first_mut() {
        first.busy = busy;
    }
}

/// What vehicles have beside their rows, by vehicle.
pub(super) fn sessions(shards: &FleetShards) -> Sessions {
    let mut tapers: Vec<_> = shards.0.iter().flat_map(|shard| &shard.tapers).copied().collect();
    tapers.sort_unstable_by_key(|taper| taper.row);
    Sessions {
        tapers,
        orders: shards.0.iter().flat_map(|shard| &shard.orders).map(|(row, order)| (*row, *order)).collect(),
        promises: shards.0.iter().flat_map(|shard| &shard.promises).map(|(row, promise)| (*row, *promise)).collect(),
    }
}

/// Messages on their way and failures to come, in an order that does not know of shards.
pub(super) fn messages(fleet: &FleetShards, shards: &StationShards) -> Stations {
    let mut made = Stations::default();
    let on_their_way = fleet.0.iter().flat_map(|shard| &shard.outbox).chain(shards.0.iter().map(|s| &s.requests));
    made.requests = on_their_way.flatten().copied().collect();
    made.requests.sort_unstable();
    made.replies = fleet.0.iter().flat_map(|shard| &shard.inbox).copied().collect();
    // Stable: answers of one second stay in the order in which they were given.
    made.replies.sort_by_key(|reply| (reply.vehicle, reply.at_s));
    made.faults = shards.0.iter().flat_map(|shard| &shard.faults).copied().collect();
    made.faults.sort_unstable_by(|a, b| b.cmp(a));
    made
}
