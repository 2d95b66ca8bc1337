// Goal: every claim fails for each of its reasons. Method: one world in which everything holds; for each
// reason one change to the log, to the file or to the trust that makes the claim false.
import type { JsonObject } from '@atomicity/kernel/codec/canonical-json';
import type { NoteCore } from '@atomicity/kernel/note/note';
import { revocation } from '@atomicity/kernel/testing/accounts';
import { equivocation } from '@atomicity/kernel/testing/closes';
import { testKey } from '@atomicity/kernel/testing/keys';
import { AGENT, GPU, PRINCIPAL } from '@atomicity/kernel/testing/world';
import { beforeAll, describe, expect, it } from 'vitest';
import { verdictsOf } from '../testing/audit-text.ts';
import {
  editLine,
  flipHex,
  freshWorld,
  inBody,
  object,
  rowsOf,
  signal,
  type TrustedCase,
  without,
} from '../testing/claim-cases.ts';
import { FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { forgedSetup } from '../testing/forged-setup.ts';
import { disclosing, type Edit, resealed, rewritten, textOf } from '../testing/rewritten-log.ts';
import { overcharge } from '../testing/routed-world.ts';
import { CLAIMS, type ClaimName } from './names.ts';
import type { Verdict } from './verdict.ts';

let world: FleetWorld;
let full: string;
let trust: string;

beforeAll(async () => {
  world = await fleetWorld();
  full = await world.bundle('full');
  trust = world.trustFile();
});

const edit = (why: string, change: Edit): TrustedCase => ({
  why,
  bundle: () => rewritten(world, change),
});

const FAILS: Partial<Record<ClaimName, readonly TrustedCase[]>> = {
  bundle: [
    {
      why: 'a verification key that no attestation names',
      bundle: () => {
        const { key, hash } = forgedSetup('another');
        const verificationKeys = async () => [
          { hash: world.setup.hash, key: world.setup.key },
          { hash, key },
        ];
        return textOf({ ...world.source(), verificationKeys }, 'full');
      },
    },
    {
      why: 'an anchor of no checkpoint',
      bundle: () => editLine(full, 'anchor', (line) => line.replace('"size":44', '"size":41')),
    },
  ],
  'log-signature': [
    {
      why: 'the checkpoint is signed by another key than the header names',
      bundle: () => textOf({ ...world.source(), logKey: PRINCIPAL.id }, 'full'),
    },
  ],
  'log-root': [
    {
      why: 'an envelope was changed after signing',
      bundle: () =>
        resealed(full, (lines) =>
          lines.map((line, i) => (i === 5 ? line.replace(/"at":(\d+)\d,/, '"at":$19,') : line)),
        ),
    },
  ],
  'log-consistency': [
    {
      why: 'an earlier checkpoint is of a fork',
      bundle: async () => {
        const other = await fleetWorld({ seed: 'fork' });
        const [forked] = other.checkpoints;
        const signer = world.signer;
        const { signCheckpoint, readCheckpoint } = await import(
          '@atomicity/event-log/checkpoint/checkpoint'
        );
        const checkpoint = readCheckpoint(forked?.note ?? '');
        if (checkpoint === undefined) throw new Error('no checkpoint');
        const note = await signCheckpoint(checkpoint, signer);
        const notes = world.checkpoints.map((entry) => entry.note).slice(1);
        return textOf({ ...world.source(), checkpoints: async () => [note, ...notes] }, 'full');
      },
    },
  ],
  'stream-revisions': [edit('an event is left out', without('IntentRecorded', 2))],
  disclosures: [
    {
      why: 'a disclosure was exchanged without its hash',
      bundle: () =>
        resealed(full, (lines) =>
          lines.map((line) =>
            line.includes('"type":"HoldPlaced"')
              ? line.replace(/"sig":"(.)/, (_, digit) => `"sig":"${digit === '0' ? '1' : '0'}`)
              : line,
          ),
        ),
    },
    edit('a policy statement without its disclosure', (event, type) =>
      type === 'PolicyStated' ? { ...event, disclosure: null } : event,
    ),
  ],
  payloads: [
    {
      why: 'a payload does not open its commitment',
      bundle: () =>
        resealed(full, (lines) =>
          lines.map((line) => line.replace('"description":"test"', '"description":"tost"')),
        ),
    },
  ],
  'notes-present': [
    edit('a hold under a budget shows no note', (event, type) =>
      type === 'HoldPlaced' ? { ...event, disclosure: null } : event,
    ),
  ],
  'note-signatures': [
    edit(
      'a core with another signature',
      disclosing('HoldPlaced', (shown) => ({ ...shown, sig: '11'.repeat(32) + '00'.repeat(32) })),
    ),
    edit(
      'a tail with another signature',
      disclosing('PaymentFinalized', (shown) => ({
        ...shown,
        sig: '11'.repeat(32) + '00'.repeat(32),
      })),
    ),
  ],
  'note-order': [
    edit('a note is left out', without('HoldPlaced', 2)),
    edit('a payment is left out', without('PaymentFinalized', 1)),
  ],
  'no-equivocation': [
    {
      why: 'the log holds a proof',
      bundle: async () =>
        (
          await freshWorld((fresh) => {
            fresh.pay(GPU, 5n);
            const hold = fresh.book.events.find((event) => event.type === 'HoldPlaced');
            const core = object(object(hold?.disclosure)['core']) as unknown as NoteCore;
            const key = AGENT.noteKey(GPU.id, fresh.period(0));
            fresh.accept(equivocation(fresh.world, core, key));
          })
        ).bundle('full'),
    },
  ],
  voids: [
    edit(
      'a void that the payee did not sign',
      disclosing('HoldVoided', (shown) => ({ ...shown, sig: '11'.repeat(32) + '00'.repeat(32) })),
    ),
  ],
  endings: [
    edit(
      'a lapsed note is stated unspent',
      disclosing('PeriodClosed', (shown) => ({
        ...shown,
        statuses: (shown['statuses'] as string[]).map((status) =>
          status === 'lapsed' ? 'unspent' : status,
        ),
      })),
    ),
    edit('a note ends without an ending in the log', without('HoldLapsed', 2)),
  ],
  'delegated-keys': [
    edit(
      'the policy is signed by a key that was not delegated',
      disclosing('PolicyStated', (shown) => ({
        ...shown,
        signatures: (shown['signatures'] as JsonObject[]).map((signature) => ({
          ...signature,
          key: testKey('nobody').id,
        })),
      })),
    ),
    {
      why: 'a revoked key signed a close',
      bundle: async () => {
        const fresh = await freshWorld((w) => {
          w.pay(GPU, 5n);
          w.close();
          w.accept(revocation(w.world, PRINCIPAL));
        });
        const { records } = fresh;
        const last = records.at(-1);
        const order = last === undefined ? records : [...records.slice(0, 5), last];
        const { sourceOver } = await import('../testing/rewritten-log.ts');
        return textOf(await sourceOver(fresh, [...order, ...records.slice(5, -1)]), 'full');
      },
    },
  ],
  policy: [
    edit('an attestation is about another policy', disclosing('PeriodAttested', signal(3))),
    edit('notes of a budget without a policy', (event, type) =>
      type === 'PolicyStated' ? undefined : event,
    ),
  ],
  'leaves-root': [
    edit(
      'the close states another root',
      disclosing('PeriodClosed', (shown) => ({
        ...shown,
        leavesRoot: `0${flipHex(shown['leavesRoot']).slice(1)}`,
      })),
    ),
    edit('the proof is about other notes', disclosing('PeriodAttested', signal(0))),
  ],
  'tokens-root': [
    edit('the proof is about other authorizations', disclosing('PeriodAttested', signal(1))),
    edit('a note is left out', without('HoldPlaced', 2)),
  ],
  'period-digest': [
    edit('the proof is about another digest', disclosing('PeriodAttested', signal(4))),
    edit(
      'the parts name a root that the log never had',
      disclosing(
        'PeriodAttested',
        inBody((body) => ({
          ...body,
          parts: { ...object(body['parts']), lastRoot: '00'.repeat(32) },
        })),
      ),
    ),
  ],
  nullifiers: [edit('another nullifier', disclosing('PeriodAttested', signal(5)))],
  'summary-chain': [edit('the first attestation is left out', without('PeriodAttested', 1))],
  'spend-proof': [edit('the proof is of other signals', disclosing('PeriodAttested', signal(2)))],
  'fee-mismatches': [
    {
      why: 'a recorded proof is signed by nobody',
      bundle: async () => {
        const fresh = await freshWorld((w) => w.accept(overcharge(w.world)));
        return await rewritten(
          fresh,
          disclosing(
            'FeeMismatchRecorded',
            inBody((body) => ({
              ...body,
              held: { ...object(body['held']), sig: `${'11'.repeat(63)}01` },
            })),
          ),
        );
      },
    },
  ],
  replay: [
    edit('an amount that the objects do not give', (event, type) =>
      type === 'PaymentFinalized'
        ? {
            ...event,
            payload: {
              ...event.payload,
              data: { ...object(event.payload['data']), amount: '999' },
            },
          }
        : event,
    ),
    edit('a signature of the cause is bad', (event, type) => {
      if (type !== 'IntentRecorded') return event;
      const text = JSON.stringify(event.payload).replace(/"sig":"../, '"sig":"11');
      return { ...event, payload: JSON.parse(text) as JsonObject };
    }),
  ],
  balances: [
    {
      why: 'a claimed balance is off by one',
      bundle: () =>
        editLine(full, 'book', (line) => line.replace(/"position":"(\d+)"/, '"position":"1$1"')),
    },
  ],
  anchors: [
    {
      why: 'the block has another root',
      bundle: () => full,
      trust: () => world.trustFile({ bitcoin: { blocks: { 900000: 'ab'.repeat(32) } } }),
    },
  ],
};

async function verdictOf(claim: ClaimName, row: TrustedCase): Promise<Verdict | undefined> {
  const verdicts = await verdictsOf(await row.bundle(), row.trust?.() ?? trust);
  return verdicts[claim];
}

describe('fails', () => {
  it.each(rowsOf(FAILS))('$claim: $why', async ({ claim, ...row }) => {
    expect(await verdictOf(claim, row)).toBe('fails');
  });

  // `state-diffs` needs batches: its rows are in rails.test.ts.
  it('has a row for every claim but the conclusion, which only follows from others', () => {
    expect(CLAIMS.filter((claim) => FAILS[claim] === undefined)).toEqual([
      'within-budget',
      'state-diffs',
    ]);
  });
});
