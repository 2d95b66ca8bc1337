/**
 * Circom's --O1 against --O2 for the whole cost of one circuit: compiling, development keys, witness and proof,
 * in processor seconds, with the native prover if it is built, else snarkjs. --O2 removes the linear
 * constraints, and pays for it with longer rows.
 *
 * Run: node --conditions=source test/bench/compile-levels.ts [--tiers=64,256] [--runs=3] [--json]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { isSpendTier, type SpendTier } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { compileCircuit } from '@atomicity/prover/ceremony/compile-circuit';
import { developmentSecrets } from '@atomicity/prover/ceremony/development-secrets';
import { developmentSetup } from '@atomicity/prover/ceremony/development-setup';
import { domainLogOf } from '@atomicity/prover/ceremony/quadratic-program';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import { chooseProver } from '@atomicity/prover/prove/choose-prover';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { snarkjsHolds } from '@atomicity/prover/testing/snarkjs-verdict';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { childSeconds } from './child-use.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    tiers: { type: 'string', default: '64' },
    runs: { type: 'string', default: '3' },
  },
});
const runs = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), 'atomicity-levels-'));

/** Processor seconds of this process and its children. */
function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childSeconds();
}

async function timed<T>(run: () => Promise<T>): Promise<readonly [T, number]> {
  const start = seconds();
  const value = await run();
  return [value, seconds() - start];
}

async function measure(tier: SpendTier, level: '--O1' | '--O2') {
  const circuit = `spend-${tier}` as const;
  const output = join(folder, `${circuit}${level}`);
  mkdirSync(output);
  const main = join(CIRCUITS_DIRECTORY, 'main', `${circuit}.circom`);
  const [compiled, compileSeconds] = await timed(() => compileCircuit(main, output, [], level));
  const bytes = readFileSync(compiled.r1cs);
  const [keys, setupSeconds] = await timed(() =>
    developmentSetup(bytes, developmentSecrets(circuit), () => {}),
  );
  const provingKey = join(output, 'proving-key.zkey');
  const verificationKey = join(output, 'verification-key.json');
  writeFileSync(provingKey, Buffer.concat(keys.provingKey));
  writeFileSync(verificationKey, keys.verificationKey);
  const files = { wasm: compiled.wasm, provingKey, verificationKey };
  const artifacts = { ...(await ensureArtifacts('spend-16')), ...files };
  const { prover, kind } = chooseProver(async () => artifacts);
  const input = buildSpendInput(samplePeriod({ seed: 'levels', tier, slotCount: tier }));
  await prover.prove(input);
  const [made, provingSeconds] = await timed(async () => {
    let last = await prover.prove(input);
    for (let i = 1; i < runs; i++) last = await prover.prove(input);
    return last;
  });
  prover.close();
  if (
    !(await snarkjsHolds(
      new TextDecoder().decode(keys.verificationKey),
      made.publicSignals,
      made.proof,
    ))
  ) {
    throw new Error('snarkjs refuses the proof');
  }
  const r1cs = readR1cs(bytes);
  return {
    circuit,
    level,
    prover: kind,
    constraints: r1cs.constraintCount,
    domainLog: domainLogOf(r1cs),
    keyMiB: statSync(provingKey).size / 2 ** 20,
    compileSeconds,
    setupSeconds,
    proofSeconds: provingSeconds / runs,
  };
}

try {
  for (const text of values.tiers.split(',')) {
    const tier = Number(text);
    if (!isSpendTier(tier)) throw new Error(`--tiers: no tier ${text}`);
    for (const level of ['--O1', '--O2'] as const) {
      const row = await measure(tier, level);
      if (values.json) console.log(JSON.stringify(row));
      else {
        console.log(
          `${row.circuit} ${level}: ${row.constraints} constraints, domain 2^${row.domainLog}, ` +
            `key ${row.keyMiB.toFixed(0)} MiB; processor seconds: compile ${row.compileSeconds.toFixed(1)}, ` +
            `keys ${row.setupSeconds.toFixed(1)}, proof (${row.prover}) ${row.proofSeconds.toFixed(2)}`,
        );
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
