//! Small computations with results that are known by other means, on the processor that is to prove.

use halo2curves::bn256::{Fq, Fq2, Fr, G1Affine, G2Affine};
use halo2curves::ff::{Field, PrimeField};

use crate::curve::{Affine, Xyzz};
use crate::msm::Msm;
use crate::ntt::{Domain, root_of_unity, to_integer};
use crate::zkey::{Points, StoredPoint};

const POINTS: usize = 40;
const DOMAIN: usize = 16;

/// Prints that the prover is ready.
pub fn run() -> Result<(), String> {
    let g1 = G1Affine::generator();
    let g2 = G2Affine::generator();
    sums_agree(Affine::<Fq> { x: g1.x, y: g1.y }, |value| value.0.to_vec())?;
    sums_agree(Affine::<Fq2> { x: g2.x, y: g2.y }, |value| [value.c0().0, value.c1().0].concat())?;
    transform_agrees()?;
    println!(
        r#"{{"kind":"ready","name":"{}","version":"{}"}}"#,
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION")
    );
    Ok(())
}

/// Scalars of all the kinds that a witness has: 0, 1, small ones, full ones, r − 1.
fn sample_scalars() -> Vec<[u64; 4]> {
    let mut scalars: Vec<[u64; 4]> = (0..POINTS - 10).map(|i| [(i / 3) as u64, 0, 0, 0]).collect();
    let mut full = Fr::from(0x1234_5678_9abc_def0);
    while scalars.len() < POINTS - 1 {
        full = full.square() + Fr::ONE;
        scalars.push(to_integer(&full));
    }
    scalars.push(to_integer(&-Fr::ONE));
    scalars
}

/// Σ sᵢ · (tᵢ · G) against (Σ sᵢ · tᵢ) · G: the buckets against plain doubling and adding.
fn sums_agree<F: Field>(generator: Affine<F>, limbs: impl Fn(&F) -> Vec<u64>) -> Result<(), String>
where
    Affine<F>: StoredPoint,
{
    let scalars = sample_scalars();
    let mut bytes = Vec::new();
    let mut expected = Fr::ZERO;
    for (i, scalar) in scalars.iter().enumerate() {
        // Every third point repeats, every seventh is infinity, and P stands beside −P.
        let multiple = if i % 7 == 6 { 0 } else { 3 + i as u64 / 3 };
        let point =
            Xyzz::from_affine(generator).multiply(&[multiple, 0, 0, 0]).to_affine().negate_if(i % 5 == 1);
        let factor = if i % 5 == 1 { -Fr::from(multiple) } else { Fr::from(multiple) };
        for coordinate in [point.x, point.y] {
            bytes.extend(limbs(&coordinate).iter().flat_map(|limb| limb.to_le_bytes()));
        }
        expected += factor * from_integer(scalar);
    }
    let msm = Msm::<F>::new(Points::new(&bytes), &scalars);
    let windows: Vec<Xyzz<F>> = (0..msm.window_count()).map(|index| msm.window_sum(index)).collect();
    let sum = msm.combine(&windows).to_affine();
    if sum == Xyzz::from_affine(generator).multiply(&to_integer(&expected)).to_affine() {
        Ok(())
    } else {
        Err("self-check: a sum of points is wrong".into())
    }
}

fn from_integer(limbs: &[u64; 4]) -> Fr {
    let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    let repr = <[u8; 32]>::try_from(bytes).expect("32 bytes");
    Option::from(Fr::from_repr(repr.into())).expect("a scalar below r")
}

/// The values of x³ + 2x + 5 on the domain become its values on the coset.
fn transform_agrees() -> Result<(), String> {
    let log = DOMAIN.trailing_zeros();
    let value = |x: Fr| x * x * x + x.double() + Fr::from(5);
    let (root, shift) = (root_of_unity(log), root_of_unity(log + 1));
    let powers = || std::iter::successors(Some(Fr::ONE), |power| Some(*power * root)).take(DOMAIN);
    let mut values: Vec<Fr> = powers().map(value).collect();
    Domain::new(DOMAIN).to_coset(&mut values);
    if values.into_iter().eq(powers().map(|power| value(power * shift))) {
        Ok(())
    } else {
        Err("self-check: a polynomial is wrong".into())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_and_transforms_agree_with_plain_ones() {
        super::run().expect("the self-check passes");
    }
}
