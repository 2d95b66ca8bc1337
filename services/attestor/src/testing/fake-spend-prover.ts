import { fieldToHex } from '@atomicity/kernel/codec/field';
import { merkleRoot16 } from '@atomicity/kernel/codec/merkle-16';
import { poseidon } from '@atomicity/kernel/codec/poseidon';
import { words } from '@atomicity/kernel/codec/words';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import type { Hash } from '@atomicity/kernel/units/id';
import type { Groth16Proof, PublicSignals } from '@atomicity/kernel/wire/objects';
import { SPEND_TIERS } from '@atomicity/prover/artifacts/circuits';
import {
  type CircuitInput,
  type CircuitProof,
  type Groth16Prover,
  type ProveOptions,
  ProverError,
} from '@atomicity/prover/prove/groth16-prover';

type Signals = CircuitInput['signals'];

function one(signals: Signals, name: string): bigint {
  const value = signals[name];
  if (typeof value !== 'bigint') throw new TypeError(`${name} is one value`);
  return value;
}

function many(signals: Signals, name: string): readonly bigint[] {
  const value = signals[name];
  if (typeof value !== 'object') throw new TypeError(`${name} is a list`);
  return value;
}

const sum = (values: readonly bigint[]): bigint =>
  values.reduce((total, value) => total + value, 0n);

/** What the circuit computes and constrains, in short: enough to tell true periods from false ones. */
function evaluate({ circuit, signals }: CircuitInput): PublicSignals {
  const column = (name: string) => many(signals, name);
  const tier = SPEND_TIERS.find((each) => circuit === `spend-${each}`);
  if (tier === undefined)
    throw new ProverError('prover_failed', 'FAKE: proves spend circuits only');
  const value = (name: string) => one(signals, name);
  const count = Number(sum(column('active')));
  const [counted, spend, at] = [column('counted'), column('spend'), column('at')];
  const [category, regime] = [column('category'), column('regime')];
  const [token, salt] = [column('token'), column('salt')];
  const leaves = counted.map((isCounted, i) => {
    if (isCounted === 0n) return 0n;
    const packed =
      (spend[i] ?? 0n) |
      ((at[i] ?? 0n) << 64n) |
      ((category[i] ?? 0n) << 112n) |
      ((regime[i] ?? 0n) << 115n);
    return poseidon('commitment', [packed, value('periodId'), token[i] ?? 0n, salt[i] ?? 0n]);
  });
  const totals = Array.from({ length: 8 }, (_, c) =>
    sum(spend.filter((_, i) => category[i] === BigInt(c))),
  );
  const opening = column('openingTotals');
  const cumulative = totals.map((total, c) => total + (opening[c] ?? 0n));
  const kept =
    sum(cumulative) <= value('cap') &&
    cumulative.every((total, c) => total <= (column('caps')[c] ?? 0n)) &&
    spend.every((units, i) => units <= (column('ceilings')[Number(category[i] ?? 0n)] ?? 0n));
  if (!kept) throw new ProverError('witness_rejected', 'FAKE: the period breaks its policy');
  const authorizations = token.slice(0, count).map((id, i) => ({
    authorization: `${id.toString(16).padStart(62, '0')}00` as Hash,
    category: Number(category[i] ?? 0n),
  }));
  const { policy, period, nullifier } = digests(signals, tier);
  const times = at.filter((_, i) => counted[i] === 1n);
  const summary = poseidon('summary', [
    policy,
    period,
    nullifier,
    sum(totals),
    sum(cumulative),
    BigInt(count) |
      ((times[0] ?? 0n) << 32n) |
      ((times.at(-1) ?? (value('openingLastAt') || value('windowStart'))) << 80n),
    ...words(totals),
    ...words(cumulative),
    value('summarySalt'),
  ]);
  return [
    fieldToHex(merkleRoot16('leaves', leaves, tier)),
    fieldToHex(tokensRoot(authorizations, tier)),
    fieldToHex(summary),
    fieldToHex(policy),
    fieldToHex(period),
    fieldToHex(nullifier),
  ];
}

function digests(signals: Signals, tier: number) {
  const value = (name: string) => one(signals, name);
  const column = (name: string) => many(signals, name);
  const policy = poseidon('policy', [
    value('budgetId'),
    value('denomId'),
    value('cap') | (value('windowStart') << 64n) | (value('windowEnd') << 112n),
    ...words(column('ceilings')),
    ...words(column('caps')),
    value('policySalt'),
  ]);
  const period = poseidon('period', [
    value('periodId'),
    value('budgetId'),
    value('periodIndex'),
    value('principal'),
    value('agent'),
    value('origin'),
    value('treeSizes'),
    value('lastRoot'),
    previousSummary(signals, policy),
    value('chainId'),
    value('registry'),
    (1n << 32n) | BigInt(tier),
  ]);
  return {
    policy,
    period,
    nullifier: poseidon('nullifier', [value('budgetId'), value('periodIndex')]),
  };
}

function previousSummary(signals: Signals, policy: bigint): bigint {
  const value = (name: string) => one(signals, name);
  if (value('periodIndex') === 0n) return 0n;
  const totals = many(signals, 'openingTotals');
  return poseidon('summary', [
    policy,
    value('openingPeriodDigest'),
    poseidon('nullifier', [value('budgetId'), value('periodIndex') - 1n]),
    value('openingPeriodTotal'),
    sum(totals),
    value('openingCountAndFirst') | (value('openingLastAt') << 80n),
    ...many(signals, 'openingPeriodWords'),
    ...words(totals),
    value('openingSalt'),
  ]);
}

/**
 * A FAKE for tests: it computes the statement but proves nothing. Its "proofs" are numbered, and only
 * this very object says that they hold.
 */
export class FakeSpendProver implements Groth16Prover {
  readonly isFake = true;
  /** Proofs made so far. */
  proofs = 0;
  #closed = false;
  readonly #statements = new Map<string, PublicSignals>();

  readonly prove = async (
    input: CircuitInput,
    options: ProveOptions = {},
  ): Promise<CircuitProof> => {
    if (this.#closed) throw new ProverError('prover_closed', 'FAKE: closed');
    options.signal?.throwIfAborted();
    options.onProgress?.({ phase: 'witness', fraction: 0 });
    const publicSignals = evaluate(input);
    options.onProgress?.({ phase: 'polynomials', fraction: 0.5 });
    options.onProgress?.({ phase: 'points', fraction: 1 });
    this.proofs += 1;
    const number = `${this.proofs}`;
    this.#statements.set(number, publicSignals);
    const point = [number, '0'] as const;
    return { proof: { a: point, b: [point, point], c: point }, publicSignals };
  };

  readonly close = (): void => {
    this.#closed = true;
  };

  /** True for a proof that this object made of these signals. */
  holds(publicSignals: readonly string[], proof: Groth16Proof): boolean {
    return this.#statements.get(proof.a[0])?.join() === publicSignals.join();
  }
}
