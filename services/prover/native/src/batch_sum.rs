//! Sums of many affine points: a round adds neighbours in pairs and shares one inversion among them.
//!
//! An addition costs 6 multiplications this way, against 10 in the best projective coordinates.
//! Source: Montgomery's trick, "Speeding the Pollard and elliptic curve methods" §10.3.1.

use halo2curves::ff::Field;

use crate::curve::Affine;

/// What to invert for P + Q: x₂ − x₁, 2y to double, 1 where no inverse is needed.
#[inline(always)]
fn denominator<F: Field>(p: &Affine<F>, q: &Affine<F>) -> F {
    let difference = q.x - p.x;
    if difference == F::ZERO || p.is_infinity() || q.is_infinity() {
        return rare_denominator(p, q);
    }
    difference
}

#[cold]
fn rare_denominator<F: Field>(p: &Affine<F>, q: &Affine<F>) -> F {
    if p == q && !p.is_infinity() { p.y.double() } else { F::ONE }
}

/// P + Q, given the inverse of their denominator.
#[inline(always)]
fn add_with_inverse<F: Field>(p: &Affine<F>, q: &Affine<F>, inverse: F) -> Affine<F> {
    if p.x == q.x || p.is_infinity() || q.is_infinity() {
        return rare_sum(p, q, inverse);
    }
    let slope = (q.y - p.y) * inverse;
    let x = slope.square() - p.x - q.x;
    Affine { x, y: slope * (p.x - x) - p.y }
}

#[cold]
fn rare_sum<F: Field>(p: &Affine<F>, q: &Affine<F>, inverse: F) -> Affine<F> {
    if p.is_infinity() {
        return *q;
    }
    if q.is_infinity() {
        return *p;
    }
    if p != q {
        return Affine::INFINITY;
    }
    let square = p.x.square();
    let slope = (square.double() + square) * inverse;
    let x = slope.square() - p.x.double();
    Affine { x, y: slope * (p.x - x) - p.y }
}

/// Pairs that share an inversion: enough to make it cheap, few enough to stay in the caches.
const BATCH: usize = 512;

/// One addition of a round: `sums[target] = first + second`.
#[derive(Clone, Copy)]
pub struct PairSum {
    pub target: u32,
    pub first: u32,
    pub second: u32,
}

/// Scratch of the additions, kept between rounds.
pub struct PairAdder<F> {
    pairs: Vec<(Affine<F>, Affine<F>)>,
    steps: Vec<(F, F)>,
}

impl<F: Field> PairAdder<F> {
    pub fn new() -> Self {
        Self { pairs: Vec::with_capacity(BATCH), steps: Vec::with_capacity(BATCH) }
    }

    /// Does the additions of one round. `load` reads an operand; a target may hold an operand of its own or
    /// of an earlier addition, never of a later one.
    pub fn add_all(
        &mut self,
        additions: &[PairSum],
        sums: &mut [Affine<F>],
        load: impl Fn(&[Affine<F>], u32) -> Affine<F>,
        prefetch: impl Fn(&PairSum),
    ) {
        const AHEAD: usize = 12;
        for (batch, chunk) in additions.chunks(BATCH).enumerate() {
            self.pairs.clear();
            self.steps.clear();
            let mut product = F::ONE;
            for (i, addition) in chunk.iter().enumerate() {
                if let Some(later) = additions.get(batch * BATCH + i + AHEAD) {
                    prefetch(later);
                }
                let (p, q) = (load(sums, addition.first), load(sums, addition.second));
                let difference = denominator(&p, &q);
                self.steps.push((product, difference));
                product *= difference;
                self.pairs.push((p, q));
            }
            // No denominator is 0, so neither is their product.
            let mut suffix = Option::<F>::from(product.invert()).expect("a product of non-zero factors");
            for (i, addition) in chunk.iter().enumerate().rev() {
                let (p, q) = &self.pairs[i];
                let (prefix, difference) = self.steps[i];
                sums[addition.target as usize] = add_with_inverse(p, q, suffix * prefix);
                suffix *= difference;
            }
        }
    }
}
