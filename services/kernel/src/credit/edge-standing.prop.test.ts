// Goal: the newest co-signed state and the open vouchers say of an edge what the whole book says.
// Method: random lives of an edge, a state, more holds; then everything else is forgotten.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { edge, limitChange } from '../testing/accounts.ts';
import { edgeState, settlementReceipt } from '../testing/edges.ts';
import { intent, receipt, voidReceipt, voucher } from '../testing/payments.ts';
import { advance, createFleet, type Fleet } from '../testing/test-book.ts';
import { AGENT, type Built, createWorld, GPU, HOUR, must } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { standingFrom } from './edge-standing.ts';
import { openVouchersOf } from './open-vouchers.ts';

type Step =
  | { readonly do: 'hold'; readonly back: boolean; readonly value: number }
  | { readonly do: 'pay' | 'void'; readonly which: number }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'limit'; readonly back: boolean; readonly value: number }
  | { readonly do: 'settle'; readonly value: number }
  | { readonly do: 'agree' };

const value = fc.integer({ min: 1, max: 400 });
const which = fc.nat(20);
const back = fc.boolean();
const is = <T extends string>(name: T) => fc.constant(name);
const held = fc.record({ do: is('hold'), back, value });
const quiet = [
  { weight: 4, arbitrary: held },
  { weight: 1, arbitrary: fc.record({ do: is('void'), which }) },
  { weight: 1, arbitrary: fc.record({ do: is('wait'), minutes: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: is('limit'), back, value }) },
];
const loud = [
  ...quiet,
  { weight: 3, arbitrary: fc.record({ do: is('pay'), which }) },
  { weight: 1, arbitrary: fc.record({ do: is('settle'), value }) },
  { weight: 1, arbitrary: fc.constant({ do: 'agree' as const }) },
];
const before: fc.Arbitrary<readonly Step[]> = fc.array(fc.oneof(...loud), { maxLength: 40 });
/** No payment, settlement or reassign: those need the next state. */
const after: fc.Arbitrary<readonly Step[]> = fc.array(fc.oneof(...quiet), { maxLength: 15 });

type Life = {
  readonly fleet: Fleet;
  readonly agreement: Built<'EdgeAgreement'>;
  readonly vouchers: Built<'CapacityVoucher'>[];
  readonly limits: Map<string, Built<'EdgeLimitChange'>>;
  state: Built<'EdgeState'> | undefined;
};

function begin(): Life {
  const fleet = createFleet({ world: createWorld({ crypto: 'none' }) });
  const agreement = edge(fleet.world, AGENT, GPU, { rateBps: 100_000 });
  fleet.book.accept(agreement);
  return { fleet, agreement, vouchers: [], limits: new Map(), state: undefined };
}

function agree(life: Life): void {
  const { world, book } = life.fleet;
  advance(book, 1);
  life.state = edgeState(world, book, life.agreement.id);
  book.accept(life.state);
}

function changeLimit(life: Life, isBack: boolean, limit: number): void {
  const { world, book } = life.fleet;
  const grantor = isBack ? AGENT : GPU;
  const next = (life.limits.get(grantor.id)?.body.sequence ?? 0) + 1;
  const { id } = life.agreement;
  const change = limitChange(world, grantor, id, amount(BigInt(limit)), next);
  book.accept(change);
  life.limits.set(grantor.id, change);
}

function live(life: Life, step: Step): void {
  const { world, book } = life.fleet;
  const { id } = life.agreement;
  book.lapse();
  if (step.do === 'hold') {
    const [from, to] = step.back ? [GPU, AGENT] : [AGENT, GPU];
    const asked = intent(world, to, BigInt(step.value));
    const object = voucher(world, asked, id, from, { at: book.now });
    book.accept(asked);
    if (book.submit(object).kind === 'accepted') life.vouchers.push(object);
  } else if (step.do === 'wait') advance(book, (step.minutes * HOUR) / 60);
  else if (step.do === 'limit') changeLimit(life, step.back, step.value);
  else if (step.do === 'agree') agree(life);
  else if (step.do === 'settle') {
    for (const creditor of [AGENT, GPU]) {
      book.submit(settlementReceipt(world, creditor, id, BigInt(step.value)));
    }
  } else {
    const object = life.vouchers[step.which % Math.max(life.vouchers.length, 1)];
    if (object === undefined || !book.state.holds.has(object.id)) return;
    const pays = step.do === 'pay';
    book.submit(
      pays ? receipt(world, book.state, object, { at: book.now }) : voidReceipt(world, object),
    );
  }
}

/** What the book that recorded everything has. */
function wholeOf({ fleet, agreement, state }: Life) {
  const whole = must(fleet.book.state.edges.get(agreement.id), 'edge');
  const { edge: id, a, b, denomination } = whole.terms;
  const { limitA, limitB, balance, heldFromA, heldFromB } = whole;
  const open: readonly Hash[] = openVouchersOf(fleet.book.state, whole);
  const { sequence, at } = must(state, 'state').body;
  const place = { edge: id, a, b, denomination, sequence, at };
  return { ...place, limitA, limitB, balance, heldFromA, heldFromB, open };
}

test('what a party keeps, N + C, says what the whole book says', () => {
  fc.assert(
    fc.property(before, after, (first, second) => {
      const life = begin();
      for (const step of first) live(life, step);
      life.fleet.book.lapse();
      agree(life);
      for (const step of second) live(life, step);
      life.fleet.book.lapse();
      const { state: book } = life.fleet.book;
      const position = standingFrom({
        agreement: life.agreement,
        limitChanges: [...life.limits.values()],
        state: must(life.state, 'state'),
        vouchers: life.vouchers.filter(({ id }) => book.holds.has(id)),
      });
      expect(position).toEqual(wholeOf(life));
    }),
    { numRuns: 100, verbose: 1 },
  );
});
