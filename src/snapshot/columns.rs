//! Rows in columns: values of one field lie side by side, in as few bits as they need. This packs about as well as a
//! general compression of the same columns, in a third of its time.

use crate::fleet::charger::{Gun, GunKind, GunStatus, NONE};
use crate::fleet::vehicle::{ChargePlace, Phase, Place, VehicleState};
use crate::units::Energy;
use bitpacking::{BitPacker, BitPacker4x};

/// A value that is kept in columns of 32-bit words, of which it takes one or two. Values near each other have words
/// near each other, and what most rows have, which is nothing, is 0.
trait Cell: Copy {
    fn word(self) -> u32;
    fn of(word: u32) -> Option<Self>;
}

macro_rules! cells {
    ($($cell:ty: $to:expr, $from:expr;)+) => {
        $(impl Cell for $cell {
            fn word(self) -> u32 {
                let to: fn(Self) -> u32 = $to;
                to(self)
            }
            fn of(word: u32) -> Option<Self> {
                let from: fn(u32) -> Option<Self> = $from;
                from(word)
            }
        })+
    };
}
cells! {
    u8: u32::from, |word| u8::try_from(word).ok();
    u16: u32::from, |word| u16::try_from(word).ok();
    u32: |cell| cell.wrapping_add(1), |word| Some(word.wrapping_sub(1));
    i32: |cell| (cell << 1 ^ cell >> 31) as u32, |word| Some((word >> 1) as i32 ^ -((word & 1) as i32));
    bool: u32::from, |word| [false, true].get(word as usize).copied();
    Phase: |cell| cell as u32, |word| Phase::ALL.get(word as usize).copied();
    Place: |cell| cell as u32, |word| Place::ALL.get(word as usize).copied();
    ChargePlace: |cell| cell as u32, |word| ChargePlace::ALL.get(word as usize).copied();
    GunKind: |cell| cell as u32, |word| GunKind::ALL.get(word as usize).copied();
    GunStatus: |cell| cell as u32, |word| GunStatus::ALL.get(word as usize).copied();
}

/// Words that are packed together, in as many bits each as the greatest of them needs.
const GROUP: usize = BitPacker4x::BLOCK_LEN;

/// Words that are passed over together when all are 0 (a tuning figure; what is written does not depend on it).
const SKIPPED: usize = 16;

/// Rows that are turned into columns together, which stay in a processor's first cache (a tuning figure too).
const TURNED: usize = 128;

/// How the words of a column lie.
#[repr(u8)]
enum Layout {
    /// All words.
    Full = 0,
    /// Words that are not 0: how many, how many rows lie before each since the last, and the words.
    Sparse = 1,
}

/// Room for one column after the other, so that none is set aside for each.
#[derive(Default)]
struct Scratch {
    words: Vec<u32>,
    gaps: Vec<u32>,
    some: Vec<u32>,
}

/// Appends words: the least, then groups of what they are above it, each behind its number of bits.
fn pack_words(words: &mut [u32], out: &mut Vec<u8>) {
    let least = words.iter().copied().min().unwrap_or_default();
    words.iter_mut().for_each(|word| *word -= least);
    out.extend(least.to_le_bytes());
    let packer = BitPacker4x::new();
    let mut pack = |group: &[u32]| {
        let bits = packer.num_bits(group);
        out.push(bits);
        let at = out.len();
        out.resize(at + usize::from(bits) * GROUP / 8, 0);
        packer.compress(group, &mut out[at..], bits);
    };
    let (groups, rest) = words.as_chunks::<GROUP>();
    groups.iter().for_each(|group| pack(group));
    if !rest.is_empty() {
        let mut last = [0; GROUP];
        last[..rest.len()].copy_from_slice(rest);
        pack(&last);
    }
}

/// Takes `count` words; `None` if they are not there.
fn unpack_words(from: &mut &[u8], count: usize, words: &mut Vec<u32>) -> Option<()> {
    let least = unpack_u32(from)?;
    let packer = BitPacker4x::new();
    words.clear();
    words.resize(count.next_multiple_of(GROUP), 0);
    for group in words.chunks_mut(GROUP) {
        let bits = *from.split_off_first()?;
        if bits > 32 {
            return None;
        }
        packer.decompress(from.split_off(..usize::from(bits) * GROUP / 8)?, group, bits);
    }
    words.truncate(count);
    words.iter_mut().for_each(|word| *word = word.wrapping_add(least));
    Some(())
}

/// Appends the words in `scratch` as a column.
fn pack_column(scratch: &mut Scratch, out: &mut Vec<u8>) {
    let Scratch { words, gaps, some } = scratch;
    let count: usize = words.iter().map(|word| usize::from(*word != 0)).sum();
    if count >= words.len() / 2 {
        out.push(Layout::Full as u8);
        pack_words(words, out);
        return;
    }
    gaps.resize(words.len(), 0);
    some.resize(words.len(), 0);
    let (mut at, mut gap) = (0, 0);
    for words in words[..if count == 0 { 0 } else { words.len() }].chunks(SKIPPED) {
        if words.iter().fold(0, |any, word| any | word) == 0 {
            gap += words.len() as u32;
            continue;
        }
        // Without a branch: a word that is 0 is written over by the next.
        for word in words {
            (gaps[at], some[at]) = (gap, *word);
            let is_some = *word != 0;
            at += usize::from(is_some);
            gap = if is_some { 0 } else { gap + 1 };
        }
    }
    out.push(Layout::Sparse as u8);
    out.extend((count as u32).to_le_bytes());
    pack_words(&mut gaps[..count], out);
    pack_words(&mut some[..count], out);
}

