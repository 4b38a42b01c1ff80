//! Numbers of varying length: LEB128, seven bits a byte, least first; signed ones zigzag; and bytes with their length before
//! them. Pure bytes.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "varints and zigzag are defined by two's complement and the low bits"
)]

use anyhow::{Context, Result, bail};

/// Appends an unsigned varint.
#[inline]
pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes an unsigned varint off the front.
#[inline]
pub fn take(bytes: &mut &[u8]) -> Result<u64> {
    if let [first, rest @ ..] = *bytes
        && *first < 0x80
    {
        *bytes = rest;
        return Ok(u64::from(*first));
    }
    take_long(bytes)
}

/// Appends bytes after how many there are.
pub fn put_slice(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Takes bytes that `put_slice` appended off the front.
#[inline]
pub fn take_slice<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = usize::try_from(take(bytes)?)?;
    let (slice, rest) = bytes.split_at_checked(length).context("a packed roll-up is cut short")?;
    *bytes = rest;
    Ok(slice)
}

/// The bit of each byte that says that the number goes on.
const GOES_ON: u64 = 0x8080_8080_8080_8080;

/// A number of several bytes: eight at once where as many are left, since most of them are not long and reports take
/// millions.
#[inline]
fn take_long(bytes: &mut &[u8]) -> Result<u64> {
    if let Some(chunk) = bytes.first_chunk() {
        let word = u64::from_le_bytes(*chunk);
        let ends = !word & GOES_ON;
        if ends != 0 {
            let bits = ends.trailing_zeros() + 1;
            *bytes = &bytes[bits as usize / 8..];
            return Ok(joined(word & (u64::MAX >> (64 - bits))));
        }
    }
    take_bytewise(bytes)
}

/// The number whose groups of seven bits are in the bytes of `word`.
#[inline]
fn joined(word: u64) -> u64 {
    let word = word & 0x007f_007f_007f_007f | (word & 0x7f00_7f00_7f00_7f00) >> 1;
    let word = word & 0x0000_3fff_0000_3fff | (word & 0x3fff_0000_3fff_0000) >> 2;
    word & 0x0fff_ffff | (word & 0x0fff_ffff_0000_0000) >> 4
}

#[cold]
fn take_bytewise(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *bytes = &bytes[index + 1..];
            return Ok(value);
        }
    }
    bail!("a packed roll-up ends in the middle of a number")
}

/// Passes over `count` varints.
#[inline]
pub fn pass(bytes: &mut &[u8], mut count: u32) -> Result<()> {
    while let Some(chunk) = bytes.first_chunk() {
        let mut ends = !u64::from_le_bytes(*chunk) & GOES_ON;
        if ends.count_ones() >= count {
            (1..count).for_each(|_| ends &= ends - 1);
            *bytes = &bytes[(ends.trailing_zeros() as usize + 1) / 8..];
            return Ok(());
        }
        count -= ends.count_ones();
        *bytes = &bytes[8..];
    }
    for _ in 0..count {
        take_bytewise(bytes)?;
    }
    Ok(())
}

/// Small magnitudes of either sign to small numbers.
#[inline]
pub fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Back from `zigzag`.
#[inline]
pub fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Around each power of two, so that each length is there with its smallest and largest number.
    fn numbers() -> Vec<u64> {
        let around = |bit: u32| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) | 0x55];
        (0..64).flat_map(around).chain([u64::MAX]).collect()
    }

    fn packed(numbers: &[u64]) -> Vec<u8> {
        let mut out = Vec::new();
        for number in numbers {
            put(&mut out, *number);
        }
        out
    }

    #[test]
    fn numbers_come_back_whatever_follows_them() {
        for number in numbers() {
            for tail in [&[][..], &[0x7f; 9], &[0x80; 9], &[0xff; 9]] {
                let bytes = [packed(&[number]).as_slice(), tail].concat();
                let mut rest = bytes.as_slice();
                assert_eq!(take(&mut rest).unwrap(), number);
                assert_eq!(rest, tail, "after {number}");
            }
        }
    }

    #[test]
    fn passing_over_numbers_leaves_what_follows_them() {
        let numbers = numbers();
        for count in 1..=12 {
            for some in numbers.windows(count) {
                for tail in [&[][..], &[0x01; 9], &[0x80; 9]] {
                    let bytes = [packed(some).as_slice(), tail].concat();
                    let mut rest = bytes.as_slice();
                    pass(&mut rest, u32::try_from(count).unwrap()).unwrap();
                    assert_eq!(rest, tail, "after {some:?}");
                }
            }
        }
    }

    #[test]
    fn bytes_that_end_in_a_number_are_refused() {
        let whole = packed(&[1 << 62, 300]);
        for length in 0..whole.len() {
            assert!(pass(&mut &whole[..length], 2).is_err(), "{length} bytes hold no two numbers");
        }
        assert!(take(&mut &[0x80; 12][..]).is_err(), "a number of more than ten bytes");
    }
}
