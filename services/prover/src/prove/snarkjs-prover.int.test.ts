// Goal: the prover makes proofs that three verifiers agree on, off the event loop, and can be stopped.
// Method: tier 16 with the cached development keys; snarkjs as the second verifier.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { amount } from '@atomicity/kernel/units/amount';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { groth16 } from 'snarkjs';
import { afterAll, describe, expect, test } from 'vitest';
import { PUBLIC_SIGNAL_COUNT } from '../artifacts/circuits.ts';
import { ensureArtifacts } from '../artifacts/ensure-artifacts.ts';
import { samplePeriod } from '../testing/sample-period.ts';
import { parseVerificationKeyText, type VerificationKey } from '../verify/verification-key.ts';
import { checkSpendProof, verifySpendProof } from '../verify/verify-spend-proof.ts';
import { buildSpendInput, uncheckedSpendInput } from '../witness/build-spend-input.ts';
import { computeStatement } from '../witness/compute-statement.ts';
import { type ProofProgress, ProverError } from './groth16-prover.ts';
import { snarkjsProver } from './snarkjs-prover.ts';

const artifacts = await ensureArtifacts('spend-16');
const keyText = readFileSync(artifacts.verificationKey, 'utf8');
const prover = snarkjsProver(async () => artifacts);
afterAll(() => prover.close());

function key(): VerificationKey {
  const parsed = parseVerificationKeyText(keyText, PUBLIC_SIGNAL_COUNT);
  if (parsed.kind === 'refused') throw new Error(parsed.reason);
  return parsed.key;
}

const period = samplePeriod();
const statement = computeStatement(period);
const progress: ProofProgress[] = [];
const made = await prover.prove(buildSpendInput(period), { onProgress: (p) => progress.push(p) });

/** The proof in snarkjs' own form. */
function snarkjsForm({ a, b, c }: typeof made.proof): Parameters<typeof groth16.verify>[2] {
  return {
    pi_a: [...a, '1'],
    pi_b: [[...b[0]], [...b[1]], ['1', '0']],
    pi_c: [...c, '1'],
    protocol: 'groth16',
    curve: 'bn128',
  };
}

const decimals = (signals: readonly FieldHex[]): string[] =>
  signals.map((s) => `${BigInt(`0x${s}`)}`);

describe('a proof', () => {
  test('states exactly what TypeScript computes', () => {
    expect(made.publicSignals).toEqual(statement.publicSignals);
  });

  test('holds for the noble verifier and for snarkjs', async () => {
    expect(checkSpendProof(key(), made.publicSignals, made.proof)).toEqual({ kind: 'holds' });
    expect(await verifySpendProof(key(), made.publicSignals, made.proof)).toBe(true);
    const theirs = await groth16.verify(
      JSON.parse(keyText),
      decimals(made.publicSignals),
      snarkjsForm(made.proof),
    );
    expect(theirs).toBe(true);
  });

  test('reports progress that never goes back and ends at 1', () => {
    const fractions = progress.map((p) => p.fraction);
    expect(fractions).toEqual([...fractions].sort((x, y) => x - y));
    expect(fractions.at(0)).toBe(0);
    expect(fractions.at(-1)).toBe(1);
    expect(new Set(progress.map((p) => p.phase))).toEqual(
      new Set(['witness', 'polynomials', 'points']),
    );
  });

  test.each([
    ['leavesRoot', 0],
    ['tokensRoot', 1],
    ['summaryCommitment', 2],
    ['policyDigest', 3],
    ['periodDigest', 4],
    ['nullifier', 5],
  ])('replayed against another %s fails in both verifiers', async (_, position) => {
    const other = computeStatement(samplePeriod({ seed: 'other' })).publicSignals;
    const signals = made.publicSignals.map((own, i) => (i === position ? (other[i] ?? own) : own));
    expect(checkSpendProof(key(), signals, made.proof)).toEqual({
      kind: 'fails',
      reason: 'pairing_fails',
    });
    const theirs = await groth16.verify(
      JSON.parse(keyText),
      decimals(signals),
      snarkjsForm(made.proof),
    );
    expect(theirs).toBe(false);
  });

  test('is malleable in its bytes, which is why the nullifier is its identity', () => {
    const { a, b, c } = made.proof;
    const q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
    const negate = (y: string): string => `${q - BigInt(y)}`;
    const twin = {
      a: [a[0], negate(a[1])],
      b: [b[0], [negate(b[1][0]), negate(b[1][1])]],
      c,
    } as const;
    expect(checkSpendProof(key(), made.publicSignals, twin)).toEqual({ kind: 'holds' });
  });
});

/** The children of this process that run a module, by their ids. */
function childrenRunning(module: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // Its parent, whether it sleeps or works just now.
        const [, parent] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return (
          Number(parent) === process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(module)
        );
      } catch {
        // It ended meanwhile.
        return false;
      }
    })
    .map(Number);
}

describe('the prover', () => {
  test('proves again after its idle process was killed', async () => {
    const own = snarkjsProver(async () => artifacts);
    const before = new Set(childrenRunning('snarkjs-worker'));
    await own.prove(buildSpendInput(period));
    const started = childrenRunning('snarkjs-worker').filter((pid) => !before.has(pid));
    expect(started).toHaveLength(1);
    for (const pid of started) process.kill(pid, 'SIGKILL');
    while (started.some((pid) => existsSync(`/proc/${pid}`))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const again = await own.prove(buildSpendInput(period));
    expect(again.publicSignals).toEqual(statement.publicSignals);
    own.close();
  });

  test('refuses a false period by name and proves the next one', async () => {
    const overspent = { ...period, policy: { ...period.policy, cap: amount(1n) } };
    const input = uncheckedSpendInput(overspent, 16);
    const refusal = await prover.prove(input).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProverError);
    expect(refusal).toMatchObject({ code: 'witness_rejected', outcome: 'not_applied' });
    const again = await prover.prove(buildSpendInput(period));
    expect(again.publicSignals).toEqual(statement.publicSignals);
    expect(again.proof).not.toEqual(made.proof);
  });

  test('stops when aborted, before and during a proof', async () => {
    const input = buildSpendInput(period);
    const before = AbortSignal.abort(new Error('stop before'));
    await expect(prover.prove(input, { signal: before })).rejects.toThrow('stop before');
    const during = new AbortController();
    const running = prover.prove(input, {
      signal: during.signal,
      onProgress: () => during.abort(new Error('stop during')),
    });
    await expect(running).rejects.toThrow('stop during');
  });

  test('refuses after close, and what was running when it closed', async () => {
    const closing = snarkjsProver(async () => artifacts);
    const running = closing.prove(buildSpendInput(period), { onProgress: () => closing.close() });
    await expect(running).rejects.toMatchObject({ code: 'prover_closed' });
    closing.close();
    await expect(closing.prove(buildSpendInput(period))).rejects.toMatchObject({
      code: 'prover_closed',
    });
  });
});
