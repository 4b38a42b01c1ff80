//! The shape of statements with many values. Few different texts, so that prepared statements are found again.
//! Knows no table.

use sqlx::{Any, Encode, QueryBuilder, Type};

/// Appends `(…)` with the values of a list for `IN`, the last one repeated up to a power of two; `(NULL)`, which
/// nothing is in, for no values.
pub fn push_list<T>(query: &mut QueryBuilder<'_, Any>, values: &[T])
where
    T: Clone + Send + Type<Any> + for<'q> Encode<'q, Any> + 'static,
{
    let Some(last) = values.last() else {
        query.push("(NULL)");
        return;
    };
    query.push("(");
    let mut items = query.separated(", ");
    let size = values.len().next_power_of_two();
    for value in values.iter().chain(std::iter::repeat(last)).take(size) {
        items.push_bind(value.clone());
    }
    query.push(")");
}

/// Cuts `rows` into pieces for multi-row statements: of `most` rows, a power of two, and of smaller powers at the end.
pub fn pieces<T>(mut rows: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = if rows.len() >= most { most } else { (rows.len() + 1).next_power_of_two() / 2 };
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        (size > 0).then_some(piece)
    })
}

/// As [`pieces`], but no piece of several rows has more than `most_bytes`.
pub fn pieces_by_bytes<T>(
    rows: &[T],
    most: usize,
    most_bytes: usize,
    bytes: impl Fn(&T) -> usize,
) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut sum = 0_usize;
        let fits = rest.iter().take(most).take_while(|row| {
            sum = sum.saturating_add(bytes(row));
            sum <= most_bytes
        });
        let fits = fits.count().max(1).min(rest.len());
        let (piece, others) = rest.split_at(pieces(&rest[..fits], most).next().map_or(0, <[T]>::len));
        rest = others;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_the_whole() {
        let rows: Vec<u32> = (0..1_061).collect();
        let sizes: Vec<usize> = pieces(&rows, 512).map(<[u32]>::len).collect();
        assert_eq!(sizes, [512, 512, 32, 4, 1]);
        assert_eq!(pieces(&rows, 512).collect::<Vec<_>>().concat(), rows);
        assert_eq!(pieces(&rows[..1], 512).count(), 1);
        assert_eq!(pieces(&rows[..0], 512).count(), 0);
    }

    #[test]
    fn pieces_stay_below_their_bytes_unless_one_row_is_larger() {
        let rows = [3_usize, 4, 5, 90, 1, 1, 1, 1, 1];
        let sizes: Vec<Vec<usize>> =
            pieces_by_bytes(&rows, 4, 10, |row| *row).map(<[usize]>::to_vec).collect();
        assert_eq!(sizes, [vec![3, 4], vec![5], vec![90], vec![1, 1, 1, 1], vec![1]]);
        assert_eq!(pieces_by_bytes(&rows[..0], 4, 10, |row| *row).count(), 0);
    }

    #[test]
    fn lists_come_in_few_sizes() {
        let text = |values: &[i64]| {
            let mut query = QueryBuilder::<Any>::new("");
            push_list(&mut query, values);
            query.sql().to_owned()
        };
        assert_eq!(text(&[]), "(NULL)");
        assert_eq!(text(&[7]), "(?)");
        assert_eq!(text(&[7, 8, 9]), "(?, ?, ?, ?)");
    }
}
