// Child process: one step of a phase 2 with snarkjs. A process and not a thread, because snarkjs starts
// threads of its own and never ends them, and because the secret of a contribution ends with the process.
import { type Logger, zKey } from 'snarkjs';
import type { Phase2Reply, Phase2Request } from './phase-2-messages.ts';

function send(reply: Phase2Reply): void {
  process.send?.(reply);
}

/** Lines as "Applying key: L Section: 65536/1048576". */
const COUNTED = /^(.*?):?\s+(\d+)\/(\d+)$/;
let complaint = '';

const complain = (message: string): void => {
  complaint = message;
};
const logger: Logger = {
  debug: (message) => {
    const [, label = '', done, count] = COUNTED.exec(message) ?? [];
    const [from, to] = [Number(done), Number(count)];
    if (!(to > 0)) return;
    // "Writing points start A" and "… end A" are two counters of one step.
    const name = label.replace(/ (?:start|end) /, ' ').trim();
    send({ kind: 'progress', label: name, fraction: Math.min(1, from / to) });
  },
  info: () => {},
  warn: () => {},
  error: complain,
};
// Two of its checks speak past the logger.
console.log = complain;

async function run(request: Phase2Request): Promise<boolean> {
  switch (request.kind) {
    case 'first':
      return (await zKey.newZKey(request.r1cs, request.powers, request.out, logger)) !== -1;
    case 'contribute': {
      const { from, out, name, entropy } = request;
      await zKey.contribute(from, out, name, entropy, logger);
      return true;
    }
    case 'beacon': {
      const { from, out, name, randomness, iterationsLog } = request;
      return (await zKey.beacon(from, out, name, randomness, iterationsLog, logger)) !== false;
    }
    case 'check': {
      const { initial, powers, key } = request;
      return await zKey.verifyFromInit(initial, powers, key, logger);
    }
  }
}

process.once('message', (request: Phase2Request) => {
  run(request).then(
    (holds) => send({ kind: 'done', holds, complaint }),
    (error: unknown) => {
      send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    },
  );
});
// The parent has its answer, or is gone.
process.on('disconnect', () => process.exit(0));
