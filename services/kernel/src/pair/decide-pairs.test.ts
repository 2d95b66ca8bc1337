// Goal: note keys, closes of pairs, equivocation. Method: decide tables with exact outcomes.
import { expect, test } from 'vitest';
import { pairId } from '../book/state.ts';
import { periodHash } from '../period/period-hash.ts';
import { certificate } from '../testing/accounts.ts';
import { equivocation, pairClose, periodClose, tailEquivocation } from '../testing/closes.ts';
import { hold } from '../testing/holds.ts';
import { testHash, testKey } from '../testing/keys.ts';
import { receipt, voidReceipt } from '../testing/payments.ts';
import { decideRow, type Row, refused, shown } from '../testing/table.ts';
import { createFleet, type Fleet } from '../testing/test-book.ts';
import { AGENT, CLOUD, GPU, HOUR, must, PRINCIPAL, START } from '../testing/world.ts';
import { unixMs } from '../units/time.ts';

const close = ({ world, book, budget }: Fleet) =>
  book.accept(periodClose(world, book.state, budget, { final: true }));

/** A core that the agent's note key signed. */
function signedCore(fleet: Fleet) {
  const object = hold(fleet);
  fleet.book.accept(object);
  return must(object.body.grant, 'grant').core;
}

const payerKey = ({ period }: Fleet) => AGENT.noteKey(GPU.id, period);
const payeeKey = ({ period }: Fleet) => GPU.noteKey(AGENT.id, period);

