// Goal: who may speak for a party, and until when. Method: a decide table with exact outcomes.
import { expect, test } from 'vitest';
import { decide } from '../book/decide.ts';
import { emptyBook } from '../book/state.ts';
import { delegation, revocation } from '../testing/accounts.ts';
import { testKey } from '../testing/keys.ts';
import { intent } from '../testing/payments.ts';
import { decideRow, type Row, refused, shown } from '../testing/table.ts';
import { commandFor } from '../testing/test-book.ts';
import { createWorld, GPU, HOUR, ORIGIN, START, STREAM, testParty } from '../testing/world.ts';
import { unixMs } from '../units/time.ts';
import { signerIsActive } from './signers.ts';

const fresh = testKey('fresh');
const stranger = testParty('stranger');

const rows: readonly Row[] = [
  {
    name: 'an identity delegates another key',
    when: ({ world }) => delegation(world, GPU, { key: fresh.id }),
    gives: (_, object) => {
      const { v: _v, type: _t, nonce: _n, ...terms } = delegation(createWorld(), GPU).body;
      return {
        kind: 'accepted',
        events: [
          {
            type: 'KeyDelegated',
            data: { delegation: object.id, ...terms, key: fresh.id },
            disclosure: shown(object),
          },
        ],
      };
    },
  },
  {
    name: 'the same delegation again',
    when: ({ world, book }) => {
      const again = delegation(world, GPU, { key: fresh.id });
      book.accept(again);
      return again;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a revoked key is not delegated again',
    given: ({ world, book }) => book.accept(revocation(world, GPU)),
    when: ({ world }) => delegation(world, GPU),
    gives: refused('key_revoked', '/body/key'),
  },
  {
    name: 'a revoked identity delegates nothing',
    given: ({ world, book }) => book.accept(revocation(world, GPU, GPU.id, GPU.next)),
    when: ({ world }) => delegation(world, GPU, { key: fresh.id }),
    gives: refused('identity_revoked', '/body/party'),
  },
  {
    name: 'the next identity is fixed by the first delegation',
    when: ({ world }) =>
      delegation(world, GPU, {
        key: fresh.id,
        nextIdentityHash: delegation(world, stranger).body.nextIdentityHash,
      }),
    gives: refused('next_identity_mismatch', '/body/nextIdentityHash'),
  },
  {
    name: 'a delegation is not widened',
    when: ({ world }) => delegation(world, GPU, { roles: ['auditor', 'party'] }),
    gives: refused('exists_with_different_terms', '/body/key'),
  },
  {
    name: 'a delegation that has expired',
    when: ({ world }) => delegation(world, GPU, { key: fresh.id, expiresAt: START }),
    gives: refused('expired', '/body/expiresAt', { now: START, expiresAt: START }),
  },
  {
    name: 'an identity revokes its key',
    when: ({ world }) => revocation(world, GPU),
    gives: (_, object) => ({
      kind: 'accepted',
      events: [
        {
          type: 'KeyRevoked',
          data: { revocation: object.id, party: GPU.id, key: GPU.key.id },
          disclosure: shown(object),
        },
      ],
    }),
  },
  {
    name: 'the next identity revokes the identity',
    when: ({ world }) => revocation(world, GPU, GPU.id, GPU.next),
    gives: (_, object) => ({
      kind: 'accepted',
      events: [
        {
          type: 'KeyRevoked',
          data: { revocation: object.id, party: GPU.id, key: GPU.id },
          disclosure: shown(object),
        },
      ],
    }),
  },
  {
    name: 'the same revocation again',
    when: ({ world, book }) => {
      const object = revocation(world, GPU);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a delegated key revokes nothing',
    when: ({ world }) => revocation(world, GPU, GPU.key.id, GPU.key),
    gives: refused('signer_mismatch', '/signatures', { expected: GPU.id }),
  },
  {
    name: 'an unknown key is not revoked',
    when: ({ world }) => revocation(world, GPU, fresh.id),
    gives: refused('key_unknown', '/body/key'),
  },
  {
    name: 'a key is revoked once',
    given: ({ world, book }) => book.accept(revocation(world, GPU)),
    when: ({ world }) => revocation(world, GPU),
    gives: refused('key_already_revoked', '/body/key'),
  },
  {
    name: 'a party without delegations says nothing',
    when: ({ world }) =>
      world.object(
        { ...intent(world, GPU, 1n).body, receiver: stranger.id },
        { by: stranger.identity, key: stranger.key },
      ),
    gives: refused('key_unknown', '/signatures', { party: stranger.id, key: stranger.key.id }),
  },
  {
    name: 'the identity itself signs no payments',
    when: ({ world }) =>
      world.object(intent(world, GPU, 1n).body, { by: GPU.identity, key: GPU.identity }),
    gives: refused('key_unknown', '/signatures', { party: GPU.id, key: GPU.id }),
  },
  {
    name: 'a revoked key says nothing more',
    given: ({ world, book }) => book.accept(revocation(world, GPU)),
    when: ({ world }) => intent(world, GPU, 1n),
    gives: refused('key_revoked', '/signatures', { key: GPU.key.id }),
  },
  {
    name: 'a key before its time',
    given: ({ world, book }) =>
      book.accept(delegation(world, GPU, { key: fresh.id, notBefore: unixMs(START + 1) })),
    when: ({ world }) =>
      world.object(intent(world, GPU, 1n).body, { by: GPU.identity, key: fresh }),
    gives: refused('key_not_yet_active', '/signatures', { now: START, notBefore: START + 1 }),
  },
  {
    name: 'a key after its time',
    given: ({ world, book }) => {
      book.accept(delegation(world, GPU, { key: fresh.id, expiresAt: unixMs(START + 1) }));
      book.now = unixMs(START + 1);
    },
    when: ({ world }) =>
      world.object(intent(world, GPU, 1n).body, { by: GPU.identity, key: fresh }),
    gives: refused('key_expired', '/signatures', { now: START + 1, expiresAt: START + 1 }),
  },
  {
    name: 'an auditor’s key moves nothing',
    given: ({ world, book }) =>
      book.accept(delegation(world, GPU, { key: fresh.id, roles: ['auditor'] })),
    when: ({ world }) =>
      world.object(intent(world, GPU, 1n).body, { by: GPU.identity, key: fresh }),
    gives: refused('key_lacks_role', '/signatures', { role: 'party' }),
  },
];

test.each(rows)('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

test('a book takes nothing before it is opened', () => {
  const object = delegation(createWorld(), GPU);
  const decision = decide(emptyBook(STREAM, ORIGIN), commandFor(object), START);
  expect(decision).toEqual(refused('book_not_opened'));
});

test('signerIsActive follows notBefore, expiresAt, revocation and role', () => {
  const row: Row = {
    name: '',
    when: ({ world, book }) => {
      const at = (ms: number) => unixMs(START + ms);
      const active = (now: number, role?: 'party' | 'operator') =>
        signerIsActive(book.state, GPU.id, GPU.key.id, at(now), role);
      expect([-HOUR - 1, -HOUR, 1000 * HOUR - 1, 1000 * HOUR].map((ms) => active(ms))).toEqual([
        false,
        true,
        true,
        false,
      ]);
      expect([active(0, 'party'), active(0, 'operator')]).toEqual([true, false]);
      book.accept(revocation(world, GPU));
      expect(active(0)).toBe(false);
      return revocation(world, GPU);
    },
    gives: refused('key_already_revoked', '/body/key'),
  };
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});
