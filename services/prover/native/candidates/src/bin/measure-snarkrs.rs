//! measure-snarkrs KEY.zkey WITNESS.wtns: load and prove three times. RAYON_NUM_THREADS sets the threads.
use snarkrs_lib::{Backend, CpuBackend, ProvingKey, StageTimings, Witness, prove, rand, verify};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    for _ in 0..3 {
        let start = Instant::now();
        let key = ProvingKey::load(arguments[1].as_ref()).expect("a zkey");
        let public_count = key.n_public;
        let circuit = CpuBackend::new().prepare(key).expect("a circuit");
        let load = start.elapsed();
        let witness = Witness::load(arguments[2].as_ref()).expect("a wtns").0;
        let start = Instant::now();
        let mut timings = StageTimings::default();
        let proof =
            prove(circuit.as_ref(), &witness, &mut rand::thread_rng(), &mut timings).expect("a proof");
        println!("snarkrs: load {load:?}, prove {:?}", start.elapsed());
        verify(&circuit.key().vk, &witness[1..=public_count], &proof).expect("a proof that holds");
    }
}
