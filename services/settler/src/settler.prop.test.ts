// Goal: whatever fails, every planned root is counted exactly once and nothing is lost. Method: random
// schedules of plans, runs, restarts, rail faults and appends that fail before or after they persist.
import { createHash } from 'node:crypto';
import {
  type AppendFault,
  ClusterEventStore,
} from '@atomicity/event-log/memory/cluster-event-store';
import { type EventStore, OperatingError } from '@atomicity/event-log/port';
import { hashFromBytes, parseStreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fault, ScriptedRail } from './scripted-rail.ts';
import { openSettler, type Settler } from './settler.ts';

const SEED = 20261121;
const RUNS = 400;
console.log(`settler.prop: seed ${SEED}, ${RUNS} schedules`);

type Step =
  | { readonly kind: 'plan'; readonly root: number }
  | { readonly kind: 'run'; readonly faults: readonly Fault[] }
  | { readonly kind: 'restart' }
  | { readonly kind: 'store'; readonly fault: AppendFault };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('plan' as const), root: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('run' as const),
    faults: fc.array(fc.constantFrom<Fault>('fine', 'refused', 'lost', 'away'), { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({
    kind: fc.constant('store' as const),
    fault: fc.constantFrom<AppendFault>('lost', 'persisted'),
  }),
);

const never = new AbortController().signal;
const stream = parseStreamId('5a'.repeat(16));
const rootOf = (n: number) => hashFromBytes(createHash('sha256').update(String(n)).digest());

async function open(store: EventStore, rail: ScriptedRail, draw: () => Uint8Array) {
  if (stream === undefined) throw new Error('stream');
  return openSettler({ store, stream, rails: [rail], now: () => unixMs(1), randomBytes: draw });
}

async function play(steps: readonly Step[], knows: boolean) {
  let storeFault: AppendFault = 'none';
  const store = new ClusterEventStore(() => {
    const fault = storeFault;
    storeFault = 'none';
    return fault;
  });
  const rail = new ScriptedRail({ knows });
  let drawn = 0;
  const draw = () => {
    drawn += 1;
    return Uint8Array.from(createHash('sha256').update(`key ${drawn}`).digest());
  };
  let settler: Settler = await open(store, rail, draw);
  const planned = new Set<string>();
  for (const one of steps) {
    try {
      if (one.kind === 'restart') settler = await open(store, rail, draw);
      if (one.kind === 'store') storeFault = one.fault;
      if (one.kind === 'plan') {
        await settler.plan({ origin: 'o', size: 1, root: rootOf(one.root) });
        planned.add(rootOf(one.root)); // Acknowledged: it must come to evidence.
      }
      if (one.kind === 'run') {
        rail.faults.push(...one.faults);
        await settler.runOnce(never);
      }
    } catch (error) {
      // The store failed: the process ends, another one starts.
      if (!(error instanceof OperatingError)) throw error;
      settler = await open(store, rail, draw);
    }
  }
  rail.faults.length = 0;
  storeFault = 'none';
  settler = await open(store, rail, draw);
  await settler.runOnce(never);
  await settler.runOnce(never);
  return { settler, rail, planned };
}

test.each([
  ['looks up', true],
  ['cannot look up and counts a key once', false],
])('on a rail that %s', async (_name, knows) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { settler, rail, planned } = await play(steps, knows);
      const roots = settler.status().map(({ subject }) => subject.root);
      for (const root of planned) expect(roots).toContain(root);
      expect(new Set(roots).size).toBe(roots.length);
      expect(settler.status().map(({ status }) => status)).toEqual(roots.map(() => 'pending'));
      // One key a root, so one submission counted: no more, no less.
      expect([...rail.counted].map((id) => id.slice(0, 64)).toSorted()).toEqual(roots.toSorted());
    }),
    { seed: SEED, numRuns: RUNS },
  );
});
