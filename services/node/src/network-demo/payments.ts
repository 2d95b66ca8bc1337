/** Scenes 1 to 3: a payment over three hops, one in parts, and one whose receiver stays silent. */
import type { Hash } from '@atomicity/kernel/units/id';
import { readNetworkConfig } from '../network/network-config.ts';
import { EUR, type Name, partyOf, USD, writeNetworkFile } from './cast.ts';
import {
  ask,
  ended,
  hopsOf,
  openEdge,
  pay,
  positions,
  untilOffered,
  untilStreetIsKnown,
} from './market.ts';
import { until } from './poll.ts';
import { checkBothEnds, checkMoved, command, fileIn, money, type Stage, settled } from './stage.ts';

export async function threeHops(stage: Stage): Promise<void> {
  const { cast, tale } = stage;
  tale.scene(1, 'Alice pays Dave through two strangers', [
    'Alice – Bob – Carol – Dave: three credit lines, four books, no ledger between them.',
    'Bob asks 0.02 and 10 bps for forwarding, Carol 0.01 and 20 bps: 0.33 on 100.00.',
  ]);
  await openEdge(cast.Alice, cast.Bob, EUR, 100_000n);
  await openEdge(cast.Bob, cast.Carol, EUR, 100_000n);
  await openEdge(cast.Carol, cast.Dave, EUR, 100_000n);
  tale.say('three edges of EUR are open, each signed by both and recorded by both', {
    event: 'edges_open',
    denomination: EUR,
  });
  await untilStreetIsKnown(cast);
  tale.say('Alice has heard of Carol’s edge to Dave from Bob', { event: 'offers_heard' });
  const before = await positions(cast, EUR);
  const intent = await ask(cast.Dave, EUR, 10_000n, 'a bicycle');
  tale.say('Dave asks for 100.00 EUR, Alice orders her node to pay at most 1.00 of fees', {
    event: 'ordered',
    intent: intent.id,
  });
  await pay(cast.Alice, cast.Dave, intent, { maxFee: 100n });
  const { status, reason } = await ended(cast.Alice, intent);
  await settled(stage, intent);
  tale.check('the payment is finalized', status === 'finalized', { status, reason });
  checkBothEnds(stage, intent, 'active');
  await checkMoved(stage, EUR, before, { Alice: -10_033n, Bob: 12n, Carol: 21n, Dave: 10_000n });
}

export async function inParts(stage: Stage): Promise<void> {
  const { cast, tale, watch } = stage;
  tale.scene(2, 'The same in parts over two paths', [
    'In dollars no street is wide enough for 900.00: Alice – Bob – Dave and Alice – Carol – Dave',
    'carry 600.00 each. Dave finalizes all parts with one receipt, or none of them.',
  ]);
  await openEdge(cast.Alice, cast.Bob, USD, 60_000n);
  await openEdge(cast.Bob, cast.Dave, USD, 60_000n);
  await openEdge(cast.Alice, cast.Carol, USD, 60_000n);
  await openEdge(cast.Carol, cast.Dave, USD, 60_000n);
  await untilOffered(cast, 'Alice', USD, [
    ['Bob', 'Dave'],
    ['Carol', 'Dave'],
  ]);
  const before = await positions(cast, USD);
  const deliveries = watch.count('DeliveryFinalized');
  const intent = await ask(cast.Dave, USD, 90_000n, 'a motorcycle');
  await pay(cast.Alice, cast.Dave, intent, { maxFee: 1_000n });
  const { status, reason } = await ended(cast.Alice, intent);
  await settled(stage, intent);
  tale.check('the payment is finalized', status === 'finalized', { status, reason });
  checkBothEnds(stage, intent, 'active');
  const parts = await hopsOf(cast.Dave, intent.id);
  const payers = new Set(parts.map(({ from }) => String(from)));
  const over = [partyOf(cast, 'Bob'), partyOf(cast, 'Carol')];
  tale.check(
    `it came in ${parts.length} parts over both paths`,
    parts.length > 1 && over.every((party) => payers.has(party)),
    { parts: parts.length },
  );
  const committed = watch.of(intent.id).filter(({ after }) => after === 'active*');
  tale.check('a CommitSignal bound every hop before the receipt', committed.length > 0);
  tale.check(
    'one event in Dave’s book delivered all parts at once',
    watch.count('DeliveryFinalized') === deliveries + 1,
  );
  const after = await positions(cast, USD);
  const fees = after.Bob - before.Bob + (after.Carol - before.Carol);
  tale.check(
    `Alice owes the amount and the fees, ${money(fees, USD)}, and nothing else`,
    after.Dave - before.Dave === 90_000n && before.Alice - after.Alice === 90_000n + fees,
  );
}

