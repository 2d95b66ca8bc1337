/**
 * What a proof costs: constraints, then witness, proof and verification time, processor seconds and peak
 * memory, of each tier on full periods. Both provers on the same keys in one run: snarkjs, and the native one
 * where `npm run build:prover` has built it. "cold" is the first proof of a prover, its process start
 * included; "proof" the median of the next ones, witness included. With --control also a plain design with a
 * Merkle path per leaf, at 64 notes; with --build also the time to build each circuit from nothing.
 *
 * Run: node --conditions=source test/bench/prover.ts [--json] [--build] [--control] [--tiers=16,64]
 *      [--runs=3] [--seed=TEXT]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { circuitPin } from '@atomicity/prover/artifacts/artifact-lock';
import {
  circuitRow,
  isSpendTier,
  SPEND_TIERS,
  type SpendTier,
} from '@atomicity/prover/artifacts/circuits';
import { type Artifacts, ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { CircuitInput, Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import { findNativeBinary } from '@atomicity/prover/prove/native-binary';
import { nativeProver } from '@atomicity/prover/prove/native-prover';
import { snarkjsProver } from '@atomicity/prover/prove/snarkjs-prover';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { snarkjsHolds } from '@atomicity/prover/testing/snarkjs-verdict';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { childSeconds, peakChildBytes } from './child-use.ts';
import { buildPlainSpend, plainSpendInput } from './plain-spend.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    build: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
    tiers: { type: 'string', default: '16,64' },
    runs: { type: 'string', default: '3' },
    seed: { type: 'string', default: 'bench' },
  },
});
const runs = Number(values.runs);
const tiers: readonly SpendTier[] = values.tiers.split(',').map((text) => {
  const tier = Number(text);
  if (!isSpendTier(tier)) throw new Error(`--tiers: ${text} is none of ${SPEND_TIERS.join(', ')}`);
  return tier;
});
const native = findNativeBinary();

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A circuit with an input that it takes. */
type Case = {
  readonly name: string;
  readonly constraints: number;
  readonly buildMs: number | null;
  readonly artifacts: Artifacts;
  readonly input: CircuitInput;
};

type Row = Pick<Case, 'name' | 'constraints' | 'buildMs'> & {
  prover: 'snarkjs' | 'native';
  coldMs: number;
  witnessMs: number;
  proofMs: number;
  /** Processor seconds a proof, all processes. */
  cpuSeconds: number;
  peakMiB: number;
  verifyMs: number;
};

async function timeProof(prover: Groth16Prover, input: CircuitInput) {
  const start = performance.now();
  let witnessMs = 0;
  const proved = await prover.prove(input, {
    onProgress: ({ phase }) => {
      if (phase !== 'witness' && witnessMs === 0) witnessMs = performance.now() - start;
    },
  });
  return { witnessMs, proofMs: performance.now() - start, proved };
}

/** Milliseconds that our own verifier takes; snarkjs' must agree. */
async function timeVerification(
  { artifacts, input }: Case,
  proved: Awaited<ReturnType<Groth16Prover['prove']>>,
): Promise<number> {
  const text = readFileSync(artifacts.verificationKey, 'utf8');
  const key = parseVerificationKeyText(text, circuitRow(input.circuit).publicSignals);
  if (key.kind === 'refused') throw new Error(key.reason);
  const start = performance.now();
  const verdict = checkSpendProof(key.key, proved.publicSignals, proved.proof);
  const verifyMs = performance.now() - start;
  if (verdict.kind !== 'holds') throw new Error(verdict.reason);
  if (!(await snarkjsHolds(text, proved.publicSignals, proved.proof))) {
    throw new Error('snarkjs refuses the proof');
  }
  return verifyMs;
}

