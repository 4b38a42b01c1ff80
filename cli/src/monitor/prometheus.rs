//! Reads the Prometheus text format, as far as `/metrics` of the API uses it.

use std::collections::BTreeMap;

/// One value of one series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// Understands a page of metrics. Comments and lines it does not understand are left out.
pub(super) fn parse(page: &str) -> Vec<Sample> {
    page.lines().map(str::trim).filter(|line| !line.starts_with('#')).filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Sample> {
    let (series, labels, rest) = if let Some((name, labelled)) = line.split_once('{') {
        let (labels, rest) = parse_labels(labelled)?;
        (name, labels, rest)
    } else {
        let (name, rest) = line.split_once(char::is_whitespace)?;
        (name, BTreeMap::new(), rest)
    };
    // A timestamp may follow the value.
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some(Sample { name: series.to_owned(), labels, value })
}

/// Labels after the opening brace, and what follows the closing one. Values are quoted, with backslash escapes.
fn parse_labels(text: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = parse_quoted(after)?;
        labels.insert(name.trim().to_owned(), value);
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
}

/// The text up to the closing quote, and what follows the quote.
fn parse_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_labels_and_values_are_read() {
        let page = "# HELP http_requests_total Requests\n\
                    http_requests_total{method=\"GET\",route=\"/a,b}\\\"\\\\\",status=\"200\"} 12\n\
                    eap_order_lines 9994\n\
                    latency_bucket{le=\"+Inf\"} 3 1700000000\n\
                    broken{a=\"b\n\n";
        let samples = parse(page);
        assert_eq!(samples.len(), 3);
        assert_eq!(samples[0].labels["route"], "/a,b}\"\\");
        assert_eq!(samples[0].labels["status"], "200");
        assert!((samples[0].value - 12.0).abs() < f64::EPSILON);
        assert_eq!((samples[1].name.as_str(), samples[1].labels.len()), ("eap_order_lines", 0));
        assert!((samples[2].value - 3.0).abs() < f64::EPSILON);
    }
}
