//! The container: a head that is text, then blocks with lengths and checksums, then an end that counts them.
//!
//! A flipped byte, a missing or an exchanged block, a cut and an appended byte are all found: each checksum covers the
//! number of its block too, and what follows the end is an error.

use super::error::SnapshotError;
use std::borrow::Cow;
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

/// What a snapshot begins with.
pub const MAGIC: [u8; 8] = *b"voltcity";
/// The version of the format that is written. Readers are kept for every version that was released; versions 1 and 2
/// never were.
pub const FORMAT: u16 = 3;

/// The most a block holds, unpacked and packed, in bytes: what a reader sets aside before it knows that a length is
/// sound.
const BLOCK_BYTES_MAX: u32 = 1 << 26;
/// The longest head in bytes.
const HEAD_BYTES_MAX: u32 = 1 << 20;
/// Memory set aside for a block before any of it has come, in bytes.
const TRUSTED_BYTES: u32 = 1 << 18;
/// Blocks that are flushed together (a tuning figure).
const BLOCKS_FLUSHED: u32 = 32;
/// zstd's level: a fast one, for a run waits while a snapshot is taken, and its columns pack well at any level.
const LEVEL: i32 = -3;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum BlockKind {
    /// Nothing: the file ends here. Its content is the number of blocks before it.
    End = 0,
    /// The text of the world.
    World = 1,
    /// A run of vehicles, in columns.
    Vehicles = 2,
    /// Flows that taper, orders and promises, by vehicle.
    Sessions = 3,
    /// A run of charge points.
    Guns = 4,
    /// Queues, failures to come, and messages on their way.
    Stations = 5,
    /// Buildings, solar arrays, storage units.
    Sites = 6,
    /// Flows of transformers, feeders and substations.
    Tree = 7,
    /// The books of the run: totals, observations, series that are not complete.
    Books = 8,
    /// Events in progress.
    Desk = 9,
    /// What traced vehicles have decided, and why.
    Causes = 10,
    /// The network that the twin solves, if it does.
    Grid = 11,
}

impl BlockKind {
    /// All kinds, by number.
    const ALL: [Self; 12] = [
        Self::End,
        Self::World,
        Self::Vehicles,
        Self::Sessions,
        Self::Guns,
        Self::Stations,
        Self::Sites,
        Self::Tree,
        Self::Books,
        Self::Desk,
        Self::Causes,
        Self::Grid,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::World => "world",
            Self::Vehicles => "vehicles",
            Self::Sessions => "sessions",
            Self::Guns => "guns",
            Self::Stations => "stations",
            Self::Sites => "sites",
            Self::Tree => "tree",
            Self::Books => "books",
            Self::Desk => "events",
            Self::Causes => "causes",
            Self::Grid => "network",
        }
    }
}

/// The length of a block's content.
fn sound_length(kind: BlockKind, raw: &[u8]) -> std::io::Result<u32> {
    let too_long = || std::io::Error::new(ErrorKind::InvalidInput, format!("too many {} for a block", kind.name()));
    u32::try_from(raw.len()).ok().filter(|bytes| *bytes <= BLOCK_BYTES_MAX).ok_or_else(too_long)
}

/// A block ready to be written. It is packed by zstd, unless it is as long as what it holds: then it is that.
#[derive(Debug, Default)]
pub(super) struct Packed {
    kind: u8,
    raw_bytes: u32,
    bytes: Vec<u8>,
}

impl Packed {
    /// Packs a block; what that would not make shorter stays plain.
    ///
    /// # Errors
    /// What is too long for a block, or for memory.
    pub(super) fn new(kind: BlockKind, raw: &[u8]) -> std::io::Result<Self> {
        let packed = zstd::bulk::compress(raw, LEVEL)?;
        let plain = Self::plain(kind, if packed.len() < raw.len() { packed } else { raw.to_vec() })?;
        Ok(Self { raw_bytes: sound_length(kind, raw)?, ..plain })
    }

    /// A block of what is packed already.
    ///
    /// # Errors
    /// What is too long for a block.
    pub(super) fn plain(kind: BlockKind, bytes: Vec<u8>) -> std::io::Result<Self> {
        Ok(Self { kind: kind as u8, raw_bytes: sound_length(kind, &bytes)?, bytes })
    }

