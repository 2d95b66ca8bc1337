//! BN254's two groups as a zkey writes them, y² = x³ + b with (0, 0) for the point at infinity.
//!
//! Sums of few points use XYZZ coordinates; sums of many are affine and share inversions (`batch_sum`).
//! Source: Explicit-Formulas Database, short Weierstrass, `xyzz`: madd-2008-s, add-2008-s, dbl-2008-s-1.

use halo2curves::ff::Field;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Affine<F> {
    pub x: F,
    pub y: F,
}

impl<F: Field> Affine<F> {
    pub const INFINITY: Self = Affine { x: F::ZERO, y: F::ZERO };

    #[inline(always)]
    pub fn is_infinity(&self) -> bool {
        self.x == F::ZERO && self.y == F::ZERO
    }

    #[inline(always)]
    pub fn negate_if(self, negative: bool) -> Self {
        if negative { Affine { x: self.x, y: -self.y } } else { self }
    }
}

/// x = X/ZZ, y = Y/ZZZ, ZZ³ = ZZZ²; ZZ = 0 is the point at infinity.
#[derive(Clone, Copy, Debug)]
pub struct Xyzz<F> {
    x: F,
    y: F,
    zz: F,
    zzz: F,
}

impl<F: Field> Xyzz<F> {
    pub const INFINITY: Self = Xyzz { x: F::ZERO, y: F::ZERO, zz: F::ZERO, zzz: F::ZERO };

    pub fn from_affine(point: Affine<F>) -> Self {
        if point.is_infinity() {
            return Self::INFINITY;
        }
        Xyzz { x: point.x, y: point.y, zz: F::ONE, zzz: F::ONE }
    }

    pub fn double(&self) -> Self {
        if self.zz == F::ZERO {
            return *self;
        }
        let u = self.y.double();
        let v = u.square();
        let w = u * v;
        let s = self.x * v;
        let xx = self.x.square();
        let m = xx.double() + xx;
        let x = m.square() - s.double();
        Xyzz { x, y: m * (s - x) - w * self.y, zz: v * self.zz, zzz: w * self.zzz }
    }

    pub fn add_affine(&self, other: &Affine<F>) -> Self {
        if other.is_infinity() {
            return *self;
        }
        if self.zz == F::ZERO {
            return Self::from_affine(*other);
        }
        let p = other.x * self.zz - self.x;
        let r = other.y * self.zzz - self.y;
        if p == F::ZERO {
            return if r == F::ZERO { self.double() } else { Self::INFINITY };
        }
        let pp = p.square();
        let ppp = p * pp;
        let q = self.x * pp;
        let x = r.square() - ppp - q.double();
        Xyzz { x, y: r * (q - x) - self.y * ppp, zz: self.zz * pp, zzz: self.zzz * ppp }
    }

    pub fn add(&self, other: &Self) -> Self {
        if other.zz == F::ZERO {
            return *self;
        }
        if self.zz == F::ZERO {
            return *other;
        }
        let u1 = self.x * other.zz;
        let s1 = self.y * other.zzz;
        let p = other.x * self.zz - u1;
        let r = other.y * self.zzz - s1;
        if p == F::ZERO {
            return if r == F::ZERO { self.double() } else { Self::INFINITY };
        }
        let pp = p.square();
        let ppp = p * pp;
        let q = u1 * pp;
        let x = r.square() - ppp - q.double();
        Xyzz { x, y: r * (q - x) - s1 * ppp, zz: self.zz * other.zz * pp, zzz: self.zzz * other.zzz * ppp }
    }

    /// Times an integer of four little-endian limbs. Takes more time for more bits.
    pub fn multiply(&self, scalar: &[u64; 4]) -> Self {
        let mut result = Self::INFINITY;
        for bit in (0..256).rev() {
            result = result.double();
            if scalar[bit / 64] >> (bit % 64) & 1 == 1 {
                result = result.add(self);
            }
        }
        result
    }

    pub fn to_affine(self) -> Affine<F> {
        let Some(inverse) = Option::<F>::from(self.zzz.invert()) else {
            return Affine::INFINITY;
        };
        // 1/ZZ = (ZZ/ZZZ)².
        let ratio = self.zz * inverse;
        Affine { x: self.x * ratio.square(), y: self.y * inverse }
    }
}
