//! measure-arkworks KEY.zkey WITNESS.wtns: load and prove three times. RAYON_NUM_THREADS sets the threads.
use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use ark_bn254::{Bn254, Fr};
use ark_circom::{CircomReduction, read_zkey};
use ark_ff::PrimeField;
use ark_groth16::{Groth16, prepare_verifying_key};
use ark_std::UniformRand;

/// Before the values of a .wtns file.
const HEADER_BYTES: usize = 76;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    for _ in 0..3 {
        let start = Instant::now();
        let file = File::open(&arguments[1]).expect("a zkey");
        let (key, index) = read_zkey(&mut BufReader::new(file)).expect("a zkey");
        let load = start.elapsed();
        let bytes = std::fs::read(&arguments[2]).expect("a wtns");
        let witness: Vec<Fr> = bytes[HEADER_BYTES..].chunks(32).map(Fr::from_le_bytes_mod_order).collect();
        let mut random = ark_std::test_rng();
        let matrices = [index.a.clone(), index.b.clone()];
        let start = Instant::now();
        let proof = Groth16::<Bn254, CircomReduction>::create_proof_with_reduction_and_matrices(
            &key,
            Fr::rand(&mut random),
            Fr::rand(&mut random),
            &matrices,
            index.num_instance_variables,
            index.num_constraints,
            &witness,
        )
        .expect("a proof");
        println!("arkworks: load {load:?}, prove {:?}", start.elapsed());
        let prepared = prepare_verifying_key(&key.vk);
        let public = &witness[1..index.num_instance_variables];
        let holds =
            Groth16::<Bn254, CircomReduction>::verify_proof(&prepared, &proof, public).expect("a verdict");
        assert!(holds, "a proof that holds");
    }
}
