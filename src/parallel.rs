//! Work in parallel over things that share nothing.

use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::{Component, Query, Resource};
use bevy_ecs::query::QueryFilter;
use bevy_tasks::futures_lite::future::yield_now;
use bevy_tasks::{ComputeTaskPool, TaskPoolBuilder};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How many threads a run computes on.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(pub usize);

impl Threads {
    /// Sets up the process's pool of threads, once; the calling thread computes too, so the pool is one smaller.
    ///
    /// The pool belongs to the process: the first call decides, and a later run with more threads uses what there is.
    pub fn start(threads: usize) -> Self {
        let threads = threads.max(1);
        ComputeTaskPool::get_or_init(|| TaskPoolBuilder::new().num_threads((threads - 1).max(1)).build());
        Self(threads)
    }

    /// Does `work` to every item; on one thread in order, on more at the same time.
    pub fn each<T: Send>(self, items: Vec<T>, work: impl Fn(T) + Send + Sync) {
        if self.0 == 1 || items.len() < 2 {
            items.into_iter().for_each(work);
            return;
        }
        keep_awake();
        let work = &work;
        ComputeTaskPool::get().scope(|scope| {
            for item in items {
                scope.spawn(async move { work(item) });
            }
        });
    }
}

/// Into how many parts a list is divided at most (a tuning figure; results do not depend on it).
const PARTS: usize = 32;

impl Threads {
    /// Goes through a list part by part, at the same time, and returns what each part adds up to, in order.
    pub fn parts<T: Sync, S: Send + Default>(self, items: &[T], add: impl Fn(&mut S, &T) + Send + Sync) -> Vec<S> {
        let each = items.len().div_ceil(PARTS).max(1);
        let mut sums: Vec<S> = items.chunks(each).map(|_| S::default()).collect();
        let work = |(part, sum): (&[T], &mut S)| part.iter().for_each(|item| add(sum, item));
        self.each(items.chunks(each).zip(&mut sums).collect(), work);
        sums
    }
}

/// Calls of [`Threads::each`] that were shared among threads, so that the watcher knows whether more are coming.
static CALLS: AtomicU32 = AtomicU32::new(0);
/// True while the watcher runs.
static WATCHING: AtomicBool = AtomicBool::new(false);
/// Looks without a new call after which the watcher goes home: more than the serial parts of a step take (assumption).
const MOST_LOOKS: u32 = 4_000;

/// Keeps a worker of the pool awake between the phases of a step: to wake one several times in each step took about a
/// fifth of a city's day on two threads.
fn keep_awake() {
    CALLS.fetch_add(1, Ordering::Relaxed);
    if !WATCHING.swap(true, Ordering::Relaxed) {
        ComputeTaskPool::get().spawn(watch()).detach();
    }
}

async fn watch() {
    let (mut seen, mut looks) = (CALLS.load(Ordering::Relaxed), 0);
    while looks < MOST_LOOKS {
        yield_now().await;
        let calls = CALLS.load(Ordering::Relaxed);
        looks = if calls == seen { looks + 1 } else { 0 };
        seen = calls;
        core::hint::spin_loop();
    }
    WATCHING.store(false, Ordering::Relaxed);
}

/// Splits a slice into runs of the given lengths.
pub fn split<T>(mut slice: &mut [T], lengths: impl IntoIterator<Item = usize>) -> Vec<&mut [T]> {
    let mut parts = Vec::new();
    for length in lengths {
        let (part, rest) = core::mem::take(&mut slice).split_at_mut(length);
        parts.push(part);
        slice = rest;
    }
    parts
}

/// The rows of a component that lives in one table only, in id order, without touching change ticks.
///
/// Agents of one kind are spawned in id order into one table and never moved, so that a row is an id.
pub fn with_rows<T, F, R>(query: &mut Query<&mut T, F>, f: impl FnOnce(&mut [T]) -> R) -> R
where
    T: Component<Mutability = Mutable>,
    F: QueryFilter + bevy_ecs::query::ArchetypeFilter,
{
    let mut tables = query.contiguous_iter_mut().expect("components are stored in tables");
    let mut rows = tables.next();
    debug_assert!(tables.next().is_none(), "agents of one kind live in one table");
    match rows.as_mut() {
        Some(rows) => f(rows.bypass_change_detection()),
        None => f(&mut []),
    }
}

/// Read-only rows, as [`with_rows`].
pub fn rows<'a, T, F>(query: &'a Query<&T, F>) -> &'a [T]
where
    T: Component,
    F: QueryFilter + bevy_ecs::query::ArchetypeFilter,
{
    let mut tables = query.contiguous_iter().expect("components are stored in tables");
    tables.next().unwrap_or(&[])
}