fn unpack_u32(from: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*from.split_off(..4)?.first_chunk()?))
}

/// Takes a column of `rows` words into `scratch`; `None` if it is not there.
fn unpack_column(from: &mut &[u8], rows: usize, scratch: &mut Scratch) -> Option<()> {
    let Scratch { words, gaps, some } = scratch;
    let layout = *from.split_off_first()?;
    if layout == Layout::Full as u8 {
        return unpack_words(from, rows, words);
    }
    let count = unpack_u32(from)? as usize;
    if layout != Layout::Sparse as u8 || count > rows {
        return None;
    }
    unpack_words(from, count, gaps)?;
    unpack_words(from, count, some)?;
    words.clear();
    words.resize(rows, 0);
    let mut rest = words.iter_mut();
    gaps.iter().zip(some).try_for_each(|(gap, some)| {
        *rest.nth(*gap as usize)? = *some;
        Some(())
    })
}

/// Appends a field of some rows to the words of its column.
fn gather<A, C: Cell>(rows: &[A], cell: impl Fn(&A) -> C, columns: &mut core::slice::IterMut<'_, Vec<u32>>) {
    if let Some(words) = columns.next() {
        words.extend(rows.iter().map(|row| cell(row).word()));
    }
}

/// Takes a column into rows; `None` if it is not as long, or holds what is no value.
fn unpack<A, C: Cell>(from: &mut &[u8], rows: &mut [A], put: impl Fn(&mut A, C), scratch: &mut Scratch) -> Option<()> {
    unpack_column(from, rows.len(), scratch)?;
    rows.iter_mut().zip(&scratch.words).try_for_each(|(row, word)| {
        put(row, C::of(*word)?);
        Some(())
    })
}

/// A row of which a snapshot keeps some fields, in columns.
pub(super) trait Columns: Sized {
    /// Appends the columns of some rows.
    fn pack(rows: &[Self], out: &mut Vec<u8>);
    /// Takes columns into as many rows; `None` if they do not fit.
    fn unpack(from: &[u8], rows: &mut [Self]) -> Option<()>;
}

macro_rules! columns {
    ($row:ty { $($name:ident: $cell:ty = $of:expr, $put:expr;)* } $($field:ident),+ $(,)?) => {
        impl Columns for $row {
            fn pack(rows: &[Self], out: &mut Vec<u8>) {
                const COLUMNS: usize = [$(stringify!($name),)* $(stringify!($field)),+].len();
                let mut columns: [Vec<u32>; COLUMNS] = core::array::from_fn(|_| Vec::with_capacity(rows.len()));
                for rows in rows.chunks(TURNED) {
                    let columns = &mut columns.iter_mut();
                    $(let of: fn(&Self) -> $cell = $of; gather(rows, of, columns);)*
                    $(gather(rows, |row| row.$field, columns);)+
                }
                let scratch = &mut Scratch::default();
                for words in columns {
                    scratch.words = words;
                    pack_column(scratch, out);
                }
            }

            fn unpack(mut from: &[u8], rows: &mut [Self]) -> Option<()> {
                let scratch = &mut Scratch::default();
                $(let put: fn(&mut Self, $cell) = $put; unpack(&mut from, rows, put, scratch)?;)*
                $(unpack(&mut from, rows, |row, cell| row.$field = cell, scratch)?;)+
                from.is_empty().then_some(())
            }
        }
    };
}

// All of a vehicle's state but its place among the tapering flows, which these state themselves.
columns! {
    VehicleState {
        high: i32 = |row| (row.energy.0 >> 32) as i32, |row, high| row.energy.0 = i64::from(high) << 32;
        low: u32 = |row| row.energy.0 as u32, |row, low| row.energy.0 |= i64::from(low);
    }
    anchor_s, next_s, depart_s, unplug_s, since_s, station, gun, battery_w, limit_w, leg_day, zone, to_zone, leg,
    pattern, tries, phase, place, to_place, charge_place, gun_kind, held, two_way,
}

// What changes about a charge point.
columns! { Gun {} vehicle, demand_w, allotted_w, repaired_s, status }

/// A row to read a vehicle into.
pub(super) const fn blank() -> VehicleState {
    VehicleState::parked(Energy::ZERO, 0, Place::Home, 0)
}

/// A row to read a charge point into, of which only what changes counts.
pub(super) const fn blank_gun() -> Gun {
    Gun {
        station: 0,
        vehicle: NONE,
        owner: NONE,
        rating_w: 0,
        demand_w: 0,
        allotted_w: 0,
        repaired_s: 0,
        kind: GunKind::HomeAc,
        status: GunStatus::Available,
        two_way: false,
    }
}

/// True when a number is the row of something there are `rows` of, or of nothing.
pub(super) const fn is_row(number: u32, rows: usize) -> bool {
    number == NONE || (number as usize) < rows
}
