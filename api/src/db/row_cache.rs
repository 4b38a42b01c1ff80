//! Rows that one report read and the next one may want, by what they were written as: where the database is a server,
//! to fetch them takes longer than to add them up. Bounded, and never stale; knows nothing of what is in a row.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::Dialect;

/// Bytes of rows kept, at most.
const MOST_BYTES: usize = 24 << 20;
/// Bytes of the largest row that is kept: a few very large ones would drive out all others, and be driven out in turn.
const LARGEST: usize = 256 << 10;
/// Bytes that the place of a row takes.
const PLACE_BYTES: usize = 192;

/// The sign of one writing of rows: other content has another one.
pub type Writing = [u8; 16];

/// A row of a writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowKey {
    /// Its writing.
    pub writing: Writing,
    /// Which of its rows.
    pub row: [i64; 6],
}

/// The bytes of a row, or that there is none.
type Kept = Option<Arc<[u8]>>;

/// Rows in memory. An embedded database has its own in memory as well: nothing is kept for it.
#[derive(Debug)]
pub struct RowCache(Option<Mutex<Rows>>);

#[derive(Debug)]
struct Rows {
    by_key: LruCache<RowKey, Kept>,
    bytes: usize,
    most_bytes: usize,
}

impl RowCache {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self((dialect == Dialect::MySql).then(|| Mutex::new(Rows::new(MOST_BYTES))))
    }

    /// The rows of all of `keys`, or nothing.
    pub fn get_all(&self, keys: impl IntoIterator<Item = RowKey>) -> Option<Vec<Option<Arc<[u8]>>>> {
        let mut rows = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        keys.into_iter().map(|key| rows.by_key.get(&key).cloned()).collect()
    }

    /// Keeps a row, unless it is very large, or that there is none; what was asked for least recently makes place.
    pub fn put(&self, key: RowKey, row: Option<&[u8]>) {
        if let Some(rows) = &self.0
            && row.is_none_or(|bytes| bytes.len() <= LARGEST)
        {
            rows.lock().unwrap_or_else(PoisonError::into_inner).put(key, row.map(Arc::from));
        }
    }
}

impl Rows {
    fn new(most_bytes: usize) -> Self {
        Self { by_key: LruCache::unbounded(), bytes: 0, most_bytes }
    }

    fn put(&mut self, key: RowKey, row: Kept) {
        self.bytes += size(&row);
        if let Some((_, former)) = self.by_key.push(key, row) {
            self.bytes -= size(&former);
        }
        while self.bytes > self.most_bytes
            && let Some((_, oldest)) = self.by_key.pop_lru()
        {
            self.bytes -= size(&oldest);
        }
    }
}

fn size(row: &Kept) -> usize {
    PLACE_BYTES + row.as_ref().map_or(0, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_least_recently_makes_place() {
        let key = |id| RowKey { writing: [7; 16], row: [id, 0, 0, 0, 0, 0] };
        let mut rows = Rows::new(3 * (PLACE_BYTES + 100));
        for id in 0..3 {
            rows.put(key(id), Some(vec![1; 100].into()));
        }
        assert!(rows.by_key.get(&key(0)).is_some());
        rows.put(key(3), None);
        let kept: Vec<i64> = (0..4).filter(|id| rows.by_key.contains(&key(*id))).collect();
        assert_eq!(kept, [0, 2, 3]);
        rows.put(key(3), Some(vec![1; 40].into()));
        assert_eq!(rows.bytes, 3 * PLACE_BYTES + 240, "a row in another's place");
        rows.put(key(9), Some(vec![1; 4_000].into()));
        assert_eq!((rows.by_key.len(), rows.bytes), (0, 0), "a row too large to keep");
    }

    #[test]
    fn some_rows_are_no_answer() {
        let key = |id| RowKey { writing: [7; 16], row: [id, 0, 0, 0, 0, 0] };
        let cache = RowCache::new(Dialect::MySql);
        cache.put(key(1), Some(b"one"));
        cache.put(key(2), None);
        let found = cache.get_all([key(1), key(2)]).expect("both are known");
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), [Some(&b"one"[..]), None]);
        assert_eq!(cache.get_all([key(1), key(3)]), None);
        assert_eq!(cache.get_all([RowKey { writing: [8; 16], ..key(1) }]), None, "another writing");
        let embedded = RowCache::new(Dialect::Sqlite);
        embedded.put(key(1), Some(b"one"));
        assert_eq!(embedded.get_all([key(1)]), None);
    }
}
