//! Multi-scalar multiplication: Pippenger's buckets with signed windows, each window a task of its own.
//!
//! The entries of a window are sorted by bucket, then each bucket is summed in rounds of pairs. Buckets of any
//! size cost the same per point, so the 0s, 1s and small values of a witness need no case of their own: a zero
//! digit is no entry, and a heavy bucket is a longer row. A window costs more where more digits are not zero:
//! the time of a proof tells that much of its witness.

use halo2curves::ff::Field;

use crate::batch_sum::{PairAdder, PairSum};
use crate::curve::{Affine, Xyzz};
use crate::zkey::{Points, StoredPoint};

const SCALAR_BITS: usize = 254;
/// Entries that are summed at a time: their sums stay in the second-level cache.
const GROUP: usize = 8192;

/// Σ scalarᵢ · pointᵢ, prepared: which pairs count, and into how many windows they are cut.
pub struct Msm<'a, F> {
    points: Points<'a>,
    scalars: &'a [[u64; 4]],
    /// Indexes of the pairs whose product is not infinity.
    active: Vec<u32>,
    window_bits: usize,
    group: std::marker::PhantomData<F>,
}

/// The signed digit of window `index`, −2^(bits−1) … 2^(bits−1). Booth's recoding: no carry from other windows.
#[inline(always)]
fn digit(scalar: &[u64; 4], index: usize, bits: usize) -> i32 {
    let window = if index == 0 {
        scalar[0] << 1
    } else {
        let start = index * bits - 1;
        let (limb, shift) = (start / 64, start % 64);
        let low = scalar[limb] >> shift;
        if shift == 0 || limb == 3 { low } else { low | scalar[limb + 1] << (64 - shift) }
    };
    let window = (window & ((1 << (bits + 1)) - 1)) as i32;
    let half = (window + 1) >> 1;
    if window >> bits == 0 { half } else { half - (1 << bits) }
}

/// Minimises (additions into buckets) + (two additions a bucket at the end, about three times as dear).
fn window_bits_for(dense: usize) -> usize {
    (4..=16)
        .min_by_key(|bits| (SCALAR_BITS + 1).div_ceil(*bits) * (dense + 3 * (1 << (bits - 1))))
        .expect("a range that is not empty")
}

impl<'a, F: Field> Msm<'a, F>
where
    Affine<F>: StoredPoint,
{
    /// One point for each scalar; scalars below the group's order.
    pub fn new(points: Points<'a>, scalars: &'a [[u64; 4]]) -> Self {
        assert_eq!(points.len::<Affine<F>>(), scalars.len());
        let active: Vec<u32> = (0..scalars.len())
            .filter(|i| scalars[*i] != [0; 4] && !points.get::<Affine<F>>(*i).is_infinity())
            .map(|i| i as u32)
            .collect();
        let dense = active.iter().filter(|i| scalars[**i as usize][1..] != [0; 3]).count();
        Self { points, scalars, window_bits: window_bits_for(dense), active, group: std::marker::PhantomData }
    }

    pub fn window_count(&self) -> usize {
        (SCALAR_BITS + 1).div_ceil(self.window_bits)
    }

    /// Rough cost of one window, in additions of this group.
    pub fn window_weight(&self) -> usize {
        self.active.len() + 3 * (1 << (self.window_bits - 1))
    }

    /// Σ digitᵢ · pointᵢ of one window.
    pub fn window_sum(&self, index: usize) -> Xyzz<F> {
        let buckets = self.bucket_sums(index);
        // Σ k · bucket_k, as the sum of all suffix sums.
        let mut suffix = Xyzz::INFINITY;
        let mut total = Xyzz::INFINITY;
        for bucket in buckets.iter().rev() {
            suffix = suffix.add_affine(bucket);
            total = total.add(&suffix);
        }
        total
    }

    /// Puts the sums of all windows together.
    pub fn combine(&self, windows: &[Xyzz<F>]) -> Xyzz<F> {
        let mut total = Xyzz::INFINITY;
        for window in windows.iter().rev() {
            for _ in 0..self.window_bits {
                total = total.double();
            }
            total = total.add(window);
        }
        total
    }

    /// Entries (index · 2 + sign) sorted by bucket, and where each bucket ends.
    fn sorted_entries(&self, index: usize) -> (Vec<u32>, Vec<u32>) {
        let mut ends = vec![0u32; (1 << (self.window_bits - 1)) + 1];
        for i in &self.active {
            let magnitude = digit(&self.scalars[*i as usize], index, self.window_bits).unsigned_abs();
            ends[magnitude as usize] += 1;
        }
        // Digit 0 is no entry.
        ends[0] = 0;
        let mut total = 0;
        for end in &mut ends {
            let count = *end;
            *end = total;
            total += count;
        }
        let mut entries = vec![0u32; total as usize];
        for i in &self.active {
            let digit = digit(&self.scalars[*i as usize], index, self.window_bits);
            if digit != 0 {
                let next = &mut ends[digit.unsigned_abs() as usize];
                entries[*next as usize] = i << 1 | u32::from(digit < 0);
                *next += 1;
            }
        }
        // Every bucket's cursor now stands at its end.
        (entries, ends)
    }

    fn bucket_sums(&self, index: usize) -> Vec<Affine<F>> {
        let (entries, ends) = self.sorted_entries(index);
        let mut sums = vec![Affine::INFINITY; ends.len() - 1];
        let mut rows = RowSums::new(self.points, &entries);
        let mut heavy: Vec<(usize, Affine<F>)> = Vec::new();
        for bucket in 1..ends.len() {
            let (mut start, end) = (ends[bucket - 1], ends[bucket]);
            while (end - start) as usize > GROUP {
                rows.flush(&mut sums);
                rows.push(bucket - 1, start..start + GROUP as u32);
                rows.flush(&mut sums);
                heavy.push((bucket - 1, sums[bucket - 1]));
                start += GROUP as u32;
            }
            if rows.entry_count + (end - start) as usize > GROUP {
                rows.flush(&mut sums);
            }
            rows.push(bucket - 1, start..end);
        }
        rows.flush(&mut sums);
        for (bucket, part) in heavy {
            sums[bucket] = Xyzz::from_affine(sums[bucket]).add_affine(&part).to_affine();
        }
        sums
    }
}

