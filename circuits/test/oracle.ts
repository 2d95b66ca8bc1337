// An independent account of the six public signals: from the circuit's own inputs, with circomlibjs'
// Poseidon and node's SHA-256. It shares no code with the kernel, the prover or the circuit.
import { createHash } from 'node:crypto';
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';
import { buildPoseidon } from 'circomlibjs';

type Signals = CircuitInput['signals'];

function tag(name: string): bigint {
  const digest = createHash('sha256').update(`atomicity/poseidon/${name}/v1`).digest('hex');
  return BigInt(`0x${digest.slice(0, 62)}`);
}

function one(signals: Signals, name: string): bigint {
  const value = signals[name];
  if (typeof value !== 'bigint') throw new Error(`${name} is not one value`);
  return value;
}

function many(signals: Signals, name: string): readonly bigint[] {
  const value = signals[name];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value;
}

function threeWords(values: readonly bigint[]): bigint[] {
  return [0, 3, 6].map((from) =>
    values
      .slice(from, from + 3)
      .reduce((word, value, i) => word + value * 2n ** BigInt(64 * i), 0n),
  );
}

/** Computes the public signals of circuit inputs in the order of the circuit's outputs. */
export type Oracle = (input: CircuitInput) => readonly bigint[];

type Hash = (name: string, inputs: readonly bigint[]) => bigint;

const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

function treeRoot(hash: Hash, name: string, leaves: readonly bigint[]): bigint {
  let level = [...leaves];
  do {
    const next: bigint[] = [];
    for (let i = 0; i < level.length; i += 16) {
      const children = level.slice(i, i + 16);
      next.push(hash(name, [...children, ...new Array<bigint>(16 - children.length).fill(0n)]));
    }
    level = next;
  } while (level.length > 1);
  return level[0] ?? 0n;
}

function policyDigestOf(hash: Hash, signals: Signals): bigint {
  const get = (name: string): bigint => one(signals, name);
  return hash('policy', [
    get('budgetId'),
    get('denomId'),
    get('cap') + get('windowStart') * 2n ** 64n + get('windowEnd') * 2n ** 112n,
    ...threeWords(many(signals, 'ceilings')),
    ...threeWords(many(signals, 'caps')),
    get('policySalt'),
  ]);
}

function periodDigestOf(hash: Hash, input: CircuitInput, policyDigest: bigint): bigint {
  const { signals } = input;
  const [circuit, tier] = input.circuit.split('-');
  const number = circuit === 'batch' ? 2n : 1n;
  const get = (name: string): bigint => one(signals, name);
  const openingTotals = many(signals, 'openingTotals');
  const previousSummary =
    get('periodIndex') === 0n
      ? 0n
      : hash('summary', [
          policyDigest,
          get('openingPeriodDigest'),
          hash('nullifier', [get('budgetId'), get('periodIndex') - 1n]),
          get('openingPeriodTotal'),
          total(openingTotals),
          get('openingCountAndFirst') + get('openingLastAt') * 2n ** 80n,
          ...many(signals, 'openingPeriodWords'),
          ...threeWords(openingTotals),
          get('openingSalt'),
        ]);
  return hash('period', [
    ...['periodId', 'budgetId', 'periodIndex', 'principal', 'agent', 'origin'].map(get),
    get('treeSizes'),
    get('lastRoot'),
    previousSummary,
    get('chainId'),
    get('registry'),
    number * 2n ** 32n + BigInt(tier ?? 0),
  ]);
}

/** The payments of a batch slot as the circuit's inputs have them. */
function itemsOf(signals: Signals, slot: number) {
  const cells = (name: string) => many(signals, name).slice(16 * slot, 16 * slot + 16);
  const steps = cells('step');
  return {
    count: total(cells('used')),
    items: cells('spend').map((spend, i) => ({ spend, step: steps[i] ?? 0n })),
  };
}

