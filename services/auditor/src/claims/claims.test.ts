// Goal: every claim can hold, fail and be not shown, each for its own reason. Method: one world in which
// everything holds; for every other verdict one change to the log, to the file or to the trust.
import type { JsonObject, JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { NoteCore } from '@atomicity/kernel/note/note';
import { revocation } from '@atomicity/kernel/testing/accounts';
import { equivocation } from '@atomicity/kernel/testing/closes';
import { testKey } from '@atomicity/kernel/testing/keys';
import { AGENT, CLOUD, GPU, PRINCIPAL } from '@atomicity/kernel/testing/world';
import { LOCAL_CALENDAR_URI } from '@atomicity/rails/opentimestamps/local-calendar';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditText, verdictsOf } from '../testing/audit-text.ts';
import { FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { forgedSetup } from '../testing/forged-setup.ts';
import { disclosing, type Edit, resealed, rewritten, textOf } from '../testing/rewritten-log.ts';
import { CLAIMS, type ClaimName, RESTS_ON } from './names.ts';
import type { Verdict } from './verdict.ts';

let world: FleetWorld;
let full: string;
let sealed: string;
let trust: string;

beforeAll(async () => {
  world = await fleetWorld();
  full = await world.bundle('full');
  sealed = await world.bundle('sealed');
  trust = world.trustFile();
});

const object = (value: JsonValue | undefined) => value as JsonObject;

/** Turns one hex digit of a text into another. */
const flipHex = (value: JsonValue | undefined) => {
  const text = String(value);
  return `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
};

const inBody = (change: (body: JsonObject) => JsonObject) => (disclosure: JsonObject) => ({
  ...disclosure,
  body: change(object(disclosure['body'])),
});

const signal = (position: number) =>
  inBody((body) => ({
    ...body,
    publicSignals: (body['publicSignals'] as string[]).map((value, index) =>
      index === position ? `0${flipHex(value).slice(1)}` : value,
    ),
  }));

/** Drops the n-th event of a type, counted from 1. */
function without(type: string, nth: number): Edit {
  let seen = 0;
  return (event, eventType) => {
    if (eventType !== type) return event;
    seen += 1;
    return seen === nth ? undefined : event;
  };
}

function editLine(bundle: string, type: string, edit: (line: string) => string): string {
  return resealed(bundle, (lines) => {
    const index = lines.findLastIndex((line) => line.includes(`"type":"${type}"}`));
    return lines.map((line, position) => (position === index ? edit(line) : line));
  });
}

type Case = { readonly why: string; readonly bundle: () => Promise<string> | string };
type TrustedCase = Case & { readonly trust?: () => string };

const edit = (why: string, change: Edit): Case => ({ why, bundle: () => rewritten(world, change) });

async function freshWorld(act: (fresh: FleetWorld) => Promise<void> | void): Promise<FleetWorld> {
  const fresh = new FleetWorld();
  await act(fresh);
  await fresh.checkpoint();
  return fresh;
}

const untrusted: TrustedCase = {
  why: 'the trust file lacks the log',
  bundle: () => full,
  trust: () => world.trustFile({ logs: [] }),
};

const nothingClosed: TrustedCase = {
  why: 'no period is closed',
  bundle: async () => (await freshWorld((fresh) => fresh.pay(GPU, 5n))).bundle('full'),
};

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

const sealedCase: TrustedCase = { why: 'the bundle is sealed', bundle: () => sealed };

function anchoredBy(uri: string): TrustedCase['bundle'] {
  return async () => {
    const fresh = await freshWorld((w) => w.pay(GPU, 5n));
    fresh.anchor({ kind: 'pending', uri });
    return fresh.bundle('full');
  };
}

const NOT_SHOWN: Partial<Record<ClaimName, readonly TrustedCase[]>> = {
  payloads: [sealedCase],
  replay: [sealedCase],
  balances: [sealedCase],
  'notes-present': [
    {
      why: 'a sealed hold without a note may be anything',
      bundle: async () => (await freshWorld((w) => w.payPlain(GPU, 5n))).bundle('sealed'),
    },
  ],
  'delegated-keys': [
    {
      why: 'a sealed revocation may be of the key',
      bundle: async () =>
        (
          await freshWorld((w) => {
            w.accept(revocation(w.world, CLOUD));
            w.pay(GPU, 5n);
            w.close();
          })
        ).bundle('sealed'),
    },
  ],
  policy: [
    {
      why: 'the principal is not trusted',
      bundle: () => full,
      trust: () => world.trustFile({ principals: [] }),
    },
  ],
  'tokens-root': [
    nothingClosed,
    {
      why: 'the principal is not trusted',
      bundle: () => full,
      trust: () => world.trustFile({ principals: [] }),
    },
  ],
  'leaves-root': [nothingClosed],
  'period-digest': [nothingClosed],
  nullifiers: [nothingClosed],
  'summary-chain': [nothingClosed],
  'spend-proof': [
    nothingClosed,
    {
      why: 'the key is not listed',
      bundle: () => full,
      trust: () => world.trustFile({ verificationKeys: [] }),
    },
    {
      why: 'the key is a development key',
      bundle: () => full,
      trust: () =>
        world.trustFile({
          verificationKeys: [{ hash: world.setup.hash, ceremony: 'development' }],
        }),
    },
  ],
  'within-budget': [
    nothingClosed,
    {
      why: 'a period with notes is still open',
      bundle: async () =>
        (
          await freshWorld(async (w) => {
            w.pay(GPU, 5n);
            w.close();
            await w.attest(0);
            w.certify(1);
            w.pay(GPU, 6n);
          })
        ).bundle('full'),
    },
  ],
  anchors: [
    { why: 'it is pending', bundle: anchoredBy('https://calendar.example') },
    { why: 'the calendar is local', bundle: anchoredBy(LOCAL_CALENDAR_URI) },
    {
      why: 'the block is not listed',
      bundle: () => full,
      trust: () => world.trustFile({ bitcoin: { blocks: {} } }),
    },
  ],
};

function rowsOf(table: Partial<Record<ClaimName, readonly TrustedCase[]>>) {
  return CLAIMS.flatMap((claim) => (table[claim] ?? []).map((row) => ({ claim, ...row })));
}

async function verdictOf(claim: ClaimName, row: TrustedCase): Promise<Verdict | undefined> {
  const verdicts = await verdictsOf(await row.bundle(), row.trust?.() ?? trust);
  return verdicts[claim];
}

describe('in a full bundle of an honest world', () => {
  it('every claim holds', async () => {
    const verdicts = await verdictsOf(full, trust);
    expect(verdicts).toEqual(Object.fromEntries(CLAIMS.map((claim) => [claim, 'holds'])));
  });
});

describe('in a sealed bundle of an honest world', () => {
  it('every claim holds but those on payloads', async () => {
    const verdicts = await verdictsOf(sealed, trust);
    const hidden = new Set(['payloads', 'replay', 'balances']);
    const expected = CLAIMS.map((claim) => [claim, hidden.has(claim) ? 'not shown' : 'holds']);
    expect(verdicts).toEqual(Object.fromEntries(expected));
  });
});

describe('fails', () => {
  it.each(rowsOf(FAILS))('$claim: $why', async ({ claim, ...row }) => {
    expect(await verdictOf(claim, row)).toBe('fails');
  });

  it('has a row for every claim but the conclusion, which only follows from others', () => {
    expect(CLAIMS.filter((claim) => FAILS[claim] === undefined)).toEqual(['within-budget']);
  });
});

describe('is not shown', () => {
  it.each(rowsOf(NOT_SHOWN))('$claim: $why', async ({ claim, ...row }) => {
    expect(await verdictOf(claim, row)).toBe('not shown');
  });

  it('whatever rests on a log that the trust file lacks', async () => {
    const verdicts = await verdictsOf(await untrusted.bundle(), untrusted.trust?.() ?? trust);
    const expected = CLAIMS.map((claim) => [claim, claim === 'bundle' ? 'holds' : 'not shown']);
    expect(verdicts).toEqual(Object.fromEntries(expected));
  });

  it('whatever rests on a claim that fails', async () => {
    const rows = await auditText(
      await rewritten(world, disclosing('PeriodAttested', signal(0))),
      trust,
    );
    if (typeof rows === 'string') throw new Error(rows);
    expect(rows.get('leaves-root')?.verdict).toBe('fails');
    expect(rows.get('within-budget')?.verdict).toBe('not shown');
    expect(rows.get('within-budget')?.reason).toContain('rests on');
  });
});

describe('what rests on what', () => {
  it('names claims that come earlier in the report', () => {
    const wrong = CLAIMS.filter((claim) =>
      RESTS_ON[claim].some((base) => CLAIMS.indexOf(base) >= CLAIMS.indexOf(claim)),
    );
    expect(wrong).toEqual([]);
  });
});
