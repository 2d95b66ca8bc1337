//! Fourier transforms over BN254's scalar field, without a permutation: the inverse one leaves its
//! coefficients in bit-reversed order, the forward one takes them so.

use halo2curves::bn256::Fr;
use halo2curves::ff::{Field, PrimeField};
use rayon::prelude::*;

use crate::zkey::SCALAR_MODULUS;

const TWO_ADICITY: u32 = 28;
/// Elements that one task works on at a time.
const CHUNK: usize = 1 << 12;

/// The 2^log-th root of unity that snarkjs takes: powers of 5, its least non-residue.
pub fn root_of_unity(log: u32) -> Fr {
    assert!(log <= TWO_ADICITY);
    // (r − 1) / 2^28, as integers.
    let [a, b, c, d] = SCALAR_MODULUS;
    let shift = TWO_ADICITY;
    let odd = [
        (a >> shift) | b << (64 - shift),
        (b >> shift) | c << (64 - shift),
        (c >> shift) | d << (64 - shift),
        d >> shift,
    ];
    let mut root = Fr::from(5).pow_vartime(odd);
    for _ in log..TWO_ADICITY {
        root = root.square();
    }
    root
}

/// Powers of the roots that each layer of a transform multiplies with; layer of 2m elements at m … 2m − 1.
fn layers(root: Fr, size: usize) -> Vec<Fr> {
    let mut table = vec![Fr::ONE; size];
    let half = size / 2;
    let filled: Vec<_> =
        (0..half.div_ceil(CHUNK)).map(|chunk| root.pow_vartime([(chunk * CHUNK) as u64])).collect();
    table[half..].par_chunks_mut(CHUNK).zip(filled).for_each(|(powers, mut power)| {
        for entry in powers {
            *entry = power;
            power *= root;
        }
    });
    let mut layer = half;
    while layer > 1 {
        // The layer below has every second power.
        let (below, this) = table.split_at_mut(layer);
        for (i, entry) in below[layer / 2..].iter_mut().enumerate() {
            *entry = this[2 * i];
        }
        layer /= 2;
    }
    table
}

/// A domain of 2^log points and its coset of odd 2^(log+1)-th roots of unity.
pub struct Domain {
    forward: Vec<Fr>,
    inverse: Vec<Fr>,
    /// gᵏ/n at the bit-reversed place of k: from coefficients to the coset.
    shifts: Vec<Fr>,
}

impl Domain {
    /// `size` is a power of two, at least 2.
    pub fn new(size: usize) -> Self {
        let log = size.trailing_zeros();
        let root = root_of_unity(log);
        let inverse_root = Option::<Fr>::from(root.invert()).expect("a root is not 0");
        let inverse_size = Option::<Fr>::from(Fr::from(size as u64).invert()).expect("a size below r");
        let mut shifts = vec![inverse_size; size];
        let mut length = 1;
        for level in (0..log).rev() {
            // g^(2^level)
            let factor = root_of_unity(log + 1 - level);
            let (done, next) = shifts.split_at_mut(length);
            next[..length]
                .par_chunks_mut(CHUNK)
                .zip(done.par_chunks(CHUNK))
                .for_each(|(next, done)| next.iter_mut().zip(done).for_each(|(n, d)| *n = *d * factor));
            length *= 2;
        }
        Self { forward: layers(root, size), inverse: layers(inverse_root, size), shifts }
    }

    /// From values on the domain to the values of the same polynomial on the coset.
    pub fn to_coset(&self, values: &mut [Fr]) {
        inverse_layers(values, &self.inverse);
        values
            .par_chunks_mut(CHUNK)
            .zip(self.shifts.par_chunks(CHUNK))
            .for_each(|(values, shifts)| values.iter_mut().zip(shifts).for_each(|(v, s)| *v *= s));
        forward_layers(values, &self.forward);
    }
}

fn inverse_layers(values: &mut [Fr], table: &[Fr]) {
    let half = values.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = values.split_at_mut(half);
    let powers = &table[half..2 * half];
    let layer = |low: &mut [Fr], high: &mut [Fr], powers: &[Fr]| {
        for ((u, v), power) in low.iter_mut().zip(high).zip(powers) {
            let difference = *u - *v;
            *u += *v;
            *v = difference * power;
        }
    };
    if half < 2 * CHUNK {
        layer(low, high, powers);
        inverse_layers(low, table);
        inverse_layers(high, table);
        return;
    }
    low.par_chunks_mut(CHUNK)
        .zip(high.par_chunks_mut(CHUNK))
        .zip(powers.par_chunks(CHUNK))
        .for_each(|((low, high), powers)| layer(low, high, powers));
    rayon::join(|| inverse_layers(low, table), || inverse_layers(high, table));
}

fn forward_layers(values: &mut [Fr], table: &[Fr]) {
    let half = values.len() / 2;
    if half == 0 {
        return;
    }
    let (low, high) = values.split_at_mut(half);
    let powers = &table[half..2 * half];
    let layer = |low: &mut [Fr], high: &mut [Fr], powers: &[Fr]| {
        for ((u, v), power) in low.iter_mut().zip(high).zip(powers) {
            let product = *v * power;
            *v = *u - product;
            *u += product;
        }
    };
    if half < 2 * CHUNK {
        forward_layers(low, table);
        forward_layers(high, table);
        layer(low, high, powers);
        return;
    }
    rayon::join(|| forward_layers(low, table), || forward_layers(high, table));
    low.par_chunks_mut(CHUNK)
        .zip(high.par_chunks_mut(CHUNK))
        .zip(powers.par_chunks(CHUNK))
        .for_each(|((low, high), powers)| layer(low, high, powers));
}

/// A field element as an integer, four little-endian limbs.
pub fn to_integer(value: &Fr) -> [u64; 4] {
    let bytes = value.to_repr();
    crate::zkey::limbs_at(bytes.as_ref(), 0)
}