const certificates: readonly Row[] = [
  {
    name: 'a party certifies a note key',
    when: ({ world, period }) => certificate(world, AGENT, PRINCIPAL, period, testKey('fresh')),
    gives: ({ period }, object) => ({
      kind: 'accepted',
      events: [
        {
          type: 'NoteKeyCertified',
          data: {
            certificate: object.id,
            party: AGENT.id,
            counterparty: PRINCIPAL.id,
            period,
            noteKey: testKey('fresh').id,
          },
        },
      ],
    }),
  },
  {
    name: 'the same certificate again',
    when: ({ world, book, period }) => {
      const object = certificate(world, AGENT, PRINCIPAL, period);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a period that is not here',
    when: ({ world, budget }) => certificate(world, AGENT, GPU, periodHash(budget, 1)),
    gives: refused('period_unknown', '/body/period'),
  },
  {
    name: 'a second key for a pair',
    when: ({ world, period }) => certificate(world, AGENT, GPU, period, testKey('fresh')),
    gives: refused('exists_with_different_terms', '/body/noteKey'),
  },
  {
    name: 'the key of another pair',
    when: (fleet) => certificate(fleet.world, AGENT, PRINCIPAL, fleet.period, payerKey(fleet)),
    gives: refused('note_key_already_used', '/body/noteKey'),
  },
  {
    name: 'a pair without the agent',
    when: ({ world, period }) => certificate(world, GPU, CLOUD, period),
    gives: refused('note_key_not_for_agent', '/body/party'),
  },
  {
    name: 'a period that is closed',
    given: close,
    when: ({ world, period }) => certificate(world, AGENT, PRINCIPAL, period),
    gives: refused('period_not_current', '/body/period'),
  },
];

const closes: readonly Row[] = [
  {
    name: 'a pair closes after a payment and a lapse',
    when: (fleet) => {
      const { world, book, period } = fleet;
      const paid = hold(fleet);
      book.accept(paid, receipt(world, book.state, paid));
      book.accept(hold(fleet));
      book.now = unixMs(START + HOUR);
      book.lapse();
      return pairClose(world, book.state, period, GPU);
    },
    gives: (fleet, object) => {
      const { book, period, budget } = fleet;
      const [payer, payee] = [payerKey(fleet).id, payeeKey(fleet).id];
      const pair = must(book.state.periods.get(period)?.pairs.get(pairId(payer, payee)), 'pair');
      return {
        kind: 'accepted',
        events: [
          {
            type: 'PairClosed',
            data: {
              close: object.id,
              budget,
              period,
              payer,
              payee,
              lastSeq: 1,
              prev: pair.prev,
              unspent: [1],
            },
            disclosure: shown(object),
          },
        ],
      };
    },
  },
  {
    name: 'the same close again',
    when: ({ world, book, period }) => {
      const object = pairClose(world, book.state, period, GPU);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a close of a period that is not here',
    when: ({ world, book, period }) =>
      pairClose(world, book.state, period, GPU, { period: testHash('period') }),
    gives: refused('period_unknown', '/body/period'),
  },
  {
    name: 'a close after the period’s',
    given: close,
    when: ({ world, book, period }) => pairClose(world, book.state, period, GPU),
    gives: refused('period_not_current', '/body/period'),
  },
  {
    name: 'a close by keys that nobody certified',
    when: ({ world, book, period }) => pairClose(world, book.state, period, PRINCIPAL),
    gives: refused('note_key_not_certified', '/body/payer'),
  },
  {
    name: 'a second close of a pair',
    given: ({ world, book, period }) => book.accept(pairClose(world, book.state, period, GPU)),
    when: ({ world, book, period }) => pairClose(world, book.state, period, GPU),
    gives: refused('pair_closed', '/body/payer'),
  },
  {
    name: 'a close of a pair with an open hold',
    given: (fleet) => fleet.book.accept(hold(fleet)),
    when: ({ world, book, period }) => pairClose(world, book.state, period, GPU),
    gives: refused('pair_has_open_holds', '/body/payer', { open: 1 }),
  },
  {
    name: 'a close that hides the last note',
    given: (fleet) => {
      const { world, book } = fleet;
      const paid = hold(fleet);
      book.accept(paid);
      book.accept(receipt(world, book.state, paid));
    },
    when: ({ world, book, period }) =>
      pairClose(world, { ...book.state, periods: createFleet().book.state.periods }, period, GPU),
    gives: refused('pair_close_mismatch', '/body/lastSeq', { expected: 1, actual: 0 }),
  },
];

const proofs: readonly Row[] = [
  {
    name: 'two cores of an agent for one place',
    when: (fleet) => equivocation(fleet.world, signedCore(fleet), payerKey(fleet)),
    gives: (fleet, object) => ({
      kind: 'accepted',
      events: [
        {
          type: 'EquivocationRecorded',
          data: {
            proof: object.id,
            kind: 'core',
            noteKey: payerKey(fleet).id,
            period: fleet.period,
            party: AGENT.id,
          },
          disclosure: shown(object),
        },
      ],
    }),
  },
  {
    name: 'two tails of a payee for one place',
    when: (fleet) => tailEquivocation(fleet.world, signedCore(fleet), payeeKey(fleet)),
    gives: (fleet, object) => ({
      kind: 'accepted',
      events: [
        {
          type: 'EquivocationRecorded',
          data: {
            proof: object.id,
            kind: 'tail',
            noteKey: payeeKey(fleet).id,
            period: fleet.period,
            party: GPU.id,
          },
          disclosure: shown(object),
        },
      ],
    }),
  },
  {
    name: 'the same proof again',
    when: (fleet) => {
      const object = equivocation(fleet.world, signedCore(fleet), payerKey(fleet));
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a note key that is not certified here',
    when: (fleet) => {
      const core = { ...signedCore(fleet), payer: testKey('fresh').id };
      return equivocation(fleet.world, core, testKey('fresh'));
    },
    gives: refused('note_key_unknown', '/body/first/object'),
  },
  {
    name: 'another proof against one party',
    when: (fleet) => {
      const core = signedCore(fleet);
      fleet.book.accept(equivocation(fleet.world, core, payerKey(fleet)));
      return equivocation(fleet.world, { ...core, index: 9 }, payerKey(fleet));
    },
    gives: refused('exists_with_different_terms', '/body'),
  },
  {
    name: 'a note key that is certified for another period',
    when: (fleet) => {
      const core = { ...signedCore(fleet), period: testHash('period') };
      return equivocation(fleet.world, core, payerKey(fleet));
    },
    gives: refused('note_key_not_certified', '/body/first/object/period'),
  },
];

test.each([...certificates, ...closes, ...proofs])('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

test('after a tail equivocation nobody holds towards the payee', () => {
  const fleet = createFleet();
  const core = signedCore(fleet);
  fleet.book.accept(tailEquivocation(fleet.world, core, payeeKey(fleet)));
  const refusedHold = fleet.book.submit(hold(fleet));
  expect(refusedHold).toEqual(refused('party_equivocated', '/body', { party: GPU.id }));
  const other = hold(fleet, { payee: CLOUD });
  expect(fleet.book.submit(other).kind).toBe('accepted');
  expect(fleet.book.submit(voidReceipt(fleet.world, other)).kind).toBe('accepted');
});
