// Goal: what real books sign convicts nobody who kept the protocol, and whoever signs against its own
// book is convicted. Method: a line of nodes with the production books, clocks hours apart, lost, late
// and doubled messages, nodes that go down or silent; then every statement that each book can make.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hop } from '../hop/hop.ts';
import { hopReceiptOf } from '../hop/hop-receipt.ts';
import { advance, type Fate, pump, resend, settle } from '../testing/network.ts';
import {
  createNetwork,
  type Network,
  type NetworkNode,
  type NodeMode,
  signed,
} from '../testing/network-core.ts';
import { ask, order, sendPart } from '../testing/network-payment.ts';
import { must, START } from '../testing/world.ts';
import { objectId } from '../wire/object-id.ts';
import type { HopReceipt, HopTransition } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { type MissedWindowVerdict, nameMissedWindow } from './missed-window.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin'];
const HOURS = 3_600_000;

type Step = { readonly ms: number; readonly who: number; readonly mode: NodeMode };
type Life = {
  readonly size: number;
  readonly offsets: readonly number[];
  readonly ages: readonly number[];
  readonly ttlMs: number;
  readonly steps: readonly Step[];
  readonly fates: readonly Fate[];
};

const life: fc.Arbitrary<Life> = fc.record({
  size: fc.integer({ min: 2, max: 5 }),
  offsets: fc.array(fc.integer({ min: -8 * HOURS, max: 8 * HOURS }), {
    minLength: 5,
    maxLength: 5,
  }),
  ages: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 5, maxLength: 5 }),
  ttlMs: fc.integer({ min: 1_001, max: 60_000 }),
  steps: fc.array(
    fc.record({
      ms: fc.integer({ min: 0, max: 20_000 }),
      who: fc.nat({ max: 4 }),
      mode: fc.constantFrom<NodeMode>('works', 'works', 'down', 'silent'),
    }),
    { maxLength: 10 },
  ),
  fates: fc.array(
    fc.constantFrom<Fate>('deliver', 'deliver', 'deliver', 'drop', 'delay', 'duplicate'),
    { minLength: 1, maxLength: 12 },
  ),
});

type Lived = {
  readonly network: Network;
  readonly intent: VerifiedObject;
  readonly part: HopReceipt['part'];
  readonly seen: readonly VerifiedObject[];
  /** By node: true times from which until when it did not work, and how. */
  readonly away: ReadonlyMap<string, readonly { from: number; to: number; mode: NodeMode }[]>;
};

/** As `advance`, a second at a time: nodes that run look at their deadlines all the while. */
function pass(network: Network, ms: number): void {
  for (let left = ms; left > 0; left -= 1_000) advance(network, Math.min(left, 1_000));
}

function live({ size, offsets, ages, ttlMs, steps, fates }: Life): Lived {
  const names = NAMES.slice(0, size);
  const network = createNetwork({
    names,
    edges: names.slice(1).map((name, i) => [names[i] ?? '', name] as const),
    offsetsMs: Object.fromEntries(names.map((name, i) => [name, offsets[i] ?? 0])),
    marginMs: 1_000,
  });
  for (const [i, node] of network.nodes.entries()) node.readingAgeMs = ages[i] ?? 0;
  const intent = ask(network, must(names.at(-1), 'receiver'), 100n, { partsMax: 1 });
  order(network, 'alice', intent);
  const away = new Map<string, { from: number; to: number; mode: NodeMode }[]>();
  const seen: VerifiedObject[] = [intent];
  let drawn = 0;
  const fateful = () =>
    pump(network, ({ object }) => {
      seen.push(object);
      return fates[drawn++ % fates.length] ?? 'deliver';
    });
  const turn = (node: NetworkNode, mode: NodeMode) => {
    const periods = away.get(node.name) ?? [];
    const open = periods.at(-1);
    if (open?.to === Number.POSITIVE_INFINITY) open.to = network.elapsedMs;
    if (mode !== 'works') {
      periods.push({ from: network.elapsedMs, to: Number.POSITIVE_INFINITY, mode });
    }
    away.set(node.name, periods);
    node.mode = mode;
  };
  const { part } = must(sendPart(network, intent, names, 100n, { ttlMs }).body.route, 'route');
  fateful();
  for (const { ms, who, mode } of steps) {
    turn(must(network.nodes[who % size], 'node'), mode);
    pass(network, ms);
    resend(network);
    fateful();
  }
  for (const node of network.nodes) turn(node, 'works');
  for (const ms of [0, 2 * 60_000]) {
    advance(network, 0);
    pass(network, ms);
    // The last words, of which nothing is lost any more.
    for (let round = 0; round < 6; round += 1) {
      resend(network);
      pump(network, ({ object }) => {
        seen.push(object);
        return 'deliver';
      });
    }
    settle(network);
  }
  return { network, intent, part, seen, away };
}

