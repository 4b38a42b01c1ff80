//! Pictures of pages made small: a browser's PNG with millions of colours becomes one with at most 256, which is what
//! interfaces have. Reads only what Chromium writes: 8 bits, RGB or RGBA, not interlaced.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
};

use flate2::{Compression, Crc, read::ZlibDecoder, write::ZlibEncoder};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
type Colour = [u8; 3];

/// The same picture with at most 256 colours; others become the nearest of these.
pub(crate) fn with_few_colours(png: &[u8]) -> Vec<u8> {
    let (width, rows) = pixels(png);
    let mut counts: HashMap<Colour, u32> = HashMap::new();
    for colour in rows.iter().flatten() {
        *counts.entry(*colour).or_default() += 1;
    }
    let palette = palette(&counts);
    let distance = |one: &Colour, other: &Colour| {
        one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>()
    };
    let index_of = |colour: &Colour| {
        let nearest = (0_u8..=255).zip(&palette).min_by_key(|(_, known)| distance(known, colour));
        nearest.map_or(0, |(index, _)| index)
    };
    let indices: HashMap<Colour, u8> = counts.keys().map(|colour| (*colour, index_of(colour))).collect();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in &rows {
        let line: Vec<u8> = std::iter::once(0).chain(row.iter().map(|colour| indices[colour])).collect();
        packed.write_all(&line).expect("write to memory");
    }
    let height = u32::try_from(rows.len()).expect("a height");
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    let chunks: [([u8; 4], Vec<u8>); 4] = [
        (*b"IHDR", header),
        (*b"PLTE", palette.concat()),
        (*b"IDAT", packed.finish().expect("write to memory")),
        (*b"IEND", vec![]),
    ];
    chunks.iter().fold(SIGNATURE.to_vec(), |png, (kind, data)| [png, chunk(*kind, data)].concat())
}

/// What is seen most, greys and colours apart: a dot in a colour of its own matters more than the hundredth grey at the
/// edges of letters.
fn palette(counts: &HashMap<Colour, u32>) -> Vec<Colour> {
    let is_colourful = |colour: &Colour| {
        colour.iter().max().zip(colour.iter().min()).is_some_and(|(most, least)| most - least > 60)
    };
    let (mut colours, mut greys): (Vec<Colour>, Vec<Colour>) =
        counts.keys().copied().partition(|colour| is_colourful(colour));
    for kind in [&mut colours, &mut greys] {
        kind.sort_by_key(|colour| (std::cmp::Reverse(counts[colour]), *colour));
        kind.truncate(128);
    }
    [colours, greys].concat()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a small chunk");
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(data);
    [&length.to_be_bytes()[..], &kind, data, &sum.sum().to_be_bytes()].concat()
}

/// Width, and the colours of each row.
fn pixels(png: &[u8]) -> (u32, Vec<Vec<Colour>>) {
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().expect("four bytes"));
    let mut rest = png.strip_prefix(SIGNATURE).expect("a PNG");
    let (mut width, mut channels, mut packed) = (0, 3, Vec::new());
    while rest.len() > 8 {
        let length = usize::try_from(number(&rest[..4])).expect("a length");
        let (kind, data) = (&rest[4..8], &rest[8..8 + length]);
        if kind == b"IHDR" {
            (width, channels) = (number(&data[..4]), if data[9] == 6 { 4 } else { 3 });
            assert!(data[8] == 8 && matches!(data[9], 2 | 6) && data[12] == 0, "{data:?}");
        } else if kind == b"IDAT" {
            packed.extend_from_slice(data);
        }
        rest = &rest[12 + length..];
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(&*packed).read_to_end(&mut bytes).expect("unpack the picture");
    let stride = usize::try_from(width).expect("a width") * channels;
    let mut above = vec![0; stride];
    let mut rows = Vec::new();
    for line in bytes.chunks_exact(stride + 1) {
        above = unfiltered(line[0], &line[1..], &above, channels);
        rows.push(above.chunks_exact(channels).map(|one| [one[0], one[1], one[2]]).collect());
    }
    (width, rows)
}

/// A row as it was before it was told by its difference to its neighbours (PNG, 9.2).
fn unfiltered(filter: u8, line: &[u8], above: &[u8], channels: usize) -> Vec<u8> {
    let mut row: Vec<u8> = Vec::with_capacity(line.len());
    for (index, byte) in line.iter().enumerate() {
        let before = index.checked_sub(channels);
        let (left, corner) = before.map_or((0, 0), |before| (row[before], above[before]));
        let up = above[index];
        let guess = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            _ => paeth(left, up, corner),
        };
        row.push(byte.wrapping_add(guess));
    }
    row
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |one: u8| (estimate - i16::from(one)).abs();
    if far(left) <= far(up) && far(left) <= far(corner) {
        left
    } else if far(up) <= far(corner) {
        up
    } else {
        corner
    }
}
