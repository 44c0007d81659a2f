//! World files: read, checked, and turned into a plan of agents.

pub mod check;
pub mod event;
pub mod figure;
pub mod problem;
pub mod schema;
pub mod study;
pub mod synth;
pub mod text;

use crate::plan::Plan;
use crate::world::problem::Problems;
use crate::world::schema::WorldFile;
use crate::world::synth::demand::Features;
use crate::world::text::{Disk, Document, Files, Refusal};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A world that has been read and found sound. There is no way to one that leaves the checks out.
#[derive(Clone, Debug)]
pub struct Checked {
    document: Document,
    file: WorldFile,
}

/// A store of files with one more, which is in memory.
struct Over<'a> {
    base: &'a Path,
    text: Vec<u8>,
    files: &'a dyn Files,
}

impl Files for Over<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        if path == self.base { Ok(self.text.clone()) } else { self.files.read(path) }
    }

    fn identity(&self, path: &Path) -> PathBuf {
        if path == self.base { path.to_owned() } else { self.files.identity(path) }
    }

    fn neighbours(&self, path: &Path) -> Vec<String> {
        self.files.neighbours(path)
    }
}

impl Checked {
    /// Reads a world with its bases and patches (`PATH=VALUE`), and checks it.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn load(path: &Path, patches: &[String]) -> Result<Self, Problems> {
        Self::read(&Disk, path, patches)
    }

    /// Reads a world as [`Self::load`] does, from any store of files.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(files: &dyn Files, path: &Path, patches: &[String]) -> Result<Self, Problems> {
        Self::read_under(files, path, &[], patches)
    }

    /// Reads a world as [`Self::read`] does, with more files laid over it before it is patched, each over the one
    /// before.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read_under(
        files: &dyn Files,
        path: &Path,
        overlays: &[PathBuf],
        patches: &[String],
    ) -> Result<Self, Problems> {
        let (document, mut problems) = Document::read_under(files, path, overlays, patches);
        let Some(document) = document else { return Err(problems) };
        match check::world(&document) {
            Ok(file) => problems.into_result(Self { document, file }),
            Err(more) => {
                problems.extend_untold(more);
                Err(problems)
            }
        }
    }

    /// Checks a document.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn from_document(document: Document) -> Result<Self, Problems> {
        let file = check::world(&document)?;
        Ok(Self { document, file })
    }

    /// The world with more patches (`PATH=VALUE`), checked anew.
    ///
    /// # Errors
    /// Everything that is wrong with the patches or with what they make of the world.
    pub fn patched(&self, patches: &[String]) -> Result<Self, Problems> {
        Self::from_document(self.document.patched(patches)?)
    }

    /// The world with files laid over it, each over the one before, and then patches (`PATH=VALUE`), checked anew.
    ///
    /// # Errors
    /// Everything that is wrong with the files, or with what they and the patches make of the world.
    pub fn overlaid(&self, files: &dyn Files, overlays: &[PathBuf], patches: &[String]) -> Result<Self, Problems> {
        if overlays.is_empty() && patches.is_empty() {
            return Ok(self.clone());
        }
        let base = PathBuf::from("world in the snapshot");
        let files = Over { base: &base, text: self.document.canonical().into_bytes(), files };
        Self::read_under(&files, &base, overlays, patches)
    }

    /// What is known of every zone that is simulated, by its number: the features that `charging.zone_demand` weighs,
    /// in the order of [`synth::demand::NAMES`].
    pub fn zone_features(&self) -> BTreeMap<u32, Features> {
        synth::zone_features(&self.file)
    }

    /// Its text with places.
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// Its content.
    pub const fn file(&self) -> &WorldFile {
        &self.file
    }

    /// The plan of its agents.
    pub fn plan(&self) -> Plan {
        synth::plan(&self.file, self.document.digest())
    }
}
