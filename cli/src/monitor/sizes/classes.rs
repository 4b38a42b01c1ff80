//! Databases: the classes in the price table, what each has, and the cheapest that the database would fit in.

use super::{BUSY_PERCENT, CPU_PERCENT, Day, Hint, MEMORY_PERCENT};
use crate::aws::sizes::Instance;
use crate::deploy::cost::{Money, Prices};

/// What hints are of.
const OF: &str = "database";
const GIB: f64 = 1_073_741_824.0;
/// Size, cores of the families that never burst, memory in GiB, and the share of its cores that a bursting class may use
/// for ever, in percent. Families whose names begin with r have twice the memory.
const SIZES: [(&str, f64, f64, f64); 6] = [
    ("micro", 2.0, 1.0, 10.0),
    ("small", 2.0, 2.0, 20.0),
    ("medium", 2.0, 4.0, 20.0),
    ("large", 2.0, 8.0, 30.0),
    ("xlarge", 4.0, 16.0, 40.0),
    ("2xlarge", 8.0, 32.0, 40.0),
];

/// What the database used.
#[derive(Debug)]
pub(super) struct Load {
    /// Processor in percent, and memory that was free in bytes, of the day.
    pub(super) day: Option<(Day, Day)>,
    /// Processor in percent, on average in the last hour.
    pub(super) hour_cpu: Option<f64>,
}

/// A class.
#[derive(Debug, Clone, PartialEq)]
struct Class<'a> {
    name: &'a str,
    family: &'a str,
    cores: f64,
    memory_gib: f64,
    lasting_percent: f64,
}

/// A larger class for a busy processor, else a smaller one of the same family that the day would have fitted in.
pub(super) fn hint(instance: Option<&Instance>, load: &Load, prices: &Prices) -> Option<Hint> {
    let there = instance.and_then(|it| Some((Class::of(&it.class)?, it.engine.as_str())));
    let Some(hour) = load.hour_cpu.filter(|hour| *hour > BUSY_PERCENT) else {
        let (class, engine) = there?;
        return smaller(&class, engine, load.day?, prices);
    };
    let busy = format!("the database's processor is busy ({hour:.0} % on average in this hour)");
    let larger = there.as_ref().and_then(|(class, engine)| larger(class, engine, hour, prices));
    let advice = match (larger, there) {
        (Some((larger, instead)), Some((class, _))) => {
            format!("{} would do instead of {} (db_instance_class; {instead})", larger.name, class.name)
        }
        _ => "a larger class".to_owned(),
    };
    Some(Hint::new(OF, busy, advice))
}

fn smaller(there: &Class<'_>, engine: &str, (cpu, free): (Day, Day), prices: &Prices) -> Option<Hint> {
    let used_gib = (there.memory_gib - free.lowest / GIB).max(0.0);
    let fits = |it: &Class<'_>| {
        it.family == there.family
            && cpu.highest * there.cores <= CPU_PERCENT * it.cores
            && cpu.mean * there.cores <= it.lasting_percent * it.cores
            && used_gib * 100.0 <= MEMORY_PERCENT * it.memory_gib
    };
    let (class, instead) = cheapest(there, engine, prices, fits, |price, now| price < now)?;
    let seen = format!(
        "the database, {}, used at most {:.0} % of its processor and {used_gib:.1} of {:.0} GiB in the last {} h",
        there.name,
        cpu.highest,
        there.memory_gib,
        cpu.hours()
    );
    let advice = format!(
        "{} would do (db_instance_class; {instead}); a plan says whether its connections are enough",
        class.name
    );
    Some(Hint::new(OF, seen, advice))
}

fn larger<'p>(there: &Class<'_>, engine: &str, hour: f64, prices: &'p Prices) -> Option<(Class<'p>, String)> {
    let fits = |it: &Class<'_>| {
        it.memory_gib >= there.memory_gib
            && hour * there.cores <= CPU_PERCENT * it.cores
            && hour * there.cores <= it.lasting_percent * it.cores
    };
    cheapest(there, engine, prices, fits, |price, now| price > now)
}

/// The cheapest class that fits and whose price compares as wanted to that of the class that is there; with both prices.
fn cheapest<'p>(
    there: &Class<'_>,
    engine: &str,
    prices: &'p Prices,
    fits: impl Fn(&Class<'_>) -> bool,
    compares: impl Fn(Money, Money) -> bool,
) -> Option<(Class<'p>, String)> {
    let (_, now) = prices.classes(engine).find(|(name, _)| *name == there.name)?;
    let classes = prices.classes(engine).filter_map(|(name, price)| Some((Class::of(name)?, price)));
    let fitting = classes.filter(|(class, price)| compares(*price, now) && fits(class));
    let (class, price) = fitting.min_by_key(|(_, price)| *price)?;
    Some((class, format!("{price} instead of {now} a month for each instance")))
}

