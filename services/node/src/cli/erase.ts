import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NodeClient } from '@atomicity/client/node-client';
import { randomNonce, signObject } from '@atomicity/client/signer';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import type { BodyOf } from '@atomicity/kernel/wire/objects';
import { dataDirAt, type NodeConfig } from '../compose/data-dir.ts';
import { type OfflineNode, openOffline } from '../compose/offline-node.ts';
import { type Operator, operatorOf } from '../compose/operator.ts';
import type { Command, ExitCode } from './command.ts';
import { parseOptions, required, wholeNumber } from './options.ts';
import { UsageError } from './usage-error.ts';

const HELP = `atomicity erase --url URL --data-dir DIR (--index N | --event ID) --reason TEXT

Destroys the payload of one event for good: the salt that opens it, its ciphertext, and what
projections hold of it. The envelope, the public part and a signed record of the erasure stay, so sums,
proofs and inclusion still verify. Copies that others hold are theirs to erase: backups made before,
full bundles, the parties' own records.

  --url URL         the running node
  --data-dir DIR    its data directory: the operator's key signs the order
  --index N         dense log index of the event, or
  --event ID        its id, 64 hex digits
  --reason TEXT     1 … 256 characters; it goes into the log and can't be erased itself
  --json            one JSON object instead of text
  --help

Exit code: 0 erased; 1 not; 2 a bad option.
`;

const SPEC = {
  url: { type: 'string' },
  'data-dir': { type: 'string' },
  index: { type: 'string' },
  event: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const erase: Command = {
  name: 'erase',
  summary: 'destroy the payload of an event',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const baseUrl = addressOf(required(values.url, 'url'));
    const reason = required(values.reason, 'reason');
    if (reason.length > 256) throw new UsageError('--reason: at most 256 characters');
    const dataDir = required(values['data-dir'], 'data-dir');
    const node = openOffline(dataDir);
    let eventId: Hash;
    try {
      eventId = await eventOf(node, values);
    } finally {
      await node.close();
    }
    const operator = operatorAt(dataDir, node.config);
    const nonce = randomNonce();
    const body: BodyOf<'PayloadErasure'> = { v: 1, type: 'PayloadErasure', eventId, reason, nonce };
    const order = signObject(body, [{ by: operator.id, key: operator.key }]);
    const client = new NodeClient({ baseUrl, key: operator.key });
    await client.submitOne({ commandId: order.id, text: order.text });
    io.stdout(
      values.json
        ? `${JSON.stringify({ event: eventId, order: order.id })}\n`
        : `The payload of event ${eventId} is erased; the order is ${order.id}.\n`,
    );
    return 0;
  },
};

/** @throws UsageError when the key is not there: nothing may draw a new one for a log that runs. */
function operatorAt(dataDir: string, config: NodeConfig): Operator {
  const dir = dataDirAt(dataDir);
  const file = join(dir.keys, 'operator');
  if (!existsSync(file)) {
    throw new UsageError(`--data-dir: ${file} is needed to sign and not there`);
  }
  return operatorOf(dir, config);
}

function addressOf(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError(`--url: the http or https address of a node, not ${text}`);
  }
  return url.origin;
}

async function eventOf(
  { log }: OfflineNode,
  { index, event }: { readonly index?: string | undefined; readonly event?: string | undefined },
): Promise<Hash> {
  if ((index === undefined) === (event === undefined)) {
    throw new UsageError('--index or --event: exactly one of them');
  }
  const size = await log.catchUp();
  if (index !== undefined) {
    const at = wholeNumber(index, 'index', { min: 0, max: size - 1 });
    for await (const { eventId } of log.events(at, 1)) return eventId;
  }
  const id = event === undefined ? undefined : parseHash(event);
  if (id === undefined) throw new UsageError(`--event: 64 hex digits, not ${event}`);
  if (log.indexOf(id) === undefined) throw new UsageError(`--event: the log holds no event ${id}`);
  return id;
}
