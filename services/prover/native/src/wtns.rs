//! Reads a witness in iden3's wtns format, version 2, over BN254.

use crate::zkey::{SCALAR_MODULUS, is_reduced, limbs_at, sections_of};

/// The values of all signals as integers, the constant 1 first. Refuses another count than the key's.
pub fn read(bytes: &[u8], signal_count: usize) -> Result<Vec<[u64; 4]>, String> {
    let sections = sections_of(bytes, b"wtns", 2)?;
    let section = |id: u32, size: usize| {
        let found = sections.iter().find(|(known, _)| *known == id).map(|(_, range)| range.clone());
        found.filter(|range| range.len() == size).ok_or(format!("wtns: section {id} has not {size} bytes"))
    };
    let header = section(1, 40)?.start;
    if limbs_at(bytes, header + 4) != SCALAR_MODULUS {
        return Err("wtns: not over BN254".into());
    }
    let values = section(2, signal_count * 32)?;
    let witness: Vec<[u64; 4]> = values.step_by(32).map(|at| limbs_at(bytes, at)).collect();
    if witness.first() != Some(&[1, 0, 0, 0])
        || witness.iter().any(|value| !is_reduced(value, &SCALAR_MODULUS))
    {
        return Err("wtns: a value is out of range".into());
    }
    Ok(witness)
}
