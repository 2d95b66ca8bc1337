//! Reads a proving key in snarkjs' zkey format, version 1, Groth16 over BN254.
//!
//! The file is mapped, never copied: points are already affine little-endian Montgomery integers.
//! Source: snarkjs `zkey_utils.js`, list of sections.

use std::fs::File;
use std::path::Path;

use halo2curves::bn256::{Fq, Fq2, Fr};
use memmap2::Mmap;

use crate::curve::Affine;

const G1_BYTES: usize = 64;
const G2_BYTES: usize = 128;
const COEFFICIENT_BYTES: usize = 44;
/// BN254's base field, then its scalar field, little-endian.
const BASE_MODULUS: [u64; 4] =
    [0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029];
pub const SCALAR_MODULUS: [u64; 4] =
    [0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029];

type Range = std::ops::Range<usize>;

/// Four little-endian limbs at `offset`.
pub fn limbs_at(bytes: &[u8], offset: usize) -> [u64; 4] {
    let bytes: &[u8; 32] = bytes[offset..offset + 32].try_into().expect("32 bytes");
    std::array::from_fn(|i| u64::from_le_bytes(bytes[i * 8..i * 8 + 8].try_into().expect("8 bytes")))
}

/// True for an integer below the modulus.
pub fn is_reduced(limbs: &[u64; 4], modulus: &[u64; 4]) -> bool {
    limbs.iter().rev().cmp(modulus.iter().rev()).is_lt()
}

/// An affine point as a zkey stores it; (0, 0) is the point at infinity.
pub trait StoredPoint: Copy + Send + Sync {
    const BYTES: usize;
    fn read(bytes: &[u8], offset: usize) -> Self;
}

fn base_at(bytes: &[u8], offset: usize) -> Fq {
    Fq(limbs_at(bytes, offset))
}

impl StoredPoint for Affine<Fq> {
    const BYTES: usize = G1_BYTES;
    #[inline(always)]
    fn read(bytes: &[u8], offset: usize) -> Self {
        Affine { x: base_at(bytes, offset), y: base_at(bytes, offset + 32) }
    }
}

impl StoredPoint for Affine<Fq2> {
    const BYTES: usize = G2_BYTES;
    #[inline(always)]
    fn read(bytes: &[u8], offset: usize) -> Self {
        let pair = |at| Fq2::new(base_at(bytes, at), base_at(bytes, at + 32));
        Affine { x: pair(offset), y: pair(offset + 64) }
    }
}

/// A section of points, read where they lie.
#[derive(Clone, Copy)]
pub struct Points<'a> {
    bytes: &'a [u8],
}

impl<'a> Points<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    #[inline(always)]
    pub fn get<P: StoredPoint>(&self, index: usize) -> P {
        P::read(self.bytes, index * P::BYTES)
    }

    pub fn len<P: StoredPoint>(&self) -> usize {
        self.bytes.len() / P::BYTES
    }

    /// Asks for a point's memory ahead of its use: buckets visit points in no order.
    #[inline(always)]
    pub fn prefetch<P: StoredPoint>(&self, index: usize) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch has no effect on memory, and no address makes it fault.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let start = self.bytes.as_ptr().wrapping_add(index * P::BYTES).cast::<i8>();
            _mm_prefetch::<_MM_HINT_T0>(start);
            if P::BYTES > 64 {
                _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(64));
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = index;
    }
}

/// One non-zero coefficient of matrix A (0) or B (1).
pub struct Coefficient {
    pub matrix: u32,
    pub row: usize,
    pub signal: usize,
    /// Twice in Montgomery form: its product with a plain integer is in Montgomery form once.
    pub value: Fr,
}

pub struct ProvingKey {
    map: Mmap,
    pub signal_count: usize,
    pub public_count: usize,
    pub domain_size: usize,
    pub alpha1: Affine<Fq>,
    pub beta1: Affine<Fq>,
    pub delta1: Affine<Fq>,
    pub beta2: Affine<Fq2>,
    pub delta2: Affine<Fq2>,
    coefficients: Range,
    a: Range,
    b1: Range,
    b2: Range,
    c: Range,
    h: Range,
}

