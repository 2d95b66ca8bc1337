import { grainGenConstants } from '@noble/curves/abstract/poseidon.js';
import { bn254 } from '@noble/curves/bn254.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from './bytes.ts';
import { FIELD_ORDER, field248 } from './field.ts';

/** Every domain of a Poseidon hash; its tag is the initial state. */
export type PoseidonTag =
  | 'batch'
  | 'commitment'
  | 'fleet-policy'
  | 'fleet-slot'
  | 'fleet-slots'
  | 'fleet-summaries'
  | 'leaves'
  | 'nullifier'
  | 'period'
  | 'policy'
  | 'summary'
  | 'tokens';

const ROUNDS_FULL = 8;
/** Partial rounds for 1 … 16 inputs. Source: circomlib 2.0.5, circuits/poseidon.circom, N_ROUNDS_P. */
const ROUNDS_PARTIAL = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68] as const;

/** A way to compute `poseidon`: an adapter may bring a faster one (WASM) that gives equal values. */
export type PoseidonHash = (tag: PoseidonTag, inputs: readonly bigint[]) => bigint;

type Permutation = (state: readonly bigint[]) => bigint;

const permutations = new Map<number, Permutation>();
const tags = new Map<PoseidonTag, bigint>();

/** The initial state of a domain: field248(SHA-256(utf8(`atomicity/poseidon/<tag>/v1`))). */
export function poseidonTag(tag: PoseidonTag): bigint {
  const known = tags.get(tag);
  if (known !== undefined) return known;
  const value = field248(sha256(utf8(`atomicity/poseidon/${tag}/v1`)));
  tags.set(tag, value);
  return value;
}

/** x^5 mod r. */
function sbox(x: bigint): bigint {
  const square = (x * x) % FIELD_ORDER;
  const fourth = (square * square) % FIELD_ORDER;
  return (fourth * x) % FIELD_ORDER;
}

function buildPermutation(width: number): Permutation {
  const roundsPartial = ROUNDS_PARTIAL[width - 2];
  if (roundsPartial === undefined) {
    throw new RangeError(`poseidon takes 1 to 16 inputs, not ${width - 1}`);
  }
  const { roundConstants, mds } = grainGenConstants(
    {
      Fp: bn254.fields.Fr,
      t: width,
      roundsFull: ROUNDS_FULL,
      roundsPartial,
      sboxPower: 5,
      isSboxInverse: false,
    },
    0,
  );
  const partialFrom = ROUNDS_FULL / 2;
  const partialTo = partialFrom + roundsPartial;
  // One reduction per row instead of one per product: the sums stay below 17 · r².
  return (initial) => {
    let state = initial;
    for (let round = 0; round < roundConstants.length; round++) {
      const constants = roundConstants[round] ?? [];
      const partial = round >= partialFrom && round < partialTo;
      const boxed = state.map((value, i) => {
        const sum = value + (constants[i] ?? 0n);
        return partial && i > 0 ? sum : sbox(sum % FIELD_ORDER);
      });
      state = mds.map((row) => {
        let sum = 0n;
        for (let i = 0; i < width; i++) sum += (row[i] ?? 0n) * (boxed[i] ?? 0n);
        return sum % FIELD_ORDER;
      });
    }
    return state[0] ?? 0n;
  };
}

/**
 * Poseidon over BN254 with circomlib's constants (t = inputs + 1, x^5, 8 full rounds) from a given
 * initial state: equal to circomlibjs `poseidon(inputs, initialState)` and to circomlib's
 * `PoseidonEx` output 0.
 * @throws RangeError for no or more than 16 inputs, or a value outside 0 … r−1.
 * Source: Grassi et al., "Poseidon" (USENIX Security 2021); constants by its Grain LFSR.
 */
export function poseidonFrom(initialState: bigint, inputs: readonly bigint[]): bigint {
  const state = [initialState, ...inputs];
  for (const value of state) {
    if (value < 0n || value >= FIELD_ORDER) throw new RangeError('not a canonical field element');
  }
  let permutation = permutations.get(state.length);
  if (permutation === undefined) {
    permutation = buildPermutation(state.length);
    permutations.set(state.length, permutation);
  }
  return permutation(state);
}

/**
 * The Poseidon hash of 1 … 16 field elements under a domain tag.
 * @throws RangeError as `poseidonFrom`.
 */
export function poseidon(tag: PoseidonTag, inputs: readonly bigint[]): bigint {
  return poseidonFrom(poseidonTag(tag), inputs);
}
