import type { Hash } from '../units/id.ts';
import type { HopReceipt, Route } from '../wire/objects.ts';
import { type NamedFault, named } from './faults.ts';
import {
  type EdgeCase,
  type Forwarding,
  forwardings,
  ofIncoming,
  recordedLapses,
  type Said,
  type Statements,
  saying,
} from './statements.ts';

const pairs = <T>(items: readonly T[]): readonly (readonly [T, T])[] =>
  items.flatMap((one, i) => items.slice(i + 1).map((other) => [one, other] as const));

function twoStatements({ payer, payee }: EdgeCase): readonly NamedFault[] {
  const lists = [
    ...(['active*', 'active', 'lapsed'] as const).map((transition) => saying(payer, transition)),
    ...(['held', 'active'] as const).map((transition) => saying(payee, transition)),
    recordedLapses(payee),
  ];
  return lists.flatMap((list) =>
    pairs(list).map(([one, other]) => named('two_statements', one.body.hop, [one.id, other.id])),
  );
}

function activeAndLapsed({ payer, payee }: EdgeCase): readonly NamedFault[] {
  const both = (
    lapses: readonly Said<HopReceipt>[],
    active: readonly Said<HopReceipt>[],
  ): readonly NamedFault[] =>
    lapses.flatMap((lapse) =>
      active.map(({ id, body }) => named('active_and_lapsed', body.hop, [lapse.id, id])),
    );
  return [
    ...both(saying(payer, 'lapsed'), saying(payer, 'active')),
    ...both(recordedLapses(payee), saying(payee, 'active')),
  ];
}

/** Its book claims the incoming hold in the very append that makes the outgoing one a debt. */
function brokenPair(all: Statements, { held, outgoing }: Forwarding): readonly NamedFault[] {
  const link = [held.id, outgoing.voucher.id];
  const incoming = ofIncoming(all, held);
  const denied = saying(outgoing.payer, 'lapsed').flatMap((lapse) =>
    saying(incoming, 'active').map((claim) =>
      named('denied_after_claiming', held.body.hop, [...link, lapse.id, claim.id]),
    ),
  );
  const dropped = saying(outgoing.payer, 'active').flatMap((answer) =>
    recordedLapses(incoming).map((lapse) =>
      named('lapsed_after_answering', held.body.hop, [...link, answer.id, lapse.id]),
    ),
  );
  return [...denied, ...dropped];
}

function forwardedTwice(all: readonly Forwarding[]): readonly NamedFault[] {
  return pairs(all)
    .filter(([one, other]) => one.held.id === other.held.id)
    .map(([{ held, outgoing }, other]) =>
      named('forwarded_twice', held.body.hop, [
        held.id,
        outgoing.voucher.id,
        other.outgoing.voucher.id,
      ]),
    );
}

const routeText = (hops: Route['hops']) =>
  hops.map(({ party, policyHash }) => `${party} ${policyHash}`).join();

/** Forwarding takes the first hop off the route and changes nothing else of it, nor the amount. */
function alteredForward({ edges }: Statements, { held, outgoing }: Forwarding) {
  const { body, id } = outgoing.voucher;
  const incoming = edges.find(({ voucher }) => voucher.id === held.body.voucher)?.voucher;
  const otherAmount = body.amount !== held.body.amount;
  const route = incoming?.body.route;
  const otherRoute =
    route !== undefined &&
    (body.to !== route.hops[0]?.party ||
      routeText(body.route.hops) !== routeText(route.hops.slice(1)) ||
      body.route.finalizeKey !== route.finalizeKey ||
      body.route.probe !== route.probe);
  if (!otherAmount && !otherRoute) return [];
  const objects: readonly Hash[] = [held.id, id, ...(otherRoute && incoming ? [incoming.id] : [])];
  return [named('altered_forward', held.body.hop, objects)];
}

/**
 * The receiver is bound to the finalize key by its own word: its book holds a part that ends with it
 * only under the key of its own intent.
 */
function finalizedTwice({ edges, finalizeReceipts }: Statements): readonly NamedFault[] {
  return edges.flatMap(({ voucher: { id, body }, payee }) => {
    const own = finalizeReceipts.filter(
      (found) => found.body.delivery?.finalizeKey === body.route.finalizeKey,
    );
    const [word] = [...saying(payee, 'held'), ...saying(payee, 'active')];
    if (body.route.hops.length > 0 || word === undefined) return [];
    return pairs(own)
      .filter(([one, other]) => one.id !== other.id)
      .map(([one, other]) =>
        named('finalized_twice', body.to, [id, word.id, one.within, other.within]),
      );
  });
}

/**
 * The hops that contradict themselves, without any clock. Each rule asks only whether some objects
 * are there, never whether some are missing: more evidence names no hop less.
 */
export function contradictions(all: Statements): readonly NamedFault[] {
  const forwarded = forwardings(all);
  return [
    ...all.edges.flatMap(twoStatements),
    ...all.edges.flatMap(activeAndLapsed),
    ...forwarded.flatMap((one) => brokenPair(all, one)),
    ...forwardedTwice(forwarded),
    ...forwarded.flatMap((one) => alteredForward(all, one)),
    ...finalizedTwice(all),
  ];
}
