// Goal: evidence shows one batch's payment and no other's. Method: a true one, then each part of it changed.

import { bytesToHex, hexToBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import {
  DESCRIPTION_SIZE_BYTES_MAX,
  decodeDescription,
  descriptionHash,
  encodeDescription,
  type LightningDescription,
} from './description.ts';
import {
  decodeEvidence,
  decodePrepared,
  encodeEvidence,
  encodePrepared,
  LIGHTNING_EVIDENCE_REFUSALS,
  verifyLightningEvidence,
} from './evidence.ts';
import { ScriptedLightning } from './scripted-node.ts';

const signal = new AbortController().signal;
const root = sha256(utf8('root'));
const DESCRIPTION: LightningDescription = {
  v: 1,
  batch: bytesToHex(sha256(utf8('batch'))) as Hash,
  origin: 'log.example',
  size: 12,
  root: bytesToHex(root) as Hash,
  edge: bytesToHex(sha256(utf8('edge'))) as Hash,
  creditor: `pk:${'y'.repeat(52)}` as PartyId,
  denomination: 'BTC/8' as Denomination,
  amountMsat: 250_000n,
};

/** A scripted payment for a description text; the invoice may be for another text or amount. */
async function pay(text: string, amountMsat = DESCRIPTION.amountMsat, committed = text) {
  const world = new ScriptedLightning({ now: () => 1_800_000_000_000 });
  const descriptionHashBytes = descriptionHash(committed);
  const { bolt11, paymentHash } = await world.payee.createInvoice(
    { amountMsat, descriptionHash: descriptionHashBytes, expirySeconds: 60 },
    signal,
  );
  const paid = await world.payer.pay(bolt11, { maxFeeMsat: 0n, timeoutMs: 1 }, signal);
  if (paid.kind !== 'succeeded') throw new Error(paid.kind);
  const preimage = bytesToHex(paid.preimage);
  return {
    invoice: bolt11,
    description: text,
    preimage,
    paymentHash,
    payee: await world.payee.nodeId(signal),
  };
}

const evidenceOf = ({ invoice, description, preimage }: Awaited<ReturnType<typeof pay>>) =>
  encodeEvidence({ invoice, description, preimage });

describe('a description', () => {
  it('is one canonical text, which an invoice commits to', () => {
    const text = encodeDescription(DESCRIPTION);
    expect(text).toBe(
      `{"amountMsat":"250000","batch":"${DESCRIPTION.batch}","creditor":"pk:${'y'.repeat(52)}",` +
        `"denomination":"BTC/8","edge":"${DESCRIPTION.edge}","origin":"log.example",` +
        `"root":"${DESCRIPTION.root}","size":12,"v":1}`,
    );
    expect(decodeDescription(text)).toEqual({ kind: 'decoded', description: DESCRIPTION });
    expect(descriptionHash(text)).toEqual(sha256(utf8(text)));
  });

  it('is never longer than what is read', () => {
    const longest = {
      ...DESCRIPTION,
      origin: '\\'.repeat(128),
      size: Number.MAX_SAFE_INTEGER,
      denomination: 'ABCDEFGHIJKL/9' as Denomination,
      amountMsat: 2_100_000_000_000_000_000n,
    };
    expect(encodeDescription(longest).length).toBeLessThan(DESCRIPTION_SIZE_BYTES_MAX);
  });

  const text = encodeDescription(DESCRIPTION);
  it.each([
    ['spaces', text.replace(',', ', '), 'not_canonical', ''],
    ['another order', `{"v":1,${text.slice(1, -7)}}`, 'not_canonical', ''],
    ['no JSON', '{', 'not_json', ''],
    ['a field too many', text.replace('"v":1', '"v":1,"z":1'), 'unknown_field', '/z'],
    ['a field too few', text.replace(',"v":1', ''), 'missing_field', '/v'],
    ['version 2', text.replace('"v":1', '"v":2'), 'out_of_range', '/v'],
    ['no amount', text.replace('"250000"', '"0"'), 'out_of_range', '/amountMsat'],
    ['an amount as a number', text.replace('"250000"', '250000'), 'wrong_type', '/amountMsat'],
    ['size 0', text.replace('"size":12', '"size":0'), 'out_of_range', '/size'],
    ['too much', text.replace('log.example', 'a'.repeat(2_000)), 'object_too_large', ''],
  ])('is refused with %s', (_what, wrong, reason, field) => {
    expect(decodeDescription(wrong)).toMatchObject({ kind: 'refused', reason, field });
  });

  it('is not written outside its limits', () => {
    expect(() => encodeDescription({ ...DESCRIPTION, amountMsat: 0n })).toThrow(/amountMsat/);
  });
});

describe('evidence', () => {
  it('shows who was paid how much for which batch and root', async () => {
    const paid = await pay(encodeDescription(DESCRIPTION));
    expect(verifyLightningEvidence(evidenceOf(paid), { root })).toEqual({
      kind: 'shown',
      payee: paid.payee,
      network: 'regtest',
      amountMsat: 250_000n,
      timestamp: 1_800_000_000,
      paymentHash: paid.paymentHash,
      description: DESCRIPTION,
    });
  });

  const text = encodeDescription(DESCRIPTION);
  const flip = (hex: string) => `${hex.startsWith('0') ? '1' : '0'}${hex.slice(1)}`;
  const cases: readonly (readonly [string, () => Promise<Uint8Array>, string])[] = [
    ['no JSON', async () => utf8('{'), 'evidence_malformed'],
    ['bytes that are no text', async () => Uint8Array.of(255), 'evidence_malformed'],
    ['too many bytes', async () => new Uint8Array(65_536).fill(32), 'evidence_malformed'],
    [
      'another order of members',
      async () =>
        utf8(
          JSON.stringify({
            v: 1,
            ...JSON.parse(new TextDecoder().decode(evidenceOf(await pay(text)))),
          }),
        ),
      'evidence_malformed',
    ],
    [
      'a changed invoice',
      async () => {
        const paid = await pay(text);
        const at = paid.invoice.length - 20;
        const letter = paid.invoice[at] === 'q' ? 'p' : 'q';
        const invoice = `${paid.invoice.slice(0, at)}${letter}${paid.invoice.slice(at + 1)}`;
        return evidenceOf({ ...paid, invoice });
      },
      'invoice_refused',
    ],
    ['a description that is none', async () => evidenceOf(await pay('tea')), 'description_refused'],
    [
      'a description with another root under it',
      async () => {
        const paid = await pay(text);
        return evidenceOf({
          ...paid,
          description: text.replace(DESCRIPTION.root, '00'.repeat(32)),
        });
      },
      'description_not_committed',
    ],
    [
      'an invoice for another amount',
      async () => evidenceOf(await pay(text, 249_999n)),
      'amount_mismatch',
    ],
    [
      'another root committed to',
      async () =>
        evidenceOf(await pay(encodeDescription({ ...DESCRIPTION, root: '00'.repeat(32) as Hash }))),
      'root_mismatch',
    ],
    [
      'a changed preimage',
      async () => {
        const paid = await pay(text);
        return evidenceOf({ ...paid, preimage: flip(paid.preimage) });
      },
      'preimage_mismatch',
    ],
  ];

  it.each(cases)('with %s shows nothing', async (_what, make, reason) => {
    expect(verifyLightningEvidence(await make(), { root })).toMatchObject({
      kind: 'refused',
      reason,
    });
  });

  it('has a row above for every refusal', () => {
    const seen = cases.map(([, , reason]) => reason);
    expect(LIGHTNING_EVIDENCE_REFUSALS.filter((reason) => !seen.includes(reason))).toEqual([]);
  });
});

it('says what the way cost, on the word of who paid', async () => {
  const paid = await pay(encodeDescription(DESCRIPTION));
  const { invoice, description, preimage } = paid;
  const bytes = encodeEvidence({ invoice, description, preimage, feeMsat: 12n });
  expect(decodeEvidence(bytes)).toEqual({
    kind: 'read',
    value: { v: 1, rail: 'lightning', invoice, description, preimage, feeMsat: 12n },
  });
  const wrong = utf8(new TextDecoder().decode(bytes).replace('"12"', '"-1"'));
  const read = decodeEvidence(wrong);
  expect(read.kind === 'refused' && read.detail).toContain('/feeMsat');
});

describe('what is prepared', () => {
  it('reads back', () => {
    const prepared = { invoice: 'lnbcrt1x', description: 'tea' };
    expect(decodePrepared(encodePrepared(prepared))).toEqual({
      kind: 'read',
      value: { v: 1, ...prepared },
    });
  });
  it('is refused where it names what is no invoice', () => {
    expect(() => encodePrepared({ invoice: 'LNBC', description: '' })).toThrow(/invoice/);
    expect(decodePrepared(hexToBytes('00'))).toMatchObject({ kind: 'refused' });
  });
});
