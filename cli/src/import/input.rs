//! The bytes of a file, decompressed where it is gzipped, from any place in them. Knows no format.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER_BYTES: usize = 1 << 18;

/// An open file.
#[derive(Debug)]
pub(super) struct Input {
    bytes: BufReader<Bytes>,
    /// The same open file, to ask how far it has been read.
    file: File,
}

#[derive(Debug)]
enum Bytes {
    Plain(File),
    Gzipped(Box<MultiGzDecoder<BufReader<File>>>),
}

impl Input {
    /// Opens a file at an offset, which counts decompressed bytes. There is no way into the middle of a gzipped file:
    /// it is decompressed up to there.
    pub(super) fn open_at(path: &Path, offset: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut magic = Vec::new();
        file.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic)?;
        let bytes = if magic == GZIP_MAGIC {
            file.rewind()?;
            let compressed = BufReader::with_capacity(BUFFER_BYTES, file.try_clone()?);
            let mut plain = MultiGzDecoder::new(compressed);
            io::copy(&mut plain.by_ref().take(offset), &mut io::sink())?;
            Bytes::Gzipped(Box::new(plain))
        } else {
            file.seek(SeekFrom::Start(offset))?;
            Bytes::Plain(file.try_clone()?)
        };
        Ok(Self { bytes: BufReader::with_capacity(BUFFER_BYTES, bytes), file })
    }

    /// How much of the file has been taken from the disk, in its own bytes.
    pub(super) fn taken_from_disk(&self) -> u64 {
        (&self.file).stream_position().unwrap_or_default()
    }
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Gzipped(plain) => plain.read(buffer),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.bytes.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}
