// Goal: every claim holds in an honest world, and is not shown for each of its reasons. Method: one world in
// which everything holds; for each reason one root left out of the trust file, or evidence out of the bundle.
import { revocation } from '@atomicity/kernel/testing/accounts';
import { CLOUD, GPU } from '@atomicity/kernel/testing/world';
import { LOCAL_CALENDAR_URI } from '@atomicity/rails/opentimestamps/local-calendar';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditText, verdictsOf } from '../testing/audit-text.ts';
import { freshWorld, rowsOf, signal, type TrustedCase } from '../testing/claim-cases.ts';
import { FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { disclosing, rewritten } from '../testing/rewritten-log.ts';
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

const untrusted: TrustedCase = {
  why: 'the trust file lacks the log',
  bundle: () => full,
  trust: () => world.trustFile({ logs: [] }),
};

const nothingClosed: TrustedCase = {
  why: 'no period is closed',
  bundle: async () => (await freshWorld((fresh) => fresh.pay(GPU, 5n))).bundle('full'),
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
  'state-diffs': [sealedCase],
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
    const hidden = new Set(['payloads', 'replay', 'balances', 'state-diffs']);
    const expected = CLAIMS.map((claim) => [claim, hidden.has(claim) ? 'not shown' : 'holds']);
    expect(verdicts).toEqual(Object.fromEntries(expected));
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
