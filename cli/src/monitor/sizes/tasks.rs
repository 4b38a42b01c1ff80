//! Tasks: the sizes that Fargate has, and the cheapest in which what was used stays within what scaling aims at.

use super::{BUSY_PERCENT, CPU_PERCENT, Day, Hint, MEMORY_PERCENT};
use crate::aws::sizes::TaskSize;
use crate::deploy::cost::{Money, Prices};

/// What hints are of.
const OF: &str = "tasks";
/// CPU units, and the memory that goes with them in MB: the least, the most, and the step between two sizes.
const FARGATE: [(i64, i64, i64, i64); 7] = [
    // 256 units have 512 MB as well.
    (256, 1_024, 2_048, 1_024),
    (512, 1_024, 4_096, 1_024),
    (1_024, 2_048, 8_192, 1_024),
    (2_048, 4_096, 16_384, 1_024),
    (4_096, 8_192, 30_720, 1_024),
    (8_192, 16_384, 61_440, 4_096),
    (16_384, 32_768, 122_880, 8_192),
];

/// What tasks used, in percent of their size.
#[derive(Debug)]
pub(super) struct Load {
    /// Processor and memory of the day.
    pub(super) day: Option<(Day, Day)>,
    /// Processor on average in the last hour.
    pub(super) hour_cpu: Option<f64>,
    /// Memory on average in the last hour.
    pub(super) hour_memory: Option<f64>,
}

/// A larger size for tasks that are busy, else a smaller one that the day would have fitted in.
pub(super) fn hints(size: Option<TaskSize>, load: &Load, prices: &Prices) -> Vec<Hint> {
    let busy = |hour: Option<f64>, what| hour.filter(|hour| *hour > BUSY_PERCENT).map(|hour| (hour, what));
    let busy: Vec<(f64, &str)> =
        [busy(load.hour_cpu, "processor"), busy(load.hour_memory, "memory")].into_iter().flatten().collect();
    if busy.is_empty() {
        let smaller = size.zip(load.day).and_then(|(size, day)| smaller(size, day, prices));
        return smaller.into_iter().collect();
    }
    let would_do = match size {
        None => "larger or more of them".to_owned(),
        Some(size) => match larger(size, load, prices) {
            None => format!("more of them, since none is larger than {}", words(size)),
            Some(larger) => format!(
                "{} would do instead of {} (ecs_cpu, ecs_memory; {} instead of {} a month each), or more of them",
                words(larger),
                words(size),
                month(larger, prices),
                month(size, prices)
            ),
        },
    };
    let hint = |(hour, what): &(f64, &str)| {
        let seen = format!("tasks have little {what} left ({hour:.0} % on average in this hour)");
        Hint::new(OF, seen, would_do.clone())
    };
    busy.iter().map(hint).collect()
}

fn smaller(size: TaskSize, (cpu, memory): (Day, Day), prices: &Prices) -> Option<Hint> {
    let within = |it: &TaskSize| it.cpu <= size.cpu && it.memory_mb <= size.memory_mb;
    let fitting = cheapest(size, (cpu.highest, memory.highest), prices, within)?;
    (month(fitting, prices) < month(size, prices)).then(|| {
        let seen = format!(
            "tasks of {} used at most {:.0} % and {:.0} % of that in the last {} h",
            words(size),
            cpu.highest,
            memory.highest,
            cpu.hours()
        );
        let advice = format!(
            "{} would do (ecs_cpu, ecs_memory; {} instead of {} a month each)",
            words(fitting),
            month(fitting, prices),
            month(size, prices)
        );
        Hint::new(OF, seen, advice)
    })
}

fn larger(size: TaskSize, load: &Load, prices: &Prices) -> Option<TaskSize> {
    let beyond = |it: &TaskSize| it.cpu >= size.cpu && it.memory_mb >= size.memory_mb;
    let used = (load.hour_cpu.unwrap_or(0.0), load.hour_memory.unwrap_or(0.0));
    cheapest(size, used, prices, beyond)
}