export async function silentReceiver(stage: Stage): Promise<void> {
  const { cast, tale, watch } = stage;
  tale.scene(3, 'Dave takes the hold and says nothing', [
    'Dave’s operator turns the finalizer off. Nobody can make him speak; nobody has to wait for',
    'longer than was agreed: every hold lapses by its own clock, from Dave’s end to Alice’s.',
  ]);
  await withoutFinalizer(stage);
  await untilStreetIsKnown(cast);
  const before = await positions(cast, EUR);
  const intent = await ask(cast.Dave, EUR, 5_000n, 'a promise', 1);
  await pay(cast.Alice, cast.Dave, intent, { maxFee: 100n });
  await until('Dave to hold', async () => (await hopsOf(cast.Dave, intent.id))[0]);
  await watch.caughtUp();
  tale.say('the money is reserved on three edges, and now nothing happens', { event: 'silence' });
  const { status, reason } = await ended(cast.Alice, intent);
  await settled(stage, intent);
  tale.check('the payment lapsed', status === 'lapsed', { status, reason });
  checkBothEnds(stage, intent, 'lapsed');
  checkOrder(stage, intent.id);
  await checkMoved(stage, EUR, before, { Alice: 0n, Bob: 0n, Carol: 0n, Dave: 0n });
  tale.check(
    'no book knows an event of a refund',
    watch.types().every((type) => !/refund|revers|return/i.test(type)),
  );
  await certify(stage, intent.id);
}

/** Dave's node comes back without a finalizer, unless it has none already. */
export async function withoutFinalizer({ cast, tale }: Stage): Promise<void> {
  if (readNetworkConfig(cast.Dave.networkFile).finalizer === 'off') return;
  await cast.Dave.stop();
  writeNetworkFile(cast, 'Dave', 'off');
  await cast.Dave.start();
  tale.say('Dave’s node stopped in order and is back, without a finalizer', { event: 'restarted' });
}

/** The lapses come from the receiver's end to the sender's: nobody is caught between two clocks. */
function checkOrder({ tale, watch }: Stage, intent: string): void {
  const lapses = watch.of(intent).filter(({ after }) => after === 'lapsed');
  const at = (book: string, to: string) =>
    lapses.find((each) => each.book === book && each.to === to)?.at ?? Number.NaN;
  const isOrdered =
    at('Dave', 'Dave') <= at('Carol', 'Dave') &&
    at('Carol', 'Carol') <= at('Bob', 'Carol') &&
    at('Bob', 'Bob') <= at('Alice', 'Bob');
  tale.check('on every edge the payee’s end lapsed first', isOrdered);
}

async function certify(stage: Stage, intent: string): Promise<void> {
  const { cast, tale } = stage;
  const dave = partyOf(cast, 'Dave');
  const carols = fileIn(stage, 'silence-at-carol');
  const at = (name: Name) => ['--network', cast[name].networkFile, '--url', cast[name].url];
  await command(stage, ['evidence', intent, '--out', carols, ...at('Carol')]);
  const out = fileIn(stage, 'silence');
  const withCarols = ['--with', `${carols}/gathered.json`];
  await command(stage, ['evidence', intent, '--out', out, ...at('Alice'), ...withCarols]);
  const part = (await hopsOf(cast.Carol, intent as Hash))[0]?.['part'];
  const file = fileIn(stage, 'silence', `certificate-${part}.json`);
  const { code, stdout } = await command(stage, ['verify-evidence', file]);
  tale.say(`${dave.slice(0, 14)}… is Dave`, { event: 'named', party: dave, name: 'Dave' });
  tale.check(
    'the certificate stands by itself and names Dave, by what he signed',
    code === 0 && stdout.includes(`${dave} `) && stdout.includes('window_let_pass'),
  );
}
