//! Benchmark: fits of the models of customer value at many customers, beside Python's `lifetimes` on the same histories.
//!
//! `cargo bench -p eap-api --bench models -- [--customers N]… [--python PROGRAM]`
//! PROGRAM is a Python with `lifetimes` 0.11.3, which `tests/load/beside-lifetimes` installs; without it the comparison is left
//! out.

#![expect(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark draws numbers, starts Python, and prints"
)]

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::Command,
    time::Instant,
};

use eap_api::models::clv::{Family, History, fit::fit, group, spend::Spend, spend::SpendModel};

/// Fits BG/NBD to `frequency,recency,T` lines and prints seconds and parameters.
const LIFETIMES: &str = "
import sys, time, warnings
warnings.filterwarnings('ignore')
import pandas
from lifetimes import BetaGeoFitter
d = pandas.read_csv(sys.argv[1])
start = time.perf_counter()
m = BetaGeoFitter(penalizer_coef=0.0).fit(d.frequency, d.recency, d['T'])
print(time.perf_counter() - start, *m.params_)
";

fn main() -> anyhow::Result<()> {
    let options = Options::from_arguments();
    println!("customers\tmodel\tgroups\tseconds\tlifetimes seconds\ttimes as fast\tparameters");
    for &customers in &options.customers {
        let folder = tempfile::tempdir()?;
        let (histories, spends) = draw(customers);
        let file = folder.path().join("histories.csv");
        write(&file, &histories)?;
        let theirs = options.python.as_deref().map(|python| lifetimes(python, &file)).transpose()?;
        for family in Family::ALL {
            let start = Instant::now();
            let groups = group(&histories)?;
            let fit = fit(family, &groups)?;
            let seconds = start.elapsed().as_secs_f64();
            let compared = theirs.as_ref().filter(|_| family == Family::BetaGeometric);
            println!(
                "{customers}\t{}\t{}\t{seconds:.3}\t{}\t{}\t{:.4?}",
                family.name(),
                groups.len(),
                compared.map_or("-".to_owned(), |theirs| format!("{:.3}", theirs.0)),
                compared.map_or("-".to_owned(), |theirs| format!("{:.0}", theirs.0 / seconds)),
                fit.model.parameters
            );
        }
        if let Some((_, parameters)) = theirs {
            println!("{customers}\tlifetimes' bg_nbd\t-\t-\t-\t-\t{parameters}");
        }
        let start = Instant::now();
        let spend = SpendModel::fit(&spends)?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{customers}\tgamma_gamma\t-\t{seconds:.3}\t-\t-\t{:.4?}", [spend.p, spend.q, spend.v]);
    }
    Ok(())
}

struct Options {
    customers: Vec<usize>,
    python: Option<String>,
}

impl Options {
    fn from_arguments() -> Self {
        let mut options = Self { customers: vec![], python: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--customers" => {
                    options.customers.extend(arguments.next().and_then(|n| n.parse::<usize>().ok()));
                }
                "--python" => options.python = arguments.next(),
                _ => {}
            }
        }
        if options.customers.is_empty() {
            options.customers = vec![100_000, 1_000_000];
        }
        options
    }
}

/// Customers of two years as BG/NBD supposes them, with r 0.5, α 40 days, a 0.8, b 2.5, and amounts of about 35.
fn draw(customers: usize) -> (Vec<History>, Vec<Spend>) {
    let mut random = Random(42);
    let mut histories = Vec::with_capacity(customers);
    let mut spends = Vec::with_capacity(customers);
    for _ in 0..customers {
        let age = (random.uniform() * 730.0).floor() + 1.0;
        let rate = random.gamma(0.5) / 40.0;
        let (leave, stay) = (random.gamma(0.8), random.gamma(2.5));
        let probability = leave / (leave + stay);
        let (mut now, mut last, mut frequency) = (0.0, 0.0, 0);
        loop {
            now += -random.uniform().ln() / rate;
            // Days, as a summary of orders has them; two on a day are one.
            let day = now.ceil();
            if day > age {
                break;
            }
            frequency += u32::from(day > last);
            last = day;
            if random.uniform() < probability {
                break;
            }
        }
        histories.push(History { frequency, recency: last, age });
        let scale = 15.0 / random.gamma(3.7);
        let total: f64 = (0..frequency).map(|_| random.gamma(6.0) * scale).sum();
        let mean = if frequency > 0 { total / f64::from(frequency) } else { 0.0 };
        spends.push(Spend { purchases: frequency, mean });
    }
    (histories, spends)
}

fn write(path: &Path, histories: &[History]) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "frequency,recency,T")?;
    for History { frequency, recency, age } in histories {
        writeln!(file, "{frequency},{recency},{age}")?;
    }
    Ok(file.flush()?)
}

/// Seconds of the fit alone, without starting Python and reading the file, and the parameters.
fn lifetimes(python: &str, file: &Path) -> anyhow::Result<(f64, String)> {
    let output = Command::new(python).args(["-c", LIFETIMES]).arg(file).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let (seconds, parameters) = text.trim().split_once(' ').unwrap_or((&text, ""));
    Ok((seconds.trim().parse()?, parameters.to_owned()))
}

/// A fixed sequence of numbers.
struct Random(u64);

impl Random {
    /// Between 0 and 1, both left out.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + 5e-17
    }

    /// By Gamma(shape, 1): Marsaglia and Tsang.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let angle = std::f64::consts::TAU * self.uniform();
            let x = (-2.0 * self.uniform().ln()).sqrt() * angle.cos();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}
