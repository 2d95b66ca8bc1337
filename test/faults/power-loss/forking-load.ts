/**
 * A process that starts others while its threads open files, as a node does whose verification threads load
 * their code while it has the native prover check itself. Argument: how many it starts. Prints how many ended well.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const THREADS = 2;

async function main(count: number): Promise<void> {
  const opening = Array.from({ length: THREADS }, () => {
    const worker = new Worker(new URL(import.meta.url));
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  await Promise.all(opening);
  let ended = 0;
  for (let i = 0; i < count; i += 1) {
    // The child opens /dev/null between fork and exec.
    if (spawnSync('true', { stdio: ['ignore', 'pipe', 'pipe'] }).status === 0) ended += 1;
  }
  process.stdout.write(`${ended}`);
  process.exit(0);
}

function openWithoutEnd(): never {
  parentPort?.postMessage('opening');
  for (;;) closeSync(openSync('/dev/null', 'r'));
}

await (isMainThread ? main(Number(process.argv[2])) : openWithoutEnd());