/** One row a slot, in index order. */
function rowsOf(signals: Signals, isBatch: boolean) {
  const column = (name: string): readonly bigint[] => many(signals, name);
  const [counted, spend, at, category] = ['counted', 'spend', 'at', 'category'].map(column);
  const [regime, token, salt] = ['regime', 'token', 'salt'].map(column);
  return column('active').map((_, i) => ({
    isCounted: counted?.[i] === 1n,
    spend: isBatch
      ? total(itemsOf(signals, i).items.map((item) => item.spend))
      : (spend?.[i] ?? 0n),
    at: at?.[i] ?? 0n,
    category: category?.[i] ?? 0n,
    regime: regime?.[i] ?? 0n,
    token: token?.[i] ?? 0n,
    salt: salt?.[i] ?? 0n,
  }));
}

function leafOf(
  hash: Hash,
  { circuit, signals }: CircuitInput,
  row: ReturnType<typeof rowsOf>[number],
  i: number,
): bigint {
  if (!row.isCounted) return 0n;
  const bound = [one(signals, 'periodId'), row.token, row.salt];
  if (!circuit.startsWith('batch-')) {
    const packed =
      row.spend + row.at * 2n ** 64n + row.category * 2n ** 112n + row.regime * 2n ** 115n;
    return hash('commitment', [packed, ...bound]);
  }
  const { count, items } = itemsOf(signals, i);
  const words = [0, 3, 6, 9, 12, 15].map((from) =>
    items
      .slice(from, from + 3)
      .reduce(
        (word, { spend, step }, j) => word + (spend + step * 2n ** 48n) * 2n ** BigInt(80 * j),
        0n,
      ),
  );
  const header = row.at + row.category * 2n ** 48n + row.regime * 2n ** 51n + count * 2n ** 56n;
  return hash('batch', [...words, header, ...bound]);
}

function publicSignals(hash: Hash, input: CircuitInput): readonly bigint[] {
  const { signals } = input;
  const get = (name: string): bigint => one(signals, name);
  const rows = rowsOf(signals, input.circuit.startsWith('batch-'));
  const counted = rows.filter((row) => row.isCounted);
  const policyDigest = policyDigestOf(hash, signals);
  const periodDigest = periodDigestOf(hash, input, policyDigest);
  const nullifier = hash('nullifier', [get('budgetId'), get('periodIndex')]);
  const openingTotals = many(signals, 'openingTotals');
  const totals = openingTotals.map((_, k) =>
    total(counted.filter((row) => row.category === BigInt(k)).map((row) => row.spend)),
  );
  const cumulative = totals.map((value, k) => value + (openingTotals[k] ?? 0n));
  const openingAt = get('periodIndex') === 0n ? get('windowStart') : get('openingLastAt');
  const firstAt = counted.at(0)?.at ?? 0n;
  const lastAt = counted.at(-1)?.at ?? openingAt;
  const leaves = rows.map((row, i) => leafOf(hash, input, row, i));
  const tokens = rows.map((row) => row.token);
  const categories = rows.reduce((word, row, i) => word + row.category * 8n ** BigInt(i), 0n);
  const count = total(many(signals, 'active'));
  return [
    treeRoot(hash, 'leaves', leaves),
    hash('tokens', [treeRoot(hash, 'tokens', tokens), categories]),
    hash('summary', [
      policyDigest,
      periodDigest,
      nullifier,
      total(totals),
      total(cumulative),
      count + firstAt * 2n ** 32n + lastAt * 2n ** 80n,
      ...threeWords(totals),
      ...threeWords(cumulative),
      get('summarySalt'),
    ]),
    policyDigest,
    periodDigest,
    nullifier,
  ];
}

/** The oracle; tiers 16 and 64. */
export async function buildOracle(): Promise<Oracle> {
  const poseidon = await buildPoseidon();
  const hash: Hash = (name, inputs) => poseidon.F.toObject(poseidon(inputs, tag(name)));
  return (input) => publicSignals(hash, input);
}
