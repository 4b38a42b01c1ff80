//! Access logs of a load balancer: gzipped objects in a bucket, one for every five minutes and node, by day of delivery.
//! Reads five minutes at a time, all nodes at once; followed, object by object as they come. Source: AWS, "Access logs for your Application Load Balancer".

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

use aws_sdk_s3::Client;
use flate2::read::MultiGzDecoder;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::Sender;

use super::history::{Extent, News};
use crate::aws::log_events::Event;
use crate::aws::records;
use crate::failure::{Doing, Failure};
use crate::terraform::outputs::StackOutputs;

/// What an object holds.
const SPAN: SignedDuration = SignedDuration::from_mins(5);
/// An object is in the folder of the day on which it is delivered, at times long after the requests.
const DELIVERY: SignedDuration = SignedDuration::from_hours(2);

/// What takes longer does not come any more.
const DEADLINE: Duration = Duration::from_secs(30);
/// Between two looks for new objects.
const NEXT_OBJECTS: Duration = Duration::from_secs(10);

/// Where a load balancer's access log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    /// The bucket.
    pub bucket: String,
    /// The beginning of its objects' names, before the day.
    pub prefix: String,
}

impl AccessLog {
    /// The log of the environment's load balancer.
    pub fn of(outputs: &StackOutputs) -> Result<Self, Failure> {
        // arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/…
        let arn = &outputs.target_group_arn;
        let parts: Vec<&str> = arn.split(':').collect();
        let [_, _, _, region, account, _] = parts[..] else {
            return Err(Failure::failed(format!("this names no target group: {arn}")));
        };
        let prefix = format!("alb/AWSLogs/{account}/elasticloadbalancing/{region}/");
        Ok(Self { bucket: outputs.access_log_bucket.clone(), prefix })
    }
}

/// Sends what `log` holds of `extent`; ends when nobody listens any more.
pub async fn fetch(client: Client, log: AccessLog, extent: Extent, sender: Sender<News>) {
    let sent = async {
        for (_, names) in objects(&client, &log, &extent).await? {
            let reads = names.iter().map(|name| read(&client, &log.bucket, name));
            let mut events = Vec::new();
            for read in futures_util::future::join_all(reads).await {
                events.extend(read?.into_iter().filter(|event| extent.has(event.at_ms)));
            }
            events.sort_by_key(|event| event.at_ms);
            if sender.send(News::Page(events)).await.is_err() {
                break;
            }
        }
        Ok::<(), Failure>(())
    };
    if let Err(failure) = sent.await {
        // Whoever stopped listening wants no failure either.
        let _ = sender.send(News::Failed(failure)).await;
    }
}

/// Sends what comes into `log` from `from_ms` on, object by object as they are delivered; ends when nobody listens any more.
pub async fn follow(client: Client, log: AccessLog, from_ms: i64, sender: Sender<News>) {
    let mut known: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut extent = Extent { from_ms, until_ms: None, pattern: None };
    let mut troubled = false;
    loop {
        let (events, failure) = new_objects(&client, &log, &extent, &mut known).await;
        let page = (!events.is_empty()).then_some(News::Page(events));
        let is_news = !std::mem::replace(&mut troubled, failure.is_some());
        let notice = failure.filter(|_| is_news).map(|failure| {
            News::Notice(format!("{failure}; the load balancer's lines come when it can be read"))
        });
        for news in page.into_iter().chain(notice) {
            if sender.send(news).await.is_err() {
                return;
            }
        }
        // Nothing is delivered later than this, and what is older need not be known any more.
        let oldest = Timestamp::now().saturating_sub(DELIVERY).unwrap_or(Timestamp::MIN);
        extent.from_ms = extent.from_ms.max(oldest.as_millisecond());
        known.retain(|_, end| *end >= oldest);
        tokio::time::sleep(NEXT_OBJECTS).await;
    }
}

/// The lines of the objects that are not `known`, which they are then; and what hinders reading the rest, which is tried
/// again and costs no line of the others.
async fn new_objects(
    client: &Client,
    log: &AccessLog,
    extent: &Extent,
    known: &mut BTreeMap<String, Timestamp>,
) -> (Vec<Event>, Option<Failure>) {
    let (mut events, mut trouble) = (Vec::new(), None);
    let listed = match objects(client, log, extent).await {
        Ok(listed) => listed,
        Err(failure) => return (events, Some(failure)),
    };
    for (end, name) in
        listed.into_iter().flat_map(|(end, names)| names.into_iter().map(move |name| (end, name)))
    {
        if known.contains_key(&name) {
            continue;
        }
        match read(client, &log.bucket, &name).await {
            Ok(of_it) => {
                events.extend(of_it.into_iter().filter(|event| extent.has(event.at_ms)));
                known.insert(name, end);
            }
            Err(failure) => trouble = trouble.or(Some(failure)),
        }
    }
    events.sort_by_key(|event| event.at_ms);
    (events, trouble)
}

