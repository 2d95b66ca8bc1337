/**
 * The machine's Ed25519 bound: how many verifications all cores do in a second with node:crypto and
 * nothing else. The yardstick of the ingest bench, measured in the same run.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const KEYS = 64;
const SIGNATURES = 1024;

/** What this thread does in `durationMs`, with imported keys; making keys and signatures is not in it. */
function verifyFor(durationMs: number): Ed25519Bound {
  const keys = Array.from({ length: KEYS }, () => generateKeyPairSync('ed25519'));
  const checks = Array.from({ length: SIGNATURES }, (_, i) => {
    const pair = keys[i % KEYS];
    if (pair === undefined) throw new Error('no key');
    const message = randomBytes(55);
    const key = createPublicKey(
      pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    );
    return { key, message, signature: sign(null, message, pair.privateKey) };
  });
  let count = 0;
  const cpuBefore = process.threadCpuUsage();
  const start = performance.now();
  let now = start;
  while (now - start < durationMs) {
    for (const { key, message, signature } of checks) {
      if (!verify(null, message, key, signature)) throw new Error('a good signature failed');
    }
    count += SIGNATURES;
    now = performance.now();
  }
  const { user, system } = process.threadCpuUsage(cpuBefore);
  return { perSecond: (count * 1000) / (now - start), cpuMicros: (user + system) / count };
}

export type Ed25519Bound = {
  /** Verifications a second of all threads together. */
  readonly perSecond: number;
  /** Processor time of one verification, µs: the part of the bound that other load cannot change. */
  readonly cpuMicros: number;
};

/** Measures `threads` threads verifying at once. */
export async function ed25519Bound(
  durationMs: number,
  threads = availableParallelism(),
): Promise<Ed25519Bound> {
  const rates = await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise<Ed25519Bound>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: { durationMs } });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  const perSecond = rates.reduce((sum, rate) => sum + rate.perSecond, 0);
  const cpuMicros = rates.reduce((sum, rate) => sum + rate.cpuMicros * rate.perSecond, 0);
  return { perSecond, cpuMicros: cpuMicros / perSecond };
}

if (!isMainThread && typeof workerData?.durationMs === 'number') {
  parentPort?.postMessage(verifyFor(workerData.durationMs));
}
