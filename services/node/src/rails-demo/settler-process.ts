/**
 * A settler of one rail as a process, which the demonstration kills. Its argument is an order as JSON. Before it
 * goes on after a step it asks its parent, which may kill it instead of an answer, or after it.
 */
import { randomBytes } from 'node:crypto';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { isEnded } from '@atomicity/kernel/anchor/anchor';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { PayloadArchive } from '@atomicity/settler/batch/payload-archive';
import { openSettler } from '@atomicity/settler/settler';
import type { SettlerStepName } from '@atomicity/settler/step';
import { railOf, type SettlerOrder } from './settler-order.ts';

/** What the process tells; it waits for an answer to each but `ended`. */
export type SettlerMessage =
  /** It stands before the first step of what is still planned. */
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'step';
      readonly anchor: Hash;
      readonly step: SettlerStepName;
      readonly code: string | null;
    }
  /** Nothing moves before the world outside does. */
  | { readonly kind: 'idle'; readonly open: number; readonly codes: readonly string[] }
  | { readonly kind: 'ended'; readonly confirmed: number };

async function ask(message: SettlerMessage): Promise<void> {
  const answered = new Promise<void>((resolve) => process.once('message', () => resolve()));
  process.send?.(message);
  await answered;
}

const order: SettlerOrder = JSON.parse(process.argv[2] ?? '');
// Without a parent nobody answers.
process.once('disconnect', () => process.exit(1));

const store = await openSqliteEventStore({ directory: order.log });
const settler = await openSettler({
  store,
  stream: order.stream,
  rails: [await railOf(order)],
  payloads: new PayloadArchive(order.payloads),
  onStep: ({ anchor, step, code }) => ask({ kind: 'step', anchor, step, code }),
  now: () => unixMs(Date.now()),
  randomBytes: (size) => new Uint8Array(randomBytes(size)),
});
const never = new AbortController().signal;
const mine = () => settler.status().filter(({ rail }) => rail === order.rail);

await ask({ kind: 'ready' });
for (;;) {
  const sent = await settler.runOnce(never, order.rail);
  const better = await settler.upgradeOnce(never, order.rail);
  const open = mine().filter((anchor) => !isEnded(anchor)).length;
  if (open === 0) break;
  const moved = sent.submitted + better.upgraded + better.confirmed + better.dropped;
  if (moved > 0) continue;
  const codes = [...sent.failures, ...better.failures].map(({ code, message }) =>
    message === null ? code : `${code}: ${message}`,
  );
  await ask({ kind: 'idle', open, codes: [...new Set(codes)] });
}
const ended: SettlerMessage = {
  kind: 'ended',
  confirmed: mine().filter(({ status }) => status === 'confirmed').length,
};
await store.close();
process.send?.(ended, () => process.exit(0));
