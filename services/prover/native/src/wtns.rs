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

#[cfg(test)]
mod tests {
    use super::read;
    use crate::zkey::SCALAR_MODULUS;

    /// A witness file of these values.
    fn file(values: &[[u64; 4]]) -> Vec<u8> {
        let integer =
            |limbs: &[u64; 4]| limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect::<Vec<u8>>();
        let word = |value: u32| value.to_le_bytes().to_vec();
        let size = |value: usize| (value as u64).to_le_bytes().to_vec();
        let header = [word(32), integer(&SCALAR_MODULUS), word(values.len() as u32)].concat();
        let body: Vec<u8> = values.iter().flat_map(integer).collect();
        let sections = [word(1), size(header.len()), header, word(2), size(body.len()), body];
        [b"wtns".to_vec(), word(2), word(2), sections.concat()].concat()
    }

    #[test]
    fn reads_values_and_refuses_what_is_none() {
        let good = [[1, 0, 0, 0], [5, 6, 7, 8]];
        assert_eq!(read(&file(&good), 2), Ok(good.to_vec()));
        let reason = |bytes: &[u8], count: usize| read(bytes, count).expect_err("a refusal");
        assert_eq!(reason(&file(&good), 3), "wtns: section 2 has not 96 bytes");
        assert_eq!(reason(&file(&[[2, 0, 0, 0]]), 1), "wtns: a value is out of range");
        assert_eq!(reason(&file(&[good[0], SCALAR_MODULUS]), 2), "wtns: a value is out of range");
        assert_eq!(reason(b"", 1), "not a wtns file of version 2");
        let mut foreign = file(&good);
        foreign[28] ^= 1;
        assert_eq!(reason(&foreign, 2), "wtns: not over BN254");
    }

    #[test]
    fn refuses_every_truncation_without_panicking() {
        let bytes = file(&[[1, 0, 0, 0], [2, 0, 0, 0]]);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length], 2).is_err(), "{length}");
        }
    }
}