    /// The checksum of the block when it is the `index`th.
    fn checksum(&self, index: u32) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&index.to_le_bytes());
        hasher.update(&[self.kind]);
        hasher.update(&self.raw_bytes.to_le_bytes());
        hasher.update(&self.bytes);
        hasher.finalize()
    }

    /// The kind and the content, unpacked.
    ///
    /// # Errors
    /// What does not unpack to its stated length.
    pub(super) fn unpack(&self) -> Result<Cow<'_, [u8]>, SnapshotError> {
        if self.bytes.len() == self.raw_bytes as usize {
            return Ok(Cow::Borrowed(&self.bytes));
        }
        let raw = zstd::bulk::decompress(&self.bytes, self.raw_bytes as usize);
        let raw = raw.ok().filter(|raw| raw.len() == self.raw_bytes as usize);
        raw.map(Cow::Owned).ok_or_else(|| SnapshotError::Damaged { what: self.name().to_owned() })
    }

    /// What it holds, in a word.
    pub(super) fn name(&self) -> &'static str {
        self.kind().map_or("unknown", BlockKind::name)
    }

    /// What it holds, unless that is not known.
    pub(super) fn kind(&self) -> Option<BlockKind> {
        BlockKind::ALL.get(usize::from(self.kind)).copied()
    }
}

/// What a container begins with: all before its blocks.
fn beginning(head: &str) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend((head.len() as u32).to_le_bytes());
    bytes.extend(head.as_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// Writes a container.
pub(super) struct Writer<W> {
    out: W,
    blocks: u32,
    /// Where it begins, and where its blocks do.
    begins: [u64; 2],
}

impl<W: Write + Seek> Writer<W> {
    /// Begins with room for a head of that many bytes. Until it is there this is no container.
    pub(super) fn begin(mut out: W, head_bytes: usize) -> std::io::Result<Self> {
        let room = vec![0; beginning("").len() + head_bytes];
        let begin = out.stream_position()?;
        out.write_all(&room)?;
        Ok(Self { out, blocks: 0, begins: [begin, begin + room.len() as u64] })
    }

    /// Writes a block; with some of them, sends what was written on its way.
    pub(super) fn block(&mut self, packed: &Packed) -> std::io::Result<()> {
        let mut fixed = [0; 13];
        fixed[0] = packed.kind;
        fixed[1..5].copy_from_slice(&packed.raw_bytes.to_le_bytes());
        fixed[5..9].copy_from_slice(&(packed.bytes.len() as u32).to_le_bytes());
        fixed[9..].copy_from_slice(&packed.checksum(self.blocks).to_le_bytes());
        self.out.write_all(&fixed)?;
        self.out.write_all(&packed.bytes)?;
        self.blocks += 1;
        if self.blocks.is_multiple_of(BLOCKS_FLUSHED) { self.out.flush() } else { Ok(()) }
    }

    /// Ends the file, and puts the head in its room.
    ///
    /// # Errors
    /// A head that is longer or shorter than its room.
    pub(super) fn finish(mut self, head: &str) -> std::io::Result<W> {
        let count = self.blocks.to_le_bytes();
        self.block(&Packed::new(BlockKind::End, &count)?)?;
        let (bytes, [begin, blocks]) = (beginning(head), self.begins);
        if bytes.len() as u64 != blocks - begin {
            return Err(std::io::Error::new(ErrorKind::InvalidInput, "a head that does not fit its room"));
        }
        self.out.seek(SeekFrom::Start(begin))?;
        self.out.write_all(&bytes)?;
        self.out.seek(SeekFrom::End(0))?;
        Ok(self.out)
    }
}

/// Reads a container.
pub(super) struct Reader<R> {
    from: R,
    blocks: u32,
}

/// Fills a buffer; a file that ends before is cut short.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> Result<(), SnapshotError> {
    from.read_exact(buffer).map_err(|cause| match cause.kind() {
        ErrorKind::UnexpectedEof => SnapshotError::CutShort,
        _ => SnapshotError::Io(cause),
    })
}