impl<'a> Class<'a> {
    /// None of a class whose size is not known.
    fn of(name: &'a str) -> Option<Self> {
        let (family, size) = name.strip_prefix("db.")?.split_once('.')?;
        let (_, cores, memory, lasting) = *SIZES.iter().find(|(known, ..)| *known == size)?;
        let memory_gib = if family.starts_with('r') { memory * 2.0 } else { memory };
        let lasting_percent = if family.starts_with('t') { lasting } else { 100.0 };
        Some(Self { name, family, cores, memory_gib, lasting_percent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::cost;

    fn told(engine: &str, class: &str, load: &Load) -> Option<String> {
        let instance = Instance { engine: engine.to_owned(), class: class.to_owned() };
        hint(Some(&instance), load, &cost::table().unwrap()).map(|hint| hint.to_string())
    }

    /// A day with this peak and mean of the processor, and so much memory free at least.
    fn day(highest: f64, mean: f64, free_gib: f64) -> Load {
        let of = |lowest, mean, highest| Day { periods: 288, lowest, mean, highest };
        let memory = of(free_gib * GIB, free_gib * GIB, free_gib * GIB);
        Load { day: Some((of(0.0, mean, highest), memory)), hour_cpu: Some(mean) }
    }

    fn hour(cpu: f64) -> Load {
        Load { hour_cpu: Some(cpu), ..day(1.0, 1.0, 3.9) }
    }

    #[test]
    fn a_smaller_class_has_room_for_the_days_peaks() {
        // db.t3.medium has 4 GiB: 1.6 of them in use are 80 % of db.t3.small's 2.
        assert_eq!(
            told("mysql", "db.t3.medium", &day(70.0, 20.0, 2.4)).unwrap(),
            "the database, db.t3.medium, used at most 70 % of its processor and 1.6 of 4 GiB in the last 24 h: db.t3.small \
             would do (db_instance_class; $25 instead of $50 a month for each instance); a plan says whether its connections \
             are enough"
        );
        for too_much in [day(70.1, 20.0, 2.4), day(70.0, 20.1, 2.4), day(70.0, 20.0, 2.39)] {
            assert_eq!(told("mysql", "db.t3.medium", &too_much), None, "{too_much:?}");
        }
        // Ten percent for ever, and 0.8 of 1 GiB: the smallest of the family.
        let micro = told("mysql", "db.t3.medium", &day(70.0, 10.0, 3.2)).unwrap();
        assert!(micro.contains("db.t3.micro would do"), "{micro}");
        assert_eq!(told("mysql", "db.t3.micro", &day(1.0, 1.0, 0.9)), None, "there is none smaller");
        // Half the cores of a class that does not burst.
        let large = told("mysql", "db.r6g.xlarge", &day(35.0, 35.0, 20.0)).unwrap();
        assert!(large.contains("db.r6g.large would do"), "{large}");
        assert_eq!(told("mysql", "db.r6g.xlarge", &day(35.1, 35.0, 20.0)), None);
    }

    #[test]
    fn a_busy_processor_gets_the_cheapest_class_that_takes_it() {
        assert_eq!(told("mysql", "db.t3.medium", &hour(80.0)).map(|hint| hint.contains("busy")), Some(false));
        assert_eq!(
            told("mysql", "db.t3.medium", &hour(80.1)).unwrap(),
            "the database's processor is busy (80 % on average in this hour): db.m6g.xlarge would do instead of db.t3.medium \
             (db_instance_class; $222 instead of $50 a month for each instance)"
        );
        // Aurora has other classes and prices.
        let aurora = told("aurora-mysql", "db.r6g.large", &hour(90.0)).unwrap();
        assert!(
            aurora.contains("db.r6g.xlarge would do") && aurora.contains("$379 instead of $190"),
            "{aurora}"
        );
        let largest = told("mysql", "db.r6g.xlarge", &hour(90.0)).unwrap();
        assert!(largest.ends_with("in this hour): a larger class"), "{largest}");
    }

    #[test]
    fn what_is_not_in_the_table_is_not_judged() {
        assert_eq!(told("mysql", "db.m9x.large", &day(1.0, 1.0, 7.0)), None);
        assert_eq!(told("mysql", "db.t3.medium", &Load { day: None, hour_cpu: Some(1.0) }), None);
        assert_eq!(hint(None, &day(1.0, 1.0, 3.0), &cost::table().unwrap()), None);
        let busy = hint(None, &hour(90.0), &cost::table().unwrap()).unwrap().to_string();
        assert!(busy.ends_with(": a larger class"), "{busy}");
    }
}
