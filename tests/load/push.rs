//! Benchmark: pushing an image beside `docker push` of the same image, and what a second push costs.
//!
//! `tests/run --shell cargo bench -p eap --bench push -- [--rounds N]`

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark compares itself with docker, prints, and ends when something fails"
)]

#[path = "../image/engine.rs"]
mod engine;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use engine::{Engine, checkout, ended_well, json_of};

/// Times of one round.
struct Round {
    pushed: Duration,
    docker: Duration,
    again: Duration,
}

fn main() {
    let Some(engine) = Engine::of_this_run() else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = program(&engine, folder.path());
    println!("round\teap build-push\tdocker push\tratio\tpushed again");
    let rounds: Vec<Round> = (1..=rounds()).map(|number| round(&engine, &program, number)).collect();
    let median = |of: fn(&Round) -> Duration| {
        let mut times: Vec<Duration> = rounds.iter().map(of).collect();
        times.sort();
        times[times.len() / 2]
    };
    line(
        "median",
        &Round { pushed: median(|r| r.pushed), docker: median(|r| r.docker), again: median(|r| r.again) },
    );
}

fn rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(5, |rounds| rounds.parse().unwrap())
}

/// The program of the checkout, built once.
fn program(engine: &Engine, folder: &Path) -> PathBuf {
    let layout = folder.join("layout");
    let arguments = ["--output-oci", layout.to_str().unwrap(), "--output", "json"];
    let image = json_of(&mut engine.build_push(&checkout(), &arguments));
    println!(
        "image: {} bytes compressed, {} layers",
        image["size_bytes"],
        image["layers"].as_array().unwrap().len()
    );
    let digest = image["layers"][1]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    let layer = layout.join("blobs/sha256").join(digest);
    ended_well(Command::new("tar").arg("-xf").arg(layer).arg("-C").arg(folder));
    folder.join("usr/local/bin/eap-api")
}

/// A program of its own for each round, so that neither side finds anything in the registry.
fn round(engine: &Engine, program: &Path, number: usize) -> Round {
    let mut content = std::fs::read(program).unwrap();
    content.extend(format!("round {number} of {}", std::process::id()).bytes());
    std::fs::write(program, content).unwrap();
    let (ours, theirs) =
        (format!("bench-eap-{number}"), format!("{}/bench-docker-{number}", engine.registry));
    let push = || {
        let arguments = ["--registry", &engine.registry, "--repository", &ours];
        let mut command = engine.build_push(&checkout(), &arguments);
        command.env("EAP_API_BIN", program);
        timed(&mut command)
    };
    let (pushed, again) = (push(), push());

    let mut load = engine.build_push(&checkout(), &["--load", "--repository", "bench", "--tag", "loaded"]);
    ended_well(load.env("EAP_API_BIN", program));
    engine.say(&["tag", "bench:loaded", &theirs]);
    let docker = timed(&mut engine.docker(&["push", "--quiet", &theirs]));
    engine.say(&["rmi", "--force", &theirs, "bench:loaded"]);
    let round = Round { pushed, docker, again };
    line(&number.to_string(), &round);
    round
}

fn timed(command: &mut Command) -> Duration {
    let started = Instant::now();
    ended_well(command);
    started.elapsed()
}

fn line(name: &str, round: &Round) {
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    let ratio = round.pushed.as_secs_f64() / round.docker.as_secs_f64();
    println!(
        "{name}\t{}\t{}\t{ratio:.2}\t{}",
        seconds(round.pushed),
        seconds(round.docker),
        seconds(round.again)
    );
}
