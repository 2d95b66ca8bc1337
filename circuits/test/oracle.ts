// An independent account of the six public signals: from the circuit's own inputs, with circomlibjs'
// Poseidon and node's SHA-256. It shares no code with the kernel, the prover or the circuit.
import { createHash } from 'node:crypto';
import type { SpendInput } from '@atomicity/prover/witness/build-spend-input';
import { buildPoseidon, type Poseidon } from 'circomlibjs';

type Signals = SpendInput['signals'];

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
export type Oracle = (input: SpendInput) => readonly bigint[];

function publicSignals(poseidon: Poseidon, { tier, signals }: SpendInput): readonly bigint[] {
  const hash = (name: string, inputs: readonly bigint[]): bigint =>
    poseidon.F.toObject(poseidon(inputs, tag(name)));
  const tree = (name: string, leaves: readonly bigint[]): bigint => {
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
  };
  const get = (name: string): bigint => one(signals, name);
  const all = (name: string): readonly bigint[] => many(signals, name);
  const [counted, spend, at, category] = [all('counted'), all('spend'), all('at'), all('category')];
  const [regime, token, salt] = [all('regime'), all('token'), all('salt')];
  const slots = counted.map((isCounted, i) => ({ isCounted: isCounted === 1n, i }));
  const used = slots.filter((slot) => slot.isCounted).map((slot) => slot.i);

  const policyDigest = hash('policy', [
    get('budgetId'),
    get('denomId'),
    get('cap') + get('windowStart') * 2n ** 64n + get('windowEnd') * 2n ** 112n,
    ...threeWords(all('ceilings')),
    ...threeWords(all('caps')),
    get('policySalt'),
  ]);
  const index = get('periodIndex');
  const openingTotals = all('openingTotals');
  const total = (values: readonly bigint[]): bigint => values.reduce((sum, v) => sum + v, 0n);
  const previousSummary =
    index === 0n
      ? 0n
      : hash('summary', [
          policyDigest,
          get('openingPeriodDigest'),
          hash('nullifier', [get('budgetId'), index - 1n]),
          get('openingPeriodTotal'),
          total(openingTotals),
          get('openingCountAndFirst') + get('openingLastAt') * 2n ** 80n,
          ...all('openingPeriodWords'),
          ...threeWords(openingTotals),
          get('openingSalt'),
        ]);
  const periodDigest = hash('period', [
    ...['periodId', 'budgetId', 'periodIndex', 'principal', 'agent', 'origin'].map(get),
    get('treeSizes'),
    get('lastRoot'),
    previousSummary,
    get('chainId'),
    get('registry'),
    2n ** 32n + BigInt(tier),
  ]);
  const nullifier = hash('nullifier', [get('budgetId'), index]);
  const totals = Array.from({ length: 8 }, (_, k) =>
    total(used.filter((i) => category[i] === BigInt(k)).map((i) => spend[i] ?? 0n)),
  );
  const cumulative = totals.map((value, k) => value + (openingTotals[k] ?? 0n));
  const firstAt = at[used.at(0) ?? -1] ?? 0n;
  const openingAt = index === 0n ? get('windowStart') : get('openingLastAt');
  const lastAt = at[used.at(-1) ?? -1] ?? openingAt;
  const leaf = (i: number): bigint =>
    hash('commitment', [
      (spend[i] ?? 0n) +
        (at[i] ?? 0n) * 2n ** 64n +
        (category[i] ?? 0n) * 2n ** 112n +
        (regime[i] ?? 0n) * 2n ** 115n,
      get('periodId'),
      token[i] ?? 0n,
      salt[i] ?? 0n,
    ]);
  const categories = category.reduce((word, value, i) => word + value * 8n ** BigInt(i), 0n);
  return [
    tree(
      'leaves',
      slots.map(({ isCounted, i }) => (isCounted ? leaf(i) : 0n)),
    ),
    hash('tokens', [tree('tokens', token), categories]),
    hash('summary', [
      policyDigest,
      periodDigest,
      nullifier,
      total(totals),
      total(cumulative),
      total(all('active')) + firstAt * 2n ** 32n + lastAt * 2n ** 80n,
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
  return (input) => publicSignals(poseidon, input);
}
