// Goal: a party that kept only the newest co-signed state and the open vouchers proves its claim to a
// stranger. Method: one standing with real signatures, then a table of forgeries, each refused.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { delegation, edge, limitChange } from '../testing/accounts.ts';
import { edgeState, heldOn, payOn } from '../testing/edges.ts';
import { ownHold } from '../testing/holds.ts';
import { granted, intent } from '../testing/payments.ts';
import { advance, createFleet } from '../testing/test-book.ts';
import { AGENT, CLOUD, createWorld, GPU, HOUR, must, PRINCIPAL, START } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { checkEdgeStanding, type EdgeStanding, STANDING_REFUSALS } from './edge-standing.ts';

/** The agent owes gpu 100, holds 7 more by the state and 5 after it; gpu lowered its limit. */
function kept() {
  const world = createWorld();
  const fleet = createFleet({ world });
  const { book } = fleet;
  const agreement = edge(world, AGENT, GPU);
  book.accept(agreement);
  payOn(world, book, agreement.id, AGENT, GPU, 100n);
  const change = limitChange(world, GPU, agreement.id, amount(400n), 1);
  book.accept(change);
  const named = heldOn(world, book, agreement.id, AGENT, GPU, 7n);
  const state = edgeState(world, book, agreement.id);
  book.accept(state);
  const later = heldOn(world, book, agreement.id, AGENT, GPU, 5n);
  const keys = [delegation(world, AGENT), delegation(world, GPU)];
  const standing: EdgeStanding = {
    agreement: agreement.text,
    limitChanges: [change.text],
    delegations: keys.map(({ text }) => text),
    state: state.text,
    vouchers: [named.text, later.text],
  };
  return { fleet, world, agreement, change, state, named, later, standing };
}

describe('a standing', () => {
  test('shows a stranger the balance, what is held, and the limits', () => {
    const { agreement, standing, named, later } = kept();
    const { a, b, denomination, limitA, limitB } = agreement.body;
    const isA = AGENT.id === a;
    expect(checkEdgeStanding(standing)).toEqual({
      kind: 'holds',
      position: {
        edge: agreement.id,
        a,
        b,
        denomination,
        limitA: isA ? limitA : 400n,
        limitB: isA ? 400n : limitB,
        balance: isA ? -100n : 100n,
        heldFromA: isA ? 12n : 0n,
        heldFromB: isA ? 0n : 12n,
        sequence: 1,
        at: START,
        open: [named.id, later.id].sort(),
      },
    });
  });

  test('may leave out vouchers that ended: what it shows is what its holder still claims', () => {
    const { standing, later } = kept();
    const verdict = checkEdgeStanding({ ...standing, vouchers: [later.text] });
    expect(verdict).toMatchObject({ kind: 'holds', position: { open: [later.id] } });
  });

  test('shows a voucher that an agent signed for its principal once the state names it, not before', () => {
    const { world, book, budget } = createFleet();
    const agreement = edge(world, PRINCIPAL, GPU);
    const asked = intent(world, GPU, 9n);
    book.accept(agreement, asked);
    const empty = edgeState(world, book, agreement.id);
    book.accept(empty);
    const drawn = granted(world, book.state, asked, agreement.id, budget, { from: PRINCIPAL });
    book.accept(drawn);
    const standing: EdgeStanding = {
      agreement: agreement.text,
      limitChanges: [],
      delegations: [PRINCIPAL, GPU].map((party) => delegation(world, party).text),
      state: empty.text,
      vouchers: [drawn.text],
    };
    expect(checkEdgeStanding(standing)).toMatchObject({
      refusal: { reason: 'not_delegated', field: '/vouchers/0' },
    });
    advance(book, 1);
    const state = edgeState(world, book, agreement.id).text;
    expect(checkEdgeStanding({ ...standing, state })).toMatchObject({
      kind: 'holds',
      position: { balance: 0n, open: [drawn.id] },
    });
  });
});

