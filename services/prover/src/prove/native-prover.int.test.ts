// Goal: the native prover fails by name whatever happens to it, and the next call works. Method: the built
// program with the cached keys of tier 16, killed and misled; small scripts in its place for what it never does.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ensureArtifacts } from '../artifacts/ensure-artifacts.ts';
import { samplePeriod } from '../testing/sample-period.ts';
import { snarkjsHolds } from '../testing/snarkjs-verdict.ts';
import { buildSpendInput } from '../witness/build-spend-input.ts';
import { computeStatement } from '../witness/compute-statement.ts';
import { chooseProver } from './choose-prover.ts';
import type { ProofProgress } from './groth16-prover.ts';
import { findNativeBinary, nativeBinaryPath } from './native-binary.ts';
import { nativeProver } from './native-prover.ts';
import { snarkjsProver } from './snarkjs-prover.ts';

const artifacts = await ensureArtifacts('spend-16');
const period = samplePeriod();
const input = buildSpendInput(period);
const { publicSignals } = computeStatement(period);
const folder = mkdtempSync(join(tmpdir(), 'atomicity-native-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program in the place of the native prover. */
function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const READY = `echo '{"kind":"ready","name":"x","version":"9"}'`;
const NOT_FIELDS = JSON.stringify(new Array(6).fill('9'.repeat(77)));
const found = findNativeBinary();

if (found.kind === 'ready') {
  describe('the native prover', () => describeBuilt(found.path));
} else {
  test(`NOT SHOWN: no native prover on this machine (${found.reason})`, () => {
    expect(found.kind).toBe('absent');
  });
}

function describeBuilt(binary: string): void {
  test('names its version', () => {
    expect(found).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  });

  test('makes a proof that snarkjs takes, and reports every phase', async () => {
    const prover = nativeProver(async () => artifacts, { binary, threads: 1 });
    const progress: ProofProgress[] = [];
    const made = await prover.prove(input, { onProgress: (step) => progress.push(step) });
    prover.close();
    expect(made.publicSignals).toEqual(publicSignals);
    const key = readFileSync(artifacts.verificationKey, 'utf8');
    expect(await snarkjsHolds(key, made.publicSignals, made.proof)).toBe(true);
    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((x, y) => x - y));
    expect([fractions.at(0), fractions.at(-1)]).toEqual([0, 1]);
    const phases = [...new Set(progress.map(({ phase }) => phase))];
    expect(phases).toEqual(['witness', 'polynomials', 'points']);
  });

  test.each(['witness', 'polynomials', 'points'] as const)(
    'stops in %s, and proves the next',
    async (at) => {
      const prover = nativeProver(async () => artifacts, { binary });
      const stop = new AbortController();
      const running = prover.prove(input, {
        signal: stop.signal,
        onProgress: ({ phase }) => phase === at && stop.abort(new Error('stopped')),
      });
      await expect(running).rejects.toThrow('stopped');
      expect((await prover.prove(input)).publicSignals).toEqual(publicSignals);
      prover.close();
    },
  );

  test('refuses a key that is none by name, and proves the next with a good one', async () => {
    const broken = join(folder, 'broken.zkey');
    writeFileSync(broken, 'zkey and no more');
    let provingKey = broken;
    const prover = nativeProver(async () => ({ ...artifacts, provingKey }), { binary });
    await expect(prover.prove(input)).rejects.toMatchObject({
      code: 'prover_failed',
      shortMessage: expect.stringContaining('zkey'),
    });
    provingKey = artifacts.provingKey;
    expect((await prover.prove(input)).publicSignals).toEqual(publicSignals);
    prover.close();
  });

  test('refuses a truncated key and the key of another circuit', async () => {
    const bytes = readFileSync(artifacts.provingKey);
    const truncated = join(folder, 'truncated.zkey');
    writeFileSync(truncated, bytes.subarray(0, bytes.length - 1_000));
    const other = await ensureArtifacts('spend-64');
    for (const provingKey of [truncated, other.provingKey]) {
      const prover = nativeProver(async () => ({ ...artifacts, provingKey }), { binary });
      await expect(prover.prove(input)).rejects.toMatchObject({ code: 'prover_failed' });
      prover.close();
    }
  });

  test('is the one that is chosen', async () => {
    const chosen = chooseProver(async () => artifacts);
    expect(chosen).toMatchObject({ kind: 'native', reason: expect.stringMatching(/^version /) });
    expect((await chosen.prover.prove(input)).publicSignals).toEqual(publicSignals);
    chosen.prover.close();
  });
}

describe('a native prover that misbehaves', () => {
  test.each([
    ['dies', 'kill -9 $$', 'SIGKILL'],
    ['answers nothing', 'cat > /dev/null', '0'],
    ['prints something else', 'cat > /dev/null; echo hello', 'no known line'],
    [
      'proves other signals',
      `cat > /dev/null; echo '{"kind":"proved","a":["1","2"],"b":[["1","2"],["3","4"]],"c":["1","2"],"publicSignals":["1"]}'`,
      '1 public signals',
    ],
    [
      'proves signals that are no field elements',
      `cat > /dev/null; echo '{"kind":"proved","a":["1","2"],"b":[["1","2"],["3","4"]],"c":["1","2"],"publicSignals":${NOT_FIELDS}}'`,
      'a public signal is no field element',
    ],
  ])('%s: prover_failed', async (name, script, message) => {
    const binary = program(name.replaceAll(' ', '-'), script);
    const prover = nativeProver(async () => artifacts, { binary });
    for (let call = 0; call < 2; call++) {
      await expect(prover.prove(input)).rejects.toMatchObject({
        code: 'prover_failed',
        outcome: 'not_applied',
        shortMessage: expect.stringContaining(message),
      });
    }
    prover.close();
  });

  test('is not there: prover_failed, and refused after close', async () => {
    const prover = nativeProver(async () => artifacts, { binary: join(folder, 'nothing') });
    await expect(prover.prove(input)).rejects.toMatchObject({ code: 'prover_failed' });
    prover.close();
    await expect(prover.prove(input)).rejects.toMatchObject({ code: 'prover_closed' });
  });

  test.each([
    ['fails its check', 'echo wrong >&2; exit 1', 'wrong'],
    ['is for another processor', 'kill -4 $$', 'SIGILL'],
    ['is another program', 'echo hello', 'no known line'],
    ['talks of progress', `echo '{"kind":"progress","phase":"points","fraction":1}'`, 'ready'],
  ])('%s: snarkjs is chosen, and the reason named', (name, script, message) => {
    const binary = findNativeBinary(program(`check-${name.replaceAll(' ', '-')}`, script));
    const chosen = chooseProver(async () => artifacts, { binary });
    expect(chosen).toMatchObject({ kind: 'snarkjs', reason: expect.stringContaining(message) });
    chosen.prover.close();
  });

  test('a bare name is a file of this folder, never a program of PATH', () => {
    vi.stubEnv('ATOMICITY_NATIVE_PROVER', 'true');
    try {
      expect(nativeBinaryPath()).toBe(join(process.cwd(), 'true'));
      expect(findNativeBinary()).toMatchObject({ kind: 'absent' });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('a program that says it is ready is found, one that is missing is absent', () => {
    expect(findNativeBinary(program('ready', READY))).toMatchObject({
      kind: 'ready',
      version: '9',
    });
    expect(findNativeBinary(join(folder, 'none'))).toMatchObject({ kind: 'absent' });
    expect(findNativeBinary(undefined).kind).toMatch(/absent|ready/);
  });
});

describe('a memory bound', () => {
  test('kills a proof that goes over it, and lets the next one try', async () => {
    const prover = snarkjsProver(async () => artifacts, { memoryMaxBytes: 1_000_000 });
    for (let call = 0; call < 2; call++) {
      await expect(prover.prove(input)).rejects.toMatchObject({
        code: 'memory_exceeded',
        outcome: 'not_applied',
      });
    }
    prover.close();
  });

  test('counts the processes of a native proof together', async () => {
    const binary = program('waits', 'cat > /dev/null; sleep 600');
    const prover = nativeProver(async () => artifacts, { binary, memoryMaxBytes: 1_000_000 });
    await expect(prover.prove(input)).rejects.toMatchObject({ code: 'memory_exceeded' });
    prover.close();
  });

  test('does not touch a proof within it', async () => {
    const chosen = chooseProver(async () => artifacts, { memoryMaxBytes: 8 * 2 ** 30 });
    expect((await chosen.prover.prove(input)).publicSignals).toEqual(publicSignals);
    chosen.prover.close();
  });
});