/// The cheapest size that is `allowed` and in which what was used, in percent of `size`, stays within the shares.
fn cheapest(
    size: TaskSize,
    used: (f64, f64),
    prices: &Prices,
    allowed: impl Fn(&TaskSize) -> bool,
) -> Option<TaskSize> {
    let holds = |share: f64, there: i64, wanted: i64, percent: f64| {
        #[expect(clippy::cast_precision_loss, reason = "CPU units and MB of a task")]
        let fits = share * there as f64 <= percent * wanted as f64;
        fits
    };
    let fits = |it: &TaskSize| {
        holds(used.0, size.cpu, it.cpu, CPU_PERCENT)
            && holds(used.1, size.memory_mb, it.memory_mb, MEMORY_PERCENT)
    };
    let sizes = std::iter::once((256, 512, 512, 512)).chain(FARGATE);
    let each = sizes.flat_map(|(cpu, least, most, step)| {
        let count = (most - least) / step;
        (0..=count).map(move |place| TaskSize { cpu, memory_mb: least + place * step, ..size })
    });
    each.filter(|it| allowed(it) && fits(it)).min_by_key(|it| month(*it, prices))
}

fn month(size: TaskSize, prices: &Prices) -> Money {
    prices.task_month(size.cpu, size.memory_mb, size.processor)
}

fn words(size: TaskSize) -> String {
    format!("{} CPU units and {} MB", size.cpu, size.memory_mb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::sizes::Processor;
    use crate::deploy::cost;

    const SIZE: TaskSize = TaskSize { cpu: 512, memory_mb: 2_048, processor: Processor::Intel };

    fn day(highest: f64) -> Day {
        Day { periods: 288, lowest: 0.0, mean: highest / 2.0, highest }
    }

    fn told(size: Option<TaskSize>, load: &Load) -> Vec<String> {
        hints(size, load, &cost::table().unwrap()).iter().map(ToString::to_string).collect()
    }

    fn of_day(cpu: f64, memory: f64) -> Vec<String> {
        let load = Load { day: Some((day(cpu), day(memory))), hour_cpu: Some(1.0), hour_memory: Some(1.0) };
        told(Some(SIZE), &load)
    }

    fn of_hour(size: TaskSize, cpu: f64, memory: f64) -> Vec<String> {
        let load = Load { day: Some((day(5.0), day(5.0))), hour_cpu: Some(cpu), hour_memory: Some(memory) };
        told(Some(size), &load)
    }

    #[test]
    fn a_smaller_size_keeps_the_peaks_within_70_and_80_percent() {
        // Half the processor would be at 70 %, and half the memory at 80 %: at the boundary it fits.
        let fits = "tasks of 512 CPU units and 2048 MB used at most 35 % and 40 % of that in the last 24 h: 256 CPU units and \
                    1024 MB would do (ecs_cpu, ecs_memory; $11 instead of $21 a month each)";
        assert_eq!(of_day(35.0, 40.0), [fits]);
        // Above it, only the other one gets smaller.
        assert!(of_day(35.1, 40.0)[0].contains("512 CPU units and 1024 MB would do"));
        assert!(of_day(35.0, 40.1)[0].contains("256 CPU units and 2048 MB would do"));
        assert!(of_day(35.0, 20.0)[0].contains("256 CPU units and 512 MB would do"));
        assert_eq!(of_day(35.1, 40.1), Vec::<String>::new());
    }

    #[test]
    fn busy_tasks_get_the_cheapest_size_that_takes_the_hour() {
        assert_eq!(of_hour(SIZE, 70.0, 80.0).len(), 1, "not busy: the day says that less would do");
        assert_eq!(
            of_hour(SIZE, 20.0, 80.1),
            [
                "tasks have little memory left (80 % on average in this hour): 512 CPU units and 3072 MB would do instead of \
              512 CPU units and 2048 MB (ecs_cpu, ecs_memory; $25 instead of $21 a month each), or more of them"
            ]
        );
        let both = of_hour(SIZE, 95.0, 90.0);
        assert_eq!(both.len(), 2);
        assert!(both.iter().all(|hint| hint.contains("1024 CPU units and 3072 MB would do")), "{both:?}");
        let largest = TaskSize { cpu: 16_384, memory_mb: 122_880, ..SIZE };
        assert!(
            of_hour(largest, 95.0, 20.0)[0].ends_with("none is larger than 16384 CPU units and 122880 MB")
        );
    }

    #[test]
    fn without_a_size_nothing_smaller_is_told() {
        let load = Load { day: Some((day(5.0), day(5.0))), hour_cpu: Some(90.0), hour_memory: None };
        assert_eq!(
            told(None, &load),
            ["tasks have little processor left (90 % on average in this hour): larger or more of them"]
        );
        let quiet = Load { hour_cpu: None, ..load };
        assert_eq!(told(None, &quiet), Vec::<String>::new());
        let unmeasured = Load { day: None, ..quiet };
        assert_eq!(told(Some(SIZE), &unmeasured), Vec::<String>::new());
    }
}
