//! A Groth16 proof from a proving key and a witness.
//! Source: Groth, "On the Size of Pairing-based Non-interactive Arguments" (Eurocrypt 2016), §3.2.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use halo2curves::bn256::{Fq, Fq2, Fr};
use halo2curves::ff::Field;
use rand_core::OsRng;

use crate::curve::{Affine, Xyzz};
use crate::msm::Msm;
use crate::ntt::{Domain, to_integer};
use crate::quotient::quotient_scalars;
use crate::zkey::ProvingKey;

pub struct Proof {
    pub a: Affine<Fq>,
    pub b: Affine<Fq2>,
    pub c: Affine<Fq>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Polynomials,
    Points,
}

/// Proves with random blinding from the operating system. `progress` gets fractions of its phase, 0 … 1; calls
/// may come from several threads.
pub fn prove(
    key: &ProvingKey,
    domain: &Domain,
    witness: &[[u64; 4]],
    threads: usize,
    progress: &(impl Fn(Phase, f64) + Sync),
) -> Result<Proof, String> {
    let blinding = [Fr::random(OsRng), Fr::random(OsRng)];
    let quotient = quotient_scalars(key, domain, witness, &|done| progress(Phase::Polynomials, done))?;
    let private = &witness[key.public_count + 1..];
    let b2 = Msm::<Fq2>::new(key.b2(), witness);
    let g1 = [
        Msm::<Fq>::new(key.h(), &quotient),
        Msm::new(key.a(), witness),
        Msm::new(key.b1(), witness),
        Msm::new(key.c(), private),
    ];
    let (b2_sum, [h, a, b1, c]) = sum_all(&b2, &g1, threads, &|done| progress(Phase::Points, done));
    Ok(assemble(key, blinding, Sums { h, a, b1, b2: b2_sum, c }))
}

struct Sums {
    h: Xyzz<Fq>,
    a: Xyzz<Fq>,
    b1: Xyzz<Fq>,
    b2: Xyzz<Fq2>,
    c: Xyzz<Fq>,
}

fn assemble(key: &ProvingKey, [r, s]: [Fr; 2], sums: Sums) -> Proof {
    let delta1 = Xyzz::from_affine(key.delta1);
    let delta2 = Xyzz::from_affine(key.delta2);
    let times = |point: &Xyzz<Fq>, scalar: &Fr| point.multiply(&to_integer(scalar));
    let a = sums.a.add_affine(&key.alpha1).add(&times(&delta1, &r));
    let b1 = sums.b1.add_affine(&key.beta1).add(&times(&delta1, &s));
    let b2 = sums.b2.add_affine(&key.beta2).add(&delta2.multiply(&to_integer(&s)));
    let c = sums.c.add(&sums.h).add(&times(&a, &s)).add(&times(&b1, &r)).add(&times(&delta1, &-(r * s)));
    Proof { a: a.to_affine(), b: b2.to_affine(), c: c.to_affine() }
}

/// An addition in G2 costs about three in G1.
const G2_WEIGHT: usize = 3;

/// Computes all sums on `threads` threads, a window at a time; the dear ones first, so that none is left over.
fn sum_all<const N: usize>(
    b2: &Msm<Fq2>,
    g1: &[Msm<Fq>; N],
    threads: usize,
    progress: &(impl Fn(f64) + Sync),
) -> (Xyzz<Fq2>, [Xyzz<Fq>; N]) {
    enum Task {
        G2(usize),
        G1(usize, usize),
    }
    let mut tasks: Vec<(usize, Task)> =
        (0..b2.window_count()).map(|window| (b2.window_weight() * G2_WEIGHT, Task::G2(window))).collect();
    for (which, msm) in g1.iter().enumerate() {
        tasks.extend((0..msm.window_count()).map(|window| (msm.window_weight(), Task::G1(which, window))));
    }
    tasks.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let total: usize = tasks.iter().map(|(weight, _)| weight).sum();
    let g2_windows = Mutex::new(vec![Xyzz::INFINITY; b2.window_count()]);
    let g1_windows = g1.each_ref().map(|msm| Mutex::new(vec![Xyzz::INFINITY; msm.window_count()]));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some((weight, task)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            match *task {
                Task::G2(window) => {
                    let sum = b2.window_sum(window);
                    g2_windows.lock().expect("no thread panicked")[window] = sum;
                }
                Task::G1(which, window) => {
                    let sum = g1[which].window_sum(window);
                    g1_windows[which].lock().expect("no thread panicked")[window] = sum;
                }
            }
            let weight_done = done.fetch_add(*weight, Ordering::Relaxed) + weight;
            progress(weight_done as f64 / total as f64);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let g2 = b2.combine(&g2_windows.into_inner().expect("no thread panicked"));
    let mut windows = g1_windows.into_iter();
    let g1 = g1.each_ref().map(|msm| {
        let windows = windows.next().expect("as many as sums");
        msm.combine(&windows.into_inner().expect("no thread panicked"))
    });
    (g2, g1)
}
