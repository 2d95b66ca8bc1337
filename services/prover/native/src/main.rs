//! `atomicity-prover prove KEY.zkey [--threads N]`: a witness (.wtns) on stdin, JSON lines on stdout.
//! `atomicity-prover self-check`: shows that this binary computes correctly on this processor.
//!
//! A process makes one proof. Killing it at any time cancels the proof; the witness never touches a disk.

mod batch_sum;
mod curve;
mod msm;
mod ntt;
mod prove;
mod quotient;
mod report;
mod self_check;
mod wtns;
mod zkey;

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use prove::Phase;

const USAGE: &str =
    "usage: atomicity-prover prove KEY.zkey [--threads N] < WITNESS.wtns | atomicity-prover self-check";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["self-check"] => self_check::run(),
        ["prove", key] => run_prover(key, None),
        ["prove", key, "--threads", count] => match count.parse() {
            Ok(count @ 1..=256) => run_prover(key, Some(count)),
            _ => Err("--threads: 1 … 256".into()),
        },
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run_prover(key_path: &str, threads: Option<usize>) -> Result<(), String> {
    let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(|error| error.to_string())?;
    let key = zkey::ProvingKey::open(Path::new(key_path))?;
    // While the witness is computed elsewhere.
    let domain = ntt::Domain::new(key.domain_size);
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| format!("witness: {error}"))?;
    let witness = wtns::read(&bytes, key.signal_count)?;
    drop(bytes);
    // Progress never goes back, whatever thread reports it.
    let last = Mutex::new(0.0);
    let proof = prove::prove(&key, &domain, &witness, threads, &|phase, fraction| {
        let mut last = last.lock().expect("no thread panicked");
        let place = fraction + if phase == Phase::Points { 1.0 } else { 0.0 };
        if place > *last {
            *last = place;
            print_line(&report::progress(phase, fraction));
        }
    })?;
    print_line(&report::proof(&proof, &witness[1..=key.public_count]));
    Ok(())
}

fn print_line(line: &str) {
    // Whoever closed the other end gets no proof and needs no message.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
