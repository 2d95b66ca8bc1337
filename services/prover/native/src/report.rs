//! What the prover prints: one JSON object a line.

use halo2curves::bn256::Fq;
use halo2curves::ff::PrimeField;

use crate::prove::{Phase, Proof};
use crate::zkey::limbs_at;

pub fn progress(phase: Phase, fraction: f64) -> String {
    let phase = if phase == Phase::Points { "points" } else { "polynomials" };
    format!(r#"{{"kind":"progress","phase":"{phase}","fraction":{fraction:.4}}}"#)
}

/// Coordinates and signals as decimal strings, in the order of the wire.
pub fn proof(proof: &Proof, public_signals: &[[u64; 4]]) -> String {
    let base = |value: &Fq| format!("\"{}\"", decimal(limbs_at(value.to_repr().as_ref(), 0)));
    let signals: Vec<String> =
        public_signals.iter().map(|value| format!("\"{}\"", decimal(*value))).collect();
    let Proof { a, b, c } = proof;
    format!(
        r#"{{"kind":"proved","a":[{},{}],"b":[[{},{}],[{},{}]],"c":[{},{}],"publicSignals":[{}]}}"#,
        base(&a.x),
        base(&a.y),
        base(b.x.c0()),
        base(b.x.c1()),
        base(b.y.c0()),
        base(b.y.c1()),
        base(&c.x),
        base(&c.y),
        signals.join(",")
    )
}

/// A 256-bit integer, little-endian limbs, in decimal.
pub fn decimal(mut limbs: [u64; 4]) -> String {
    const DIGITS: u64 = 10_000_000_000_000_000_000;
    let mut parts = Vec::new();
    while limbs != [0; 4] {
        let mut remainder = 0u128;
        for limb in limbs.iter_mut().rev() {
            let value = remainder << 64 | u128::from(*limb);
            *limb = (value / u128::from(DIGITS)) as u64;
            remainder = value % u128::from(DIGITS);
        }
        parts.push(remainder as u64);
    }
    let Some(first) = parts.pop() else { return "0".into() };
    parts.iter().rev().fold(first.to_string(), |text, part| format!("{text}{part:019}"))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn integers_in_decimal() {
        assert_eq!(decimal([0; 4]), "0");
        assert_eq!(decimal([7, 0, 0, 0]), "7");
        assert_eq!(decimal([0, 1, 0, 0]), "18446744073709551616");
        let largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(decimal([u64::MAX; 4]), largest);
    }
}