/// The byte ranges of an iden3 binary file's sections.
pub fn sections_of(bytes: &[u8], kind: &[u8; 4], version: u32) -> Result<Vec<(u32, Range)>, String> {
    let name = String::from_utf8_lossy(kind).into_owned();
    let word = |at: usize| -> Result<u32, String> {
        let slice = bytes.get(at..at + 4).ok_or(format!("{name}: ends early"))?;
        Ok(u32::from_le_bytes(slice.try_into().expect("4 bytes")))
    };
    if bytes.get(..4) != Some(kind) || word(4)? != version {
        return Err(format!("not a {name} file of version {version}"));
    }
    let mut sections = Vec::new();
    let mut position = 12usize;
    for _ in 0..word(8)? {
        let id = word(position)?;
        let size = u64::from(word(position + 4)?) | u64::from(word(position + 8)?) << 32;
        let start = position + 12;
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size));
        let end = end.filter(|end| *end <= bytes.len()).ok_or(format!("{name}: section {id} ends early"))?;
        if sections.iter().any(|(known, _)| *known == id) {
            return Err(format!("{name}: section {id} occurs twice"));
        }
        sections.push((id, start..end));
        position = end;
    }
    Ok(sections)
}

impl ProvingKey {
    /// Maps a proving key. Structure and sizes are checked, points are not: a key is trusted by its hash.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| format!("proving key: {error}"))?;
        // SAFETY: the file is read only. Whoever changes it meanwhile gets a proof that does not verify.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| format!("proving key: {error}"))?;
        let sections = sections_of(&map, b"zkey", 1)?;
        let section = |id: u32, size: Option<usize>| -> Result<Range, String> {
            let (_, range) =
                sections.iter().find(|(known, _)| *known == id).ok_or(format!("zkey: no section {id}"))?;
            match size {
                Some(size) if size != range.len() => {
                    Err(format!("zkey: section {id} has {} bytes, not {size}", range.len()))
                }
                _ => Ok(range.clone()),
            }
        };
        if map[section(1, Some(4))?] != 1u32.to_le_bytes() {
            return Err("zkey: not of Groth16".into());
        }
        let header = section(2, Some(4 + 32 + 4 + 32 + 12 + 3 * G1_BYTES + 3 * G2_BYTES))?.start;
        let word = |at: usize| u32::from_le_bytes(map[at..at + 4].try_into().expect("4 bytes")) as usize;
        if limbs_at(&map, header + 4) != BASE_MODULUS || limbs_at(&map, header + 40) != SCALAR_MODULUS {
            return Err("zkey: not over BN254".into());
        }
        let counts = header + 72;
        let (signal_count, public_count, domain_size) = (word(counts), word(counts + 4), word(counts + 8));
        if public_count >= signal_count || !domain_size.is_power_of_two() || domain_size > 1 << 27 {
            return Err("zkey: impossible sizes".into());
        }
        let coefficients = section(4, None)?;
        if coefficients.len() < 4 || coefficients.len() != 4 + word(coefficients.start) * COEFFICIENT_BYTES {
            return Err("zkey: section 4 has another size than it says".into());
        }
        let points = counts + 12;
        Ok(Self {
            signal_count,
            public_count,
            domain_size,
            alpha1: StoredPoint::read(&map, points),
            beta1: StoredPoint::read(&map, points + G1_BYTES),
            beta2: StoredPoint::read(&map, points + 2 * G1_BYTES),
            delta1: StoredPoint::read(&map, points + 2 * G1_BYTES + 2 * G2_BYTES),
            delta2: StoredPoint::read(&map, points + 3 * G1_BYTES + 2 * G2_BYTES),
            coefficients: coefficients.start + 4..coefficients.end,
            a: section(5, Some(signal_count * G1_BYTES))?,
            b1: section(6, Some(signal_count * G1_BYTES))?,
            b2: section(7, Some(signal_count * G2_BYTES))?,
            c: section(8, Some((signal_count - public_count - 1) * G1_BYTES))?,
            h: section(9, Some(domain_size * G1_BYTES))?,
            map,
        })
    }

    pub fn a(&self) -> Points<'_> {
        Points::new(&self.map[self.a.clone()])
    }
    pub fn b1(&self) -> Points<'_> {
        Points::new(&self.map[self.b1.clone()])
    }
    pub fn b2(&self) -> Points<'_> {
        Points::new(&self.map[self.b2.clone()])
    }
    /// Of the private signals only.
    pub fn c(&self) -> Points<'_> {
        Points::new(&self.map[self.c.clone()])
    }
    /// Lagrange basis on the odd points of the domain of twice the size.
    pub fn h(&self) -> Points<'_> {
        Points::new(&self.map[self.h.clone()])
    }

    /// Every coefficient, in the order of the file.
    pub fn coefficients(&self) -> impl Iterator<Item = Coefficient> + '_ {
        self.map[self.coefficients.clone()].chunks_exact(COEFFICIENT_BYTES).map(|row| {
            let word = |at: usize| u32::from_le_bytes(row[at..at + 4].try_into().expect("4 bytes"));
            Coefficient {
                matrix: word(0),
                row: word(4) as usize,
                signal: word(8) as usize,
                value: Fr(limbs_at(row, 12)),
            }
        })
    }
}