/// Reads some bytes, whose number is not yet known to be sound: memory is set aside as they come.
fn take(from: &mut impl Read, bytes: u32) -> Result<Vec<u8>, SnapshotError> {
    let mut buffer = Vec::with_capacity(bytes.min(TRUSTED_BYTES) as usize);
    let read = from.take(u64::from(bytes)).read_to_end(&mut buffer).map_err(SnapshotError::Io)?;
    if read == bytes as usize { Ok(buffer) } else { Err(SnapshotError::CutShort) }
}

impl<R: Read> Reader<R> {
    /// Opens a container, and returns its head.
    ///
    /// # Errors
    /// What is not a snapshot, has another version, or has a damaged head.
    pub(super) fn open(mut from: R) -> Result<(Self, String), SnapshotError> {
        let mut magic = [0; 8];
        let mut read = 0;
        while read < magic.len() {
            match from.read(&mut magic[read..]) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(cause) => return Err(SnapshotError::Io(cause)),
            }
        }
        if magic[..read] != MAGIC[..read] || read == 0 {
            return Err(SnapshotError::NotOne);
        }
        let mut fixed = [0; 6];
        if read < magic.len() {
            return Err(SnapshotError::CutShort);
        }
        fill(&mut from, &mut fixed)?;
        let version = u16::from_le_bytes([fixed[0], fixed[1]]);
        if version != FORMAT {
            return Err(SnapshotError::Version { found: version });
        }
        let damaged = || SnapshotError::Damaged { what: "head".to_owned() };
        let bytes = u32::from_le_bytes([fixed[2], fixed[3], fixed[4], fixed[5]]);
        if bytes > HEAD_BYTES_MAX {
            return Err(damaged());
        }
        let head = take(&mut from, bytes)?;
        let mut checksum = [0; 4];
        fill(&mut from, &mut checksum)?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&magic);
        hasher.update(&fixed);
        hasher.update(&head);
        if hasher.finalize().to_le_bytes() != checksum {
            return Err(damaged());
        }
        Ok((Self { from, blocks: 0 }, String::from_utf8(head).map_err(|_| damaged())?))
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    /// What is damaged or cut short.
    pub(super) fn next(&mut self) -> Result<Option<Packed>, SnapshotError> {
        let mut fixed = [0; 13];
        fill(&mut self.from, &mut fixed)?;
        let word = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
        let (raw_bytes, packed_bytes) = (word(1), word(5));
        let mut packed = Packed { kind: fixed[0], raw_bytes, bytes: Vec::new() };
        let damaged =
            |packed: &Packed, index: u32| SnapshotError::Damaged { what: format!("block {index} ({})", packed.name()) };
        if raw_bytes > BLOCK_BYTES_MAX || packed_bytes > BLOCK_BYTES_MAX {
            return Err(damaged(&packed, self.blocks));
        }
        packed.bytes = take(&mut self.from, packed_bytes)?;
        if packed.checksum(self.blocks) != word(9) {
            return Err(damaged(&packed, self.blocks));
        }
        if packed.kind() != Some(BlockKind::End) {
            self.blocks += 1;
            return Ok(Some(packed));
        }
        let mut beyond = [0];
        let is_last = self.from.read(&mut beyond).map_err(SnapshotError::Io)? == 0;
        let counts = *packed.unpack()? == self.blocks.to_le_bytes();
        if is_last && counts { Ok(None) } else { Err(damaged(&packed, self.blocks)) }
    }
}

