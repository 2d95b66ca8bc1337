//! The scalars of the H points: A·B − C on the odd coset, where the zkey has its Lagrange basis.
//! Source: snarkjs `groth16_prove.js` (buildABC1, joinABC).

use halo2curves::bn256::Fr;
use halo2curves::ff::Field;
use rayon::prelude::*;

use crate::ntt::{Domain, to_integer};
use crate::zkey::ProvingKey;

/// ⟨row, witness⟩ for every row of A (0) or B (1).
fn products(key: &ProvingKey, witness: &[[u64; 4]], matrix: u32) -> Result<Vec<Fr>, String> {
    let mut rows = vec![Fr::ZERO; key.domain_size];
    for entry in key.coefficients() {
        if entry.matrix != matrix {
            continue;
        }
        let (Some(row), Some(value)) = (rows.get_mut(entry.row), witness.get(entry.signal)) else {
            return Err("zkey: a coefficient lies outside of the circuit".into());
        };
        // The witness' plain integer stands for a Montgomery form: the coefficient has the factor twice.
        *row += entry.value * Fr(*value);
    }
    Ok(rows)
}

/// Gives the scalars as integers. `progress` hears of each of the four parts.
pub fn quotient_scalars(
    key: &ProvingKey,
    domain: &Domain,
    witness: &[[u64; 4]],
    progress: &(impl Fn(f64) + Sync),
) -> Result<Vec<[u64; 4]>, String> {
    let (a, b) = rayon::join(|| products(key, witness, 0), || products(key, witness, 1));
    let (mut a, mut b) = (a?, b?);
    progress(0.25);
    let mut c: Vec<Fr> = a.par_iter().zip(&b).map(|(a, b)| *a * b).collect();
    for (values, done) in [(&mut a, 0.5), (&mut b, 0.75), (&mut c, 1.0)] {
        domain.to_coset(values);
        progress(done);
    }
    Ok(a.par_iter().zip(&b).zip(&c).map(|((a, b), c)| to_integer(&(*a * b - c))).collect())
}
