/**
 * What a proof costs: constraints a note, then witness, proof and verification time of each tier on full
 * periods. "cold" is the first proof of a prover, its process start included; "warm" the median of the
 * next ones. With --build, also the time to compile each circuit and make its development keys from nothing.
 *
 * Run: node --conditions=source test/bench/prover.ts [--json] [--build] [--runs 3] [--seed TEXT]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { circuitPin } from '@atomicity/prover/artifacts/artifact-lock';
import {
  PUBLIC_SIGNAL_COUNT,
  SPEND_TIERS,
  type SpendTier,
} from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import { snarkjsProver } from '@atomicity/prover/prove/snarkjs-prover';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    build: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    seed: { type: 'string', default: 'bench' },
  },
});
const runs = Number(values.runs);

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

type Timed = {
  witnessMs: number;
  proofMs: number;
  proved: Awaited<ReturnType<Groth16Prover['prove']>>;
};

async function timeProof(prover: Groth16Prover, tier: SpendTier): Promise<Timed> {
  const input = buildSpendInput(samplePeriod({ seed: values.seed, tier, slotCount: tier }));
  const start = performance.now();
  let witnessMs = 0;
  const proved = await prover.prove(input, {
    onProgress: ({ phase }) => {
      if (phase !== 'witness' && witnessMs === 0) witnessMs = performance.now() - start;
    },
  });
  return { witnessMs, proofMs: performance.now() - start, proved };
}

type Row = {
  tier: SpendTier;
  constraints: number;
  buildMs: number | null;
  statementMs: number;
  coldMs: number;
  witnessMs: number;
  proofMs: number;
  verifyMs: number;
};

async function timeBuild(tier: SpendTier): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-bench-'));
  const start = performance.now();
  try {
    await ensureArtifacts(`spend-${tier}`, { directory });
    return performance.now() - start;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(tier: SpendTier): Promise<Row> {
  const buildMs = values.build ? await timeBuild(tier) : null;
  const artifacts = await ensureArtifacts(`spend-${tier}`);
  const prover = snarkjsProver(async () => artifacts);
  try {
    const cold = await timeProof(prover, tier);
    const warm: Timed[] = [];
    for (let i = 0; i < runs; i++) {
      warm.push(await timeProof(prover, tier));
    }
    const text = readFileSync(artifacts.verificationKey, 'utf8');
    const key = parseVerificationKeyText(text, PUBLIC_SIGNAL_COUNT);
    if (key.kind === 'refused') throw new Error(key.reason);
    const verifyMs = median(
      warm.map(({ proved }) => {
        const start = performance.now();
        const verdict = checkSpendProof(key.key, proved.publicSignals, proved.proof);
        if (verdict.kind !== 'holds') throw new Error(verdict.reason);
        return performance.now() - start;
      }),
    );
    const start = performance.now();
    computeStatement(samplePeriod({ seed: values.seed, tier, slotCount: tier }));
    return {
      tier,
      constraints: circuitPin(`spend-${tier}`).constraints,
      buildMs,
      statementMs: performance.now() - start,
      coldMs: cold.proofMs,
      witnessMs: median(warm.map((run) => run.witnessMs)),
      proofMs: median(warm.map((run) => run.proofMs)),
      verifyMs,
    };
  } finally {
    prover.close();
  }
}

const rows: Row[] = [];
for (const tier of SPEND_TIERS) rows.push(await measure(tier));
const [small, large] = rows;
if (small === undefined || large === undefined) throw new Error('two tiers are measured');
const constraintsPerNote = (large.constraints - small.constraints) / (large.tier - small.tier);
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  node: process.version,
};

if (values.json) {
  console.log(JSON.stringify({ machine, seed: values.seed, runs, constraintsPerNote, rows }));
} else {
  console.log(`${machine.cpu}, ${machine.cores} cores, node ${machine.node}, seed ${values.seed}`);
  console.log(`constraints per note: ${constraintsPerNote.toFixed(1)}`);
  console.log('tier  constraints   build  statement    cold  witness   proof  verify   (ms)');
  for (const row of rows) {
    const cells = [
      [row.tier, 4],
      [row.constraints, 12],
      [row.buildMs === null ? '-' : row.buildMs.toFixed(0), 7],
      [row.statementMs.toFixed(0), 10],
      [row.coldMs.toFixed(0), 7],
      [row.witnessMs.toFixed(0), 8],
      [row.proofMs.toFixed(0), 7],
      [row.verifyMs.toFixed(0), 7],
    ] as const;
    console.log(cells.map(([cell, width]) => String(cell).padStart(width)).join(' '));
  }
}
