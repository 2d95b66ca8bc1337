// Goal: a proof of another fee is recorded once, for good, and stops nobody. Method: decide tables over
// a proof made of a hop's own statements.
import { expect, test } from 'vitest';
import { evidenceOf, offerOf } from '../testing/hop-statements.ts';
import { createLine, decideAt, first } from '../testing/hop-table.ts';
import { overcharged } from '../testing/overcharge.ts';
import { refused, shown } from '../testing/table.ts';
import { objectId } from '../wire/object-id.ts';

test('anybody’s book records what a hop kept, in public', () => {
  const line = createLine();
  const { proof, voucher } = overcharged(line);
  expect(decideAt(line.carol, proof)).toEqual({
    kind: 'accepted',
    events: [
      {
        type: 'FeeMismatchRecorded',
        data: {
          proof: proof.id,
          voucher: objectId(voucher.body),
          hop: line.bob.party.id,
          kind: 'fee',
          expectedFee: 11n,
          keptFee: 7n,
        },
        disclosure: shown(proof),
      },
    ],
  });
  line.carol.book.accept(proof);
  expect(decideAt(line.carol, proof)).toEqual({ kind: 'duplicate' });
});

test('it is recorded once for each voucher', () => {
  const line = createLine();
  const { proof } = overcharged(line);
  line.carol.book.accept(proof);
  const { world } = line.network;
  const offer = offerOf(world, line.bob.party, line.bob.policy, { at: line.bob.book.now });
  const again = world.object({ ...proof.body, offer: evidenceOf(offer) });
  expect(decideAt(line.carol, again)).toEqual(
    refused('exists_with_different_terms', '/body/voucher'),
  );
});

test('it is reputation: the hop’s next vouchers are judged as before', () => {
  const line = createLine();
  const { proof } = overcharged(line);
  line.bob.book.accept(proof);
  expect(decideAt(line.bob, first(line))).toMatchObject({ kind: 'accepted' });
});
