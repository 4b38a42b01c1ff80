//! The last lines of a file, read from its end in blocks, so that the size of a log does not matter.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

const BLOCK_BYTES: u64 = 64 << 10;

/// The last `count` lines of `file` that begin after `offset` bytes.
pub fn last_lines_after(file: &Path, offset: u64, count: usize) -> std::io::Result<Vec<String>> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    Ok(last_lines(&mut file, offset, length, count)?.lines)
}

/// The last lines of a file, and where reading goes on.
#[derive(Debug)]
pub struct Tail {
    /// Lines without their line breaks, oldest first; the last one may lack its end.
    pub lines: Vec<String>,
    /// Where they end, in bytes.
    pub end: u64,
    /// Bytes of the last line when it lacks its end, else 0.
    pub unfinished: u64,
}

/// The last `count` lines between the offsets `from` and `length`.
pub fn last_lines(file: &mut File, from: u64, length: u64, count: usize) -> std::io::Result<Tail> {
    let mut bytes = Vec::new();
    let mut start = length;
    // One line break more than lines: the one before the first line wanted.
    while start > from && breaks(&bytes) <= count {
        let block = BLOCK_BYTES.min(start - from);
        start -= block;
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.by_ref().take(block).read_to_end(&mut head)?;
        head.append(&mut bytes);
        bytes = head;
    }
    let unfinished = bytes.iter().rev().take_while(|&&byte| byte != b'\n').count() as u64;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let wanted = &lines[lines.len().saturating_sub(count)..];
    Ok(Tail { lines: wanted.iter().map(|&line| line.to_owned()).collect(), end: length, unfinished })
}

fn breaks(bytes: &[u8]) -> usize {
    bytes.split(|&byte| byte == b'\n').count() - 1
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn tail_of(content: &[u8], from: u64, count: usize) -> Vec<String> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(content).expect("written");
        last_lines(&mut file, from, content.len() as u64, count).expect("read").lines
    }

    #[test]
    fn the_last_lines_come_in_order_with_or_without_a_last_line_break() {
        assert_eq!(tail_of(b"a\nb\nc\n", 0, 2), ["b", "c"]);
        assert_eq!(tail_of(b"a\nb\nc", 0, 2), ["b", "c"]);
        assert_eq!(tail_of(b"a\nb\n", 2, 5), ["b"]);
        assert!(tail_of(b"", 0, 3).is_empty());
    }

    #[test]
    fn lines_longer_than_a_block_are_whole() {
        let long = "x".repeat(200_000);
        let content = format!("first\n{long}\nlast\n");
        assert_eq!(tail_of(content.as_bytes(), 0, 2), [long, "last".to_owned()]);
    }
}
