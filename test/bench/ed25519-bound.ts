/**
 * The machine's Ed25519 bound: how many verifications all cores do in a second with node:crypto and
 * nothing else. The yardstick of the ingest bench, measured in the same run.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const KEYS = 64;
const SIGNATURES = 1024;

/** Verifications a second on this thread, over `durationMs`, with imported keys. */
function verifyFor(durationMs: number): number {
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
  const start = performance.now();
  let now = start;
  while (now - start < durationMs) {
    for (const { key, message, signature } of checks) {
      if (!verify(null, message, key, signature)) throw new Error('a good signature failed');
    }
    count += SIGNATURES;
    now = performance.now();
  }
  return (count * 1000) / (now - start);
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
  const before = process.cpuUsage();
  const rates = await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise<number>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: { durationMs } });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  const { user, system } = process.cpuUsage(before);
  const perSecond = rates.reduce((sum, rate) => sum + rate, 0);
  return { perSecond, cpuMicros: ((user + system) * 1000) / (perSecond * durationMs) };
}

if (!isMainThread && typeof workerData?.durationMs === 'number') {
  parentPort?.postMessage(verifyFor(workerData.durationMs));
}
