// Child process: multiplies the generators of BN254's G1 and G2 by many scalars. A process and not a
// thread, because web-worker (under ffjavascript) takes every worker thread for one of its own.
//
// Method: one table of 32 × 255 affine points per group (d · 256^w · G); a product is at most 32 mixed
// additions, and a batch shares one inversion. All of it in ffjavascript's wasm.
import { getCurveFromName } from 'ffjavascript';

export type FixedBaseRequest = {
  readonly id: number;
  readonly group: 'G1' | 'G2';
  /** 32-byte little-endian integers, at most FIXED_BASE_BATCH_MAX of them. */
  readonly scalars: Uint8Array;
};
/** Affine points, each coordinate a little-endian Montgomery integer: the form that zkey files use. */
export type FixedBaseReply = { readonly id: number; readonly points: Uint8Array };

const WINDOW_COUNT = 32;
const DIGITS = 255;
const BATCH_MAX = 4096;
const PAGES_ADDED = 256;

const curve = await getCurveFromName('bn128', true);
const { tm } = curve;
tm.memory.grow(PAGES_ADDED);
// Growing detaches the old buffer.
tm.u8 = new Uint8Array(tm.memory.buffer);
tm.u32 = new Uint32Array(tm.memory.buffer);

type Multiplier = (scalars: Uint8Array) => Uint8Array;

function wasmFunction(name: string): (...args: number[]) => void {
  const found = tm.instance.exports[name];
  if (found === undefined) throw new Error(`ffjavascript has no ${name}`);
  return found;
}

function multiplier(group: 'G1' | 'G2'): Multiplier {
  const prefix = group === 'G1' ? 'g1m' : 'g2m';
  const affineBytes = group === 'G1' ? 64 : 128;
  const jacobianBytes = (affineBytes / 2) * 3;
  const copy = wasmFunction(`${prefix}_copy`);
  const add = wasmFunction(`${prefix}_add`);
  const addMixed = wasmFunction(`${prefix}_addMixed`);
  const zero = wasmFunction(`${prefix}_zero`);
  const batchToAffine = wasmFunction(`${prefix}_batchToAffine`);

  const entries = WINDOW_COUNT * DIGITS;
  const jacobianTable = tm.alloc(entries * jacobianBytes);
  const table = tm.alloc(entries * affineBytes);
  const base = tm.alloc(jacobianBytes);
  tm.setBuff(base, curve[group].g);
  for (let window = 0; window < WINDOW_COUNT; window++) {
    for (let digit = 1; digit <= DIGITS; digit++) {
      const entry = jacobianTable + (window * DIGITS + digit - 1) * jacobianBytes;
      if (digit === 1) copy(base, entry);
      else add(entry - jacobianBytes, base, entry);
    }
    // 255 · base + base is the base of the next window.
    add(jacobianTable + (window * DIGITS + DIGITS - 1) * jacobianBytes, base, base);
  }
  batchToAffine(jacobianTable, entries, table);

  const sums = tm.alloc(BATCH_MAX * jacobianBytes);
  const results = tm.alloc(BATCH_MAX * affineBytes);
  return (scalars) => {
    const count = scalars.length / 32;
    for (let i = 0; i < count; i++) {
      const sum = sums + i * jacobianBytes;
      zero(sum);
      for (let window = 0; window < WINDOW_COUNT; window++) {
        const digit = scalars[i * 32 + window] ?? 0;
        if (digit > 0) addMixed(sum, table + (window * DIGITS + digit - 1) * affineBytes, sum);
      }
    }
    batchToAffine(sums, count, results);
    return new Uint8Array(tm.memory.buffer.slice(results, results + count * affineBytes));
  };
}

const multipliers = { G1: multiplier('G1'), G2: multiplier('G2') };
process.on('message', ({ id, group, scalars }: FixedBaseRequest) => {
  const reply: FixedBaseReply = { id, points: multipliers[group](scalars) };
  process.send?.(reply);
});
// The parent is gone: nobody waits for more points.
process.on('disconnect', () => process.exit(0));