async function measure(each: Case, kind: Row['prover'], prover: Groth16Prover): Promise<Row> {
  try {
    const { value, peakBytes } = await peakChildBytes(async () => {
      const cold = await timeProof(prover, each.input);
      const before = childSeconds();
      const warm = [];
      for (let i = 0; i < runs; i++) warm.push(await timeProof(prover, each.input));
      return { cold, warm, cpuSeconds: (childSeconds() - before) / runs };
    });
    const { cold, warm, cpuSeconds } = value;
    const verifyMs: number[] = [];
    for (const { proved } of warm) verifyMs.push(await timeVerification(each, proved));
    return {
      name: each.name,
      constraints: each.constraints,
      buildMs: each.buildMs,
      prover: kind,
      coldMs: cold.proofMs,
      witnessMs: median(warm.map((run) => run.witnessMs)),
      proofMs: median(warm.map((run) => run.proofMs)),
      cpuSeconds,
      peakMiB: peakBytes / 2 ** 20,
      verifyMs: median(verifyMs),
    };
  } finally {
    prover.close();
  }
}

/** Both provers on one circuit. */
async function measureBoth(each: Case): Promise<readonly Row[]> {
  const artifactsOf = async (): Promise<Artifacts> => each.artifacts;
  const rows = [await measure(each, 'snarkjs', snarkjsProver(artifactsOf))];
  if (native.kind === 'ready') {
    rows.push(await measure(each, 'native', nativeProver(artifactsOf, { binary: native.path })));
  }
  return rows;
}

const folder = mkdtempSync(join(tmpdir(), 'atomicity-bench-'));

async function spendCase(tier: SpendTier): Promise<Case> {
  const circuit = `spend-${tier}` as const;
  const start = performance.now();
  if (values.build) await ensureArtifacts(circuit, { directory: join(folder, circuit) });
  const buildMs = values.build ? performance.now() - start : null;
  return {
    name: circuit,
    constraints: circuitPin(circuit).constraints,
    buildMs,
    artifacts: await ensureArtifacts(circuit),
    input: buildSpendInput(samplePeriod({ seed: values.seed, tier, slotCount: tier })),
  };
}

async function controlCase(): Promise<Case> {
  const start = performance.now();
  const { constraints, ...files } = await buildPlainSpend(join(folder, 'plain-spend'));
  const buildMs = performance.now() - start;
  // Not a circuit of the product: it borrows the name of one with as many public signals.
  const circuit = 'spent-at-most';
  const artifacts = { ...(await ensureArtifacts(circuit)), ...files };
  const input = { circuit, signals: await plainSpendInput() } as const;
  return { name: 'plain-64', constraints, buildMs, artifacts, input };
}

const rows: Row[] = [];
try {
  for (const tier of tiers) rows.push(...(await measureBoth(await spendCase(tier))));
  if (values.control) rows.push(...(await measureBoth(await controlCase())));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  load: loadavg()[0],
  node: process.version,
  native: native.kind === 'ready' ? native.version : native.reason,
};

function ratio(row: Row, of: (row: Row) => number): string {
  const other = rows.find(({ name, prover }) => name === row.name && prover === 'snarkjs');
  return other === undefined || row.prover === 'snarkjs'
    ? ''
    : `${(of(other) / of(row)).toFixed(1)}×`;
}

if (values.json) {
  console.log(JSON.stringify({ machine, seed: values.seed, runs, rows }));
} else {
  const load = machine.load?.toFixed(1);
  console.log(`${machine.cpu}, ${machine.cores} cores, load ${load}, node ${machine.node}`);
  console.log(`native prover: ${machine.native}; seed ${values.seed}, ${runs} runs`);
  const head = ['circuit', 'prover', 'constraints', 'build', 'cold', 'witness', 'proof', 'verify'];
  const table = [
    [...head, 'CPU s', 'MiB', 'snarkjs ÷ native: time', 'CPU'],
    ...rows.map((row) => [
      row.name,
      row.prover,
      `${row.constraints}`,
      row.buildMs === null ? '-' : row.buildMs.toFixed(0),
      row.coldMs.toFixed(0),
      row.witnessMs.toFixed(0),
      row.proofMs.toFixed(0),
      row.verifyMs.toFixed(0),
      row.cpuSeconds.toFixed(2),
      row.peakMiB.toFixed(0),
      ratio(row, ({ proofMs }) => proofMs),
      ratio(row, ({ cpuSeconds }) => cpuSeconds),
    ]),
  ];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0)));
  for (const line of table)
    console.log(line.map((c, i) => c.padStart(widths?.[i] ?? 0)).join('  '));
  console.log('Times in ms, witness included in proof.');
}
