//! Text and panes fitted into the room there is. Pure.

/// What marks a text of which something is left out.
const CUT: char = '…';

/// Lines of at most `width` signs, broken between words where there are any, and `most` of them; what does not fit is cut.
pub fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let signs: Vec<char> = text.trim_end().chars().collect();
    let (mut rest, width, mut lines) = (&signs[..], width.max(1), Vec::new());
    while rest.len() > width && lines.len() + 1 < most {
        // The space behind a full line ends it too.
        let end = rest[..=width].iter().rposition(|sign| *sign == ' ').filter(|end| *end > 0);
        let (line, behind) = rest.split_at(end.unwrap_or(width));
        lines.push(line.iter().collect());
        let spaces = behind.iter().take_while(|sign| **sign == ' ').count();
        rest = &behind[spaces..];
    }
    lines.push(cut(&rest.iter().collect::<String>(), width));
    lines
}

/// The beginning of what is too long.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept = text.chars().take(width.saturating_sub(1));
    kept.chain([CUT]).take(width).collect()
}

/// Both ends of a name that is too long: names of a kind begin alike, and differ at their ends.
pub fn elided(name: &str, width: usize) -> String {
    let count = name.chars().count();
    if count <= width {
        return name.to_owned();
    }
    let kept = width.saturating_sub(1);
    let (head, tail) = (kept / 2, kept - kept / 2);
    name.chars().take(head).chain([CUT]).chain(name.chars().skip(count - tail)).take(width).collect()
}

/// What all of several names begin with, up to a hyphen.
pub fn shared_beginning<'a>(names: &[&'a str]) -> &'a str {
    let [first, others @ ..] = names else { return "" };
    let ends = first.match_indices('-').map(|(place, _)| place + 1).rev();
    let beginnings = ends.map(|end| &first[..end]);
    let shared = |beginning: &&str| others.iter().all(|name| name.starts_with(beginning));
    if others.is_empty() { "" } else { beginnings.into_iter().find(shared).unwrap_or("") }
}

/// The end of what is too long, for courses, of which the latest is at the end.
pub fn latest(course: &str, width: usize) -> String {
    course.chars().skip(course.chars().count().saturating_sub(width)).collect()
}

/// What each gets of the room, by what it wants: nobody more than that while another lacks some, and all alike of the rest.
pub fn shares(room: u16, wanted: &[u16]) -> Vec<u16> {
    let count = u16::try_from(wanted.len()).unwrap_or(u16::MAX).max(1);
    let mut shares = vec![0; wanted.len()];
    let mut left = room;
    while left > 0 {
        let lacking = shares.iter().zip(wanted).filter(|(has, wants)| has < wants).count();
        let Some(each) = left.checked_div(u16::try_from(lacking).unwrap_or(u16::MAX)) else { break };
        for (has, wants) in shares.iter_mut().zip(wanted) {
            let more = wants.saturating_sub(*has).min(each.max(1)).min(left);
            *has += more;
            left -= more;
        }
    }
    for (place, has) in (0..count).zip(&mut shares) {
        *has += left / count + u16::from(place < left % count);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_the_last_one_says_that_more_follows() {
        assert_eq!(wrapped("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 6, 9), ["one", "two", "three"]);
        assert_eq!(wrapped("one two three four", 7, 2), ["one two", "three …"]);
        assert_eq!(wrapped("0123456789", 4, 9), ["0123", "4567", "89"]);
        assert_eq!(wrapped("", 4, 9), [""]);
        assert_eq!(wrapped("  indented line", 10, 9), ["  indented", "line"]);
    }

    #[test]
    fn what_is_too_long_says_so_where_it_is_cut() {
        assert_eq!((cut("12345", 5).as_str(), cut("123456", 5).as_str()), ("12345", "1234…"));
        assert_eq!(elided("staging-budget-burns-fast", 12), "stagi…s-fast");
        assert_eq!((elided("short", 5).as_str(), elided("short", 0).as_str()), ("short", ""));
        assert_eq!(latest("▁▂▃▄", 2), "▃▄");
        assert_eq!(shared_beginning(&["prod-burn-fast", "prod-burn-slow", "prod-burns"]), "prod-");
        assert_eq!((shared_beginning(&["prod-cpu"]), shared_beginning(&["a-b", "c-d"])), ("", ""));
    }

    #[test]
    fn room_goes_to_who_lacks_it_and_then_to_all() {
        assert_eq!(shares(28, &[5, 20]), [7, 21]);
        assert_eq!(shares(28, &[30, 20]), [14, 14]);
        assert_eq!(shares(28, &[4, 40, 40]), [4, 12, 12]);
        assert_eq!(shares(5, &[9, 9, 9]), [2, 2, 1]);
        assert_eq!(shares(7, &[]), [0; 0]);
    }
}