/// The same snapshot with the content of its `number`th block changed and its checksum mended: what no accident makes.
/// For tests and fuzzers of the reader; bytes that are no container come back as they are.
pub fn forge(bytes: &[u8], number: usize, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let forged = || {
        let (mut reader, head) = Reader::open(bytes).ok()?;
        let mut blocks = Vec::new();
        while let Some(packed) = reader.next().ok()? {
            blocks.push(packed);
        }
        let number = number.checked_rem(blocks.len())?;
        let kind = blocks[number].kind()?;
        let mut raw = blocks[number].unpack().ok()?.into_owned();
        change(&mut raw);
        blocks[number] = Packed::new(kind, &raw).ok()?;
        let mut writer = Writer::begin(Cursor::new(Vec::new()), head.len()).ok()?;
        blocks.iter().try_for_each(|packed| writer.block(packed)).ok()?;
        writer.finish(&head).ok().map(Cursor::into_inner)
    };
    forged().unwrap_or_else(|| bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(head: &str, blocks: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = Writer::begin(Cursor::new(Vec::new()), head.len()).unwrap();
        for raw in blocks {
            writer.block(&Packed::new(BlockKind::Books, raw).unwrap()).unwrap();
        }
        writer.finish(head).unwrap().into_inner()
    }

    fn read(bytes: &[u8]) -> Result<(String, Vec<Vec<u8>>), SnapshotError> {
        let (mut reader, head) = Reader::open(bytes)?;
        let mut blocks = Vec::new();
        while let Some(packed) = reader.next()? {
            blocks.push(packed.unpack()?.into_owned());
        }
        Ok((head, blocks))
    }

    #[test]
    fn no_flip_and_no_cut_goes_unseen() {
        let bytes = written("(head)", &[b"one".to_vec(), Vec::new(), vec![7; 300]]);
        assert_eq!(read(&bytes).unwrap().1.len(), 3);
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xFF] {
                let mut flipped = bytes.clone();
                flipped[at] ^= flip;
                assert!(read(&flipped).is_err(), "byte {at} with {flip}");
            }
            assert!(read(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(read(&[&bytes[..], b"x"].concat()).is_err());
    }

    #[test]
    fn without_its_head_it_is_none() {
        let mut writer = Writer::begin(Cursor::new(Vec::new()), "(head)".len()).unwrap();
        writer.block(&Packed::new(BlockKind::Books, b"one").unwrap()).unwrap();
        let begun = writer.out.get_ref().clone();
        assert!(matches!(read(&begun), Err(SnapshotError::NotOne)));
        let other = writer.finish("(another)").unwrap_err();
        assert_eq!(other.kind(), ErrorKind::InvalidInput, "its head is longer than the room for it");
    }

    #[test]
    fn blocks_do_not_change_places() {
        let bytes = written("", &[b"aaaaaaaa".to_vec(), b"bbbbbbbb".to_vec()]);
        let head = MAGIC.len() + 6 + 4;
        let length = (bytes.len() - head - (13 + Packed::new(BlockKind::End, &[0; 4]).unwrap().bytes.len())) / 2;
        let (first, second) = (head..head + length, head + length..head + 2 * length);
        let swapped = [&bytes[..head], &bytes[second], &bytes[first], &bytes[head + 2 * length..]].concat();
        assert!(matches!(read(&swapped), Err(SnapshotError::Damaged { .. })));
    }

    #[test]
    fn another_version_is_told_from_another_file() {
        let mut bytes = written("(head)", &[]);
        assert!(matches!(read(b"PAR1 and so on"), Err(SnapshotError::NotOne)));
        assert!(matches!(read(b""), Err(SnapshotError::NotOne)));
        assert!(matches!(read(b"volt"), Err(SnapshotError::CutShort)));
        bytes[8] = 99;
        assert!(matches!(read(&bytes), Err(SnapshotError::Version { found: 99 })));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            head in ".{0,40}", blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..6)
        ) {
            prop_assert_eq!(read(&written(&head, &blocks)).unwrap(), (head.clone(), blocks.clone()));
            // Behind what is there already, as at its beginning.
            let mut behind = Cursor::new(b"before".to_vec());
            behind.set_position(6);
            let mut writer = Writer::begin(behind, head.len()).unwrap();
            blocks.iter().for_each(|raw| writer.block(&Packed::new(BlockKind::Books, raw).unwrap()).unwrap());
            prop_assert_eq!(&writer.finish(&head).unwrap().into_inner()[6..], &written(&head, &blocks)[..]);
        }

        #[test]
        fn whatever_the_bytes_there_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
            let _ = read(&[&MAGIC[..], &FORMAT.to_le_bytes(), &bytes].concat());
        }
    }
}