function transitionsOf(hop: Hop): readonly HopTransition[] {
  const payee = hop.terms.side === 'payee';
  const shown: readonly (readonly [HopTransition, boolean])[] = [
    ['held', payee],
    ['active*', !payee && hop.commit !== null],
    ['active', hop.finalize !== null && (payee ? hop.claimedAt !== null : hop.status === 'active')],
    ['lapsed', hop.lapse !== null],
  ];
  return shown.flatMap(([transition, said]) => (said ? [transition] : []));
}

/** Everything that a book can be asked to say of its hops. */
function statementsOf(network: Network, node: NetworkNode): readonly VerifiedObject[] {
  return [...node.book.state.hops.values()].flatMap((hop) =>
    transitionsOf(hop).map((transition) => signed(network, node, hopReceiptOf(hop, transition))),
  );
}

const everything = ({ network, seen }: Lived) => [
  ...seen,
  ...network.nodes.flatMap((node) => statementsOf(network, node)),
];

function verdictOf(lived: Lived, objects: readonly VerifiedObject[]): MissedWindowVerdict {
  return nameMissedWindow({ intent: lived.intent.id, part: lived.part, objects });
}

/** True if the node was really away: down at the end of a window of its own, or a receiver off duty. */
function wasAway({ network, away }: Lived, name: string, fault: string): boolean {
  const node = must(
    network.nodes.find((one) => one.name === name),
    'node',
  );
  const periods = away.get(name) ?? [];
  const ends = [...node.book.state.hops.values()].map(
    ({ terms }) => terms.deadline - START - node.offsetMs,
  );
  if (fault === 'window_let_pass') return periods.length > 0;
  return (
    fault === 'absent_at_deadline' &&
    periods.some(
      ({ from, to, mode }) => mode === 'down' && ends.some((at) => from <= at && at < to),
    )
  );
}

function undeserved(lived: Lived, verdict: MissedWindowVerdict, liar?: string) {
  if (verdict.kind !== 'named') return [];
  return verdict.named.filter(({ hop, fault }) => {
    const name = must(
      lived.network.nodes.find(({ party }) => party.id === hop),
      'hop',
    ).name;
    return name !== liar && !wasAway(lived, name, fault);
  });
}

/** What the node never should have signed, next to what its book did. */
function lieOf(network: Network, node: NetworkNode, hop: Hop): VerifiedObject | undefined {
  const words = transitionsOf(hop);
  const nonce = network.world.nonce();
  const turned = { transition: 'lapsed', finalize: null, reason: 'expired', nonce } as const;
  if (words.includes('active')) {
    const prev = words.includes('held') ? objectId(hopReceiptOf(hop, 'held')) : null;
    return signed(network, node, { ...hopReceiptOf(hop, 'active'), ...turned, prev });
  }
  const [word] = words;
  if (word === undefined) return undefined;
  return signed(network, node, { ...hopReceiptOf(hop, word), nonce });
}

describe('Whitepaper §7, attributable failure, on the production books:', () => {
  it('whoever is named was away when its window ended', () => {
    let named = 0;
    fc.assert(
      fc.property(life, fc.array(fc.nat(), { maxLength: 30 }), (drawn, picks) => {
        const lived = live(drawn);
        const all = everything(lived);
        const verdict = verdictOf(lived, all);
        expect(undeserved(lived, verdict)).toEqual([]);
        const some = picks.flatMap((pick) => all[pick % all.length] ?? []);
        expect(undeserved(lived, verdictOf(lived, some))).toEqual([]);
        named += verdict.kind === 'named' ? 1 : 0;
      }),
      // One life in about 70 ends with somebody named: so many that a thousand always hold some.
      { numRuns: 1_000 },
    );
    expect(named).toBeGreaterThan(0);
  });

  it('the verdict is finalized exactly when the sender’s book says paid, if nobody is named', () => {
    fc.assert(
      fc.property(life, (drawn) => {
        const lived = live(drawn);
        const verdict = verdictOf(lived, everything(lived));
        const [sender] = lived.network.nodes;
        const hops = [...must(sender, 'sender').book.state.hops.values()];
        const paid = hops.some(({ status }) => status === 'active');
        if (verdict.kind !== 'named') expect(verdict.kind === 'finalized').toBe(paid);
      }),
      { numRuns: 120 },
    );
  });

  it('a node that signs against its own book is named, and no honest one with it', () => {
    const share = { lies: 0, named: 0 };
    fc.assert(
      fc.property(life, fc.nat(), (drawn, pick) => {
        const lived = live(drawn);
        const { network } = lived;
        const liar = must(network.nodes[pick % network.nodes.length], 'liar');
        const [hop] = liar.book.state.hops.values();
        const lie = hop && lieOf(network, liar, hop);
        if (lie === undefined) return;
        const verdict = verdictOf(lived, [...everything(lived), lie]);
        expect(undeserved(lived, verdict, liar.name)).toEqual([]);
        share.lies += 1;
        const hops = verdict.kind === 'named' ? verdict.named.map((one) => one.hop) : [];
        if (hops.includes(liar.party.id)) share.named += 1;
      }),
      { numRuns: 120 },
    );
    expect(share.lies).toBeGreaterThan(30);
    expect(share.named).toBe(share.lies);
  });
});