/// Sums rows of entries, many rows at a time.
struct RowSums<'a, F> {
    points: Points<'a>,
    entries: &'a [u32],
    rows: Vec<(usize, std::ops::Range<u32>)>,
    entry_count: usize,
    buffer: Vec<Affine<F>>,
    additions: Vec<PairSum>,
    adder: PairAdder<F>,
}

impl<'a, F: Field> RowSums<'a, F>
where
    Affine<F>: StoredPoint,
{
    fn new(points: Points<'a>, entries: &'a [u32]) -> Self {
        Self {
            points,
            entries,
            rows: Vec::new(),
            entry_count: 0,
            buffer: vec![Affine::INFINITY; GROUP],
            additions: Vec::with_capacity(GROUP),
            adder: PairAdder::new(),
        }
    }

    fn push(&mut self, bucket: usize, row: std::ops::Range<u32>) {
        if row.is_empty() {
            return;
        }
        self.entry_count += row.len();
        self.rows.push((bucket, row));
    }

    /// Writes the sum of every row to its bucket, and forgets the rows.
    fn flush(&mut self, sums: &mut [Affine<F>]) {
        let mut rows = self.first_round();
        let mut unfinished = true;
        while unfinished {
            unfinished = self.next_round(&mut rows);
        }
        for ((bucket, _), (start, _)) in self.rows.iter().zip(&rows) {
            sums[*bucket] = self.buffer[*start as usize];
        }
        self.rows.clear();
        self.entry_count = 0;
    }

    /// Adds the points of the key in pairs; gives start and length of each row in the buffer.
    fn first_round(&mut self) -> Vec<(u32, u32)> {
        let Self { points, entries, rows, buffer, additions, adder, .. } = self;
        let load = |entry: u32| {
            let entry = entries[entry as usize];
            points.get::<Affine<F>>((entry >> 1) as usize).negate_if(entry & 1 == 1)
        };
        let mut placed = Vec::with_capacity(rows.len());
        let mut next = 0u32;
        additions.clear();
        for (_, row) in rows.iter() {
            let pairs = row.len() as u32 / 2;
            additions.extend((0..pairs).map(|i| PairSum {
                target: next + i,
                first: row.start + 2 * i,
                second: row.start + 2 * i + 1,
            }));
            let length = pairs + (row.len() as u32 & 1);
            placed.push((next, length));
            next += length;
        }
        adder.add_all(
            additions,
            buffer,
            |_, entry| load(entry),
            |later| {
                points.prefetch::<Affine<F>>((entries[later.first as usize] >> 1) as usize);
                points.prefetch::<Affine<F>>((entries[later.second as usize] >> 1) as usize);
            },
        );
        for ((_, row), (start, length)) in rows.iter().zip(&placed) {
            if row.len() & 1 == 1 {
                buffer[(start + length - 1) as usize] = load(row.end - 1);
            }
        }
        placed
    }

    /// Halves every row; false once each has one point.
    fn next_round(&mut self, rows: &mut [(u32, u32)]) -> bool {
        let Self { buffer, additions, adder, .. } = self;
        additions.clear();
        for (start, length) in rows.iter() {
            additions.extend((0..length / 2).map(|i| PairSum {
                target: start + i,
                first: start + 2 * i,
                second: start + 2 * i + 1,
            }));
        }
        if additions.is_empty() {
            return false;
        }
        adder.add_all(additions, buffer, |sums, at| sums[at as usize], |_| ());
        for (start, length) in rows.iter_mut() {
            if *length > 1 && *length & 1 == 1 {
                buffer[(*start + *length / 2) as usize] = buffer[(*start + *length - 1) as usize];
            }
            *length = length.div_ceil(2);
        }
        true
    }
}
