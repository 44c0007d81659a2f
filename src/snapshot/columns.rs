//! Rows in columns: values of one field lie side by side, in as few bits as they need. This packs about as well as a
//! general compression of the same columns, in a third of its time.

use crate::fleet::charger::GunStatus;
use bitpacking::{BitPacker, BitPacker4x};

/// A value that is kept in columns of 32-bit words, of which it takes one or two. Values near each other have words
/// near each other, and what most rows have, which is nothing, is 0.
pub(super) trait Cell: Copy {
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
    GunStatus: |cell| cell as u32, |word| GunStatus::ALL.get(word as usize).copied();
}

/// Words that are packed together, in as many bits each as the greatest of them needs.
const GROUP: usize = BitPacker4x::BLOCK_LEN;

/// Words that are passed over together when all are 0 (a tuning figure; what is written does not depend on it).
const SKIPPED: usize = 16;

/// Rows that are turned into columns together, which stay in a processor's first cache (a tuning figure too).
pub(super) const TURNED: usize = 128;

/// What a word that is not 0 costs beside its own bits when those that are 0 are left out (a tuning figure: bits for
/// the gap before it, and some for the time it takes).
const GAP_BITS: usize = 8;

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
pub(super) struct Scratch {
    pub(super) words: Vec<u32>,
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
pub(super) fn pack_column(scratch: &mut Scratch, out: &mut Vec<u8>) {
    let Scratch { words, gaps, some } = scratch;
    let of_word = |(count, any), word: &u32| (count + u32::from(*word != 0), any | *word);
    let (count, any) = words.iter().fold((0, 0), of_word);
    let (count, bits) = (count as usize, (u32::BITS - any.leading_zeros()) as usize);
    if count * (bits + GAP_BITS) >= words.len() * bits && count > 0 {
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
pub(super) fn gather<A, C: Cell>(rows: &[A], cell: impl Fn(&A) -> C, columns: &mut core::slice::IterMut<'_, Vec<u32>>) {
    if let Some(words) = columns.next() {
        words.extend(rows.iter().map(|row| cell(row).word()));
    }
}

/// Takes a column into rows; `None` if it is not as long, or holds what is no value.
pub(super) fn unpack<A, C: Cell>(
    from: &mut &[u8],
    rows: &mut [A],
    put: impl Fn(&mut A, C) -> Option<()>,
    scratch: &mut Scratch,
) -> Option<()> {
    unpack_column(from, rows.len(), scratch)?;
    rows.iter_mut().zip(&scratch.words).try_for_each(|(row, word)| put(row, C::of(*word)?))
}

/// A row of which a snapshot keeps some fields, in columns.
pub(super) trait Columns: Sized {
    /// Appends the columns of some rows.
    fn pack(rows: &[Self], out: &mut Vec<u8>);
    /// Takes columns into as many rows; `None` if they do not fit.
    fn unpack(from: &[u8], rows: &mut [Self]) -> Option<()>;
}

/// States which fields of a row are kept, and what is made of several or kept in another way: how it is made, and how it
/// is put into a row whose columns before it have been.
macro_rules! columns {
    ($row:ty { $($field:ident),+ $(,)? } $($name:ident: $cell:ty = $of:expr, $put:expr;)*) => {
        impl Columns for $row {
            fn pack(rows: &[Self], out: &mut Vec<u8>) {
                use $crate::snapshot::columns::{Scratch, TURNED, gather, pack_column};
                const COLUMNS: usize = [$(stringify!($field),)+ $(stringify!($name)),*].len();
                let mut columns: [Vec<u32>; COLUMNS] = core::array::from_fn(|_| Vec::with_capacity(rows.len()));
                for rows in rows.chunks(TURNED) {
                    let columns = &mut columns.iter_mut();
                    $(gather(rows, |row| row.$field, columns);)+
                    $(let of: fn(&Self) -> $cell = $of; gather(rows, of, columns);)*
                }
                let scratch = &mut Scratch::default();
                for words in columns {
                    scratch.words = words;
                    pack_column(scratch, out);
                }
            }

            fn unpack(mut from: &[u8], rows: &mut [Self]) -> Option<()> {
                use $crate::snapshot::columns::{Scratch, unpack};
                let scratch = &mut Scratch::default();
                $(unpack(&mut from, rows, |row, cell| { row.$field = cell; Some(()) }, scratch)?;)+
                $(let put: fn(&mut Self, $cell) -> Option<()> = $put; unpack(&mut from, rows, put, scratch)?;)*
                from.is_empty().then_some(())
            }
        }
    };
}

pub(super) use columns;