/// The names of the objects that may hold lines of `extent`, by the end of their five minutes.
async fn objects(
    client: &Client,
    log: &AccessLog,
    extent: &Extent,
) -> Result<BTreeMap<Timestamp, Vec<String>>, Failure> {
    let instant = |ms: i64| Timestamp::from_millisecond(ms).doing(|| "go back that far".to_owned());
    let now = Timestamp::now();
    let from = instant(extent.from_ms)?;
    let until = extent.until_ms.map(instant).transpose()?.unwrap_or(now).min(now);
    let mut found: BTreeMap<Timestamp, Vec<String>> = BTreeMap::new();
    for day in days(from, until.saturating_add(DELIVERY).unwrap_or(now)) {
        let prefix = format!("{}{}/", log.prefix, day.strftime("%Y/%m/%d"));
        for name in in_time("s3:ListBucket", records::list(client, &log.bucket, &prefix)).await? {
            let Some(end) = end_of(&name) else { continue };
            if end >= from && end.saturating_sub(SPAN).is_ok_and(|begin| begin <= until) {
                found.entry(end).or_default().push(name);
            }
        }
    }
    Ok(found)
}

async fn read(client: &Client, bucket: &str, name: &str) -> Result<Vec<Event>, Failure> {
    let packed = in_time("s3:GetObject", records::get(client, bucket, name)).await?;
    let mut text = Vec::new();
    MultiGzDecoder::new(&packed[..])
        .read_to_end(&mut text)
        .doing(|| format!("unpack s3://{bucket}/{name}"))?;
    Ok(events(name, &String::from_utf8_lossy(&text)))
}

async fn in_time<T>(action: &str, call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| Err(Failure::timed_out(format!("{action} gave no answer in {} s", DEADLINE.as_secs())));
    tokio::time::timeout(DEADLINE, call).await.unwrap_or_else(late)
}

/// The days in UTC that `from` to `until` touch.
fn days(from: Timestamp, until: Timestamp) -> impl Iterator<Item = Date> {
    let day = |instant: Timestamp| instant.to_zoned(TimeZone::UTC).date();
    let last = day(until);
    day(from).series(jiff::Span::new().days(1)).take_while(move |day| *day <= last)
}

/// When the five minutes end that the object of this name holds; none where it is no log.
fn end_of(name: &str) -> Option<Timestamp> {
    let end = name.strip_suffix(".log.gz")?.rsplit('_').nth(2)?;
    let end = DateTime::strptime("%Y%m%dT%H%MZ", end).ok()?;
    Some(end.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The lines of the object `name`. Their stream is the address of the load balancer's node.
fn events(name: &str, text: &str) -> Vec<Event> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let node = file.rsplit('_').nth(1).unwrap_or(file);
    let mut at_ms = end_of(name).map_or(0, Timestamp::as_millisecond);
    let event = |(number, line): (usize, &str)| {
        // A line is `<type> <time> …`; one that is not is shown with the line before it.
        let time = line.split(' ').nth(1).and_then(|time| time.parse::<Timestamp>().ok());
        at_ms = time.map_or(at_ms, Timestamp::as_millisecond);
        Event {
            id: format!("{file}:{}", number + 1),
            at_ms,
            stream: node.to_owned(),
            message: line.to_owned(),
        }
    };
    text.lines().enumerate().map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of AWS's documentation.
    const NAME: &str = "alb/AWSLogs/123456789012/elasticloadbalancing/us-east-2/2022/05/01/\
                        123456789012_elasticloadbalancing_us-east-2_app.my-loadbalancer.1234567890abcdef_\
                        20220215T2340Z_172.160.001.192_20sg8hgm.log.gz";

    #[test]
    fn a_name_tells_the_end_of_its_five_minutes_and_the_node() {
        assert_eq!(end_of(NAME).unwrap().to_string(), "2022-02-15T23:40:00Z");
        assert_eq!(end_of("alb/AWSLogs/123456789012/ELBAccessLogTestFile"), None);
        let line = r#"http 2022-02-15T23:39:43.945958Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1""#;
        let events = events(NAME, &format!("{line}\nodd\n"));
        assert_eq!((events[0].stream.as_str(), events[0].at_ms), ("172.160.001.192", 1_644_968_383_945));
        assert_eq!((events[1].at_ms, events[1].message.as_str()), (events[0].at_ms, "odd"));
        assert!(events[1].id.ends_with("20sg8hgm.log.gz:2"), "{events:?}");
    }

    #[test]
    fn every_day_of_a_range_is_looked_through() {
        let days: Vec<String> =
            days("2024-02-28T23:59:59Z".parse().unwrap(), "2024-03-01T00:00:00Z".parse().unwrap())
                .map(|day| day.to_string())
                .collect();
        assert_eq!(days, ["2024-02-28", "2024-02-29", "2024-03-01"]);
    }
}