type Kept = ReturnType<typeof kept>;
const forgeries: readonly [string, (all: Kept) => Partial<EdgeStanding>, string, string][] = [
  ['no JSON', () => ({ state: '{' }), 'not_json', '/state'],
  [
    'a state that one end has not signed',
    ({ state }) => ({ state: state.text.replace(/},\{"by[^}]*\}\]/, '}]') }),
    'missing_signature',
    '/state/signatures',
  ],
  [
    'a voucher in the place of the state',
    ({ named }) => ({ state: named.text }),
    'wrong_object',
    '/state',
  ],
  [
    'a state of another edge',
    ({ world, fleet }) => ({ state: edgeState(world, fleet.book, fleet.gpuEdge).text }),
    'not_of_the_edge',
    '/state',
  ],
  [
    'a limit change of another edge',
    ({ world, fleet }) => ({
      limitChanges: [limitChange(world, GPU, fleet.gpuEdge, amount(1n), 1).text],
    }),
    'not_of_the_edge',
    '/limitChanges/0',
  ],
  [
    'a limit change of somebody else',
    ({ world, agreement }) => ({
      limitChanges: [limitChange(world, CLOUD, agreement.id, amount(1n), 1).text],
    }),
    'not_of_the_edge',
    '/limitChanges/0',
  ],
  [
    'a voucher of another edge',
    ({ fleet, named }) => ({ vouchers: [named.text, ownHold(fleet, 3n).text] }),
    'not_of_the_edge',
    '/vouchers/1',
  ],
  [
    'two limit changes of one party',
    ({ world, agreement, change }) => ({
      limitChanges: [change.text, limitChange(world, GPU, agreement.id, amount(900n), 2).text],
    }),
    'not_once',
    '/limitChanges',
  ],
  [
    'a voucher twice',
    ({ named }) => ({ vouchers: [named.text, named.text] }),
    'not_once',
    '/vouchers',
  ],
  [
    'a key without a delegation',
    ({ standing }) => ({ delegations: standing.delegations.slice(0, 1) }),
    'not_delegated',
    '/agreement',
  ],
  [
    'a key delegated after it signed',
    ({ world, standing }) => {
      const late = delegation(world, GPU, { notBefore: unixMs(START + HOUR) });
      return { delegations: [must(standing.delegations[0], 'key'), late.text] };
    },
    'not_delegated',
    '/state',
  ],
  [
    'a key delegated for another role',
    ({ world, standing }) => {
      const auditor = delegation(world, GPU, { roles: ['auditor'] });
      return { delegations: [must(standing.delegations[0], 'key'), auditor.text] };
    },
    'not_delegated',
    '/agreement',
  ],
  [
    'a delegation that the identity has not signed',
    ({ standing }) => ({
      delegations: [
        must(standing.delegations[0], 'key'),
        // Other roles than the identity signed for.
        must(standing.delegations[1], 'key').replace('["party"]', '["auditor","party"]'),
      ],
    }),
    'signature_invalid',
    '/delegations/1/signatures/0/sig',
  ],
  [
    'another balance under the signatures of the state',
    ({ state }) => ({ state: state.text.replace(/"balance":"-?100"/, '"balance":"101"') }),
    'signature_invalid',
    '/state/signatures/0/sig',
  ],
];

test('the reference page lists the reasons and rules of a standing in their order', () => {
  const path = '../../../../docs/reference/edges.md';
  const page = readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
  const [, section = ''] = page.split('`checkEdgeStanding`');
  const rows = [...section.matchAll(/^\| `([a-z_]+)` \| (.*) \|$/gm)];
  expect(rows.map(([, reason, rule]) => ({ reason, rule }))).toEqual([...STANDING_REFUSALS]);
});

describe('a forged standing is refused', () => {
  test.each(forgeries)('%s', (_, change, reason, field) => {
    const all = kept();
    const verdict = checkEdgeStanding({ ...all.standing, ...change(all) });
    expect(verdict).toMatchObject({ kind: 'refused', refusal: { reason, field } });
  });
});
