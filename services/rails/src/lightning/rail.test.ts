// Goal: a batch is paid once, by what was recorded, or not at all. Method: the rail on the scripted node, whose
// account says how often the payee was given money.

import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { hashToBytes } from '@atomicity/kernel/units/id';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { type AnchorRail, RailError } from '../port.ts';
import { batchOf, hashOf, submissionOf } from './batch-samples.ts';
import { descriptionHash } from './description.ts';
import { decodeEvidence, encodePrepared, verifyLightningEvidence } from './evidence.ts';
import type { InvoiceSource } from './invoice-source.ts';
import { type LightningRailOptions, lightningRail } from './rail.ts';
import { type PaymentFault, ScriptedLightning } from './scripted-node.ts';

const signal = new AbortController().signal;
const T0 = 1_800_000_000_000;
const EXPIRY_SECONDS = 3_600;

class World {
  now = T0;
  readonly lightning = new ScriptedLightning({ now: () => this.now, feeMsat: 7n });
  /** Invoices given out, in order. */
  readonly issued: string[] = [];
  readonly invoices: InvoiceSource = {
    invoiceFor: async (description, { amountMsat }) => {
      const request = {
        amountMsat: amountMsat + this.overcharge,
        descriptionHash: descriptionHash(this.describedAs ?? description),
        expirySeconds: EXPIRY_SECONDS,
      };
      const { bolt11 } = await this.lightning.payee.createInvoice(request, signal);
      this.issued.push(bolt11);
      return bolt11;
    },
  };
  overcharge = 0n;
  describedAs: string | undefined;

  async rail(changes: Partial<LightningRailOptions> = {}): Promise<AnchorRail> {
    const payee = await this.lightning.payee.nodeId(signal);
    return lightningRail({
      node: this.lightning.payer,
      invoices: this.invoices,
      payeesOf: () => [payee],
      network: 'regtest',
      now: () => this.now,
      ...changes,
    });
  }

  async prepared(rail: AnchorRail, number = 1) {
    const batch = batchOf(number);
    const bytes = await rail.prepare?.(submissionOf(batch), signal);
    if (bytes === undefined) throw new Error('this rail prepares');
    return { batch, submission: submissionOf(batch, bytes) };
  }
}

async function errorOf(promise: Promise<unknown>): Promise<RailError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof RailError) return error;
  throw new Error('a RailError was expected', { cause: error });
}
const refusalOf = async (promise: Promise<unknown>) => {
  const { outcome, facts } = await errorOf(promise);
  return [outcome, facts['reason']];
};

describe('a batch', () => {
  it('is paid by the invoice that was prepared, and its evidence is confirmed at once', async () => {
    const world = new World();
    const rail = await world.rail();
    const { batch, submission } = await world.prepared(rail);
    const evidence = await rail.submit(submission, signal);
    expect(world.lightning.received).toHaveLength(1);
    const shown = verifyLightningEvidence(evidence.bytes, { root: submission.root });
    expect(shown).toMatchObject({
      kind: 'shown',
      amountMsat: 250_000n,
      payee: await world.lightning.payee.nodeId(signal),
      description: { batch: batch.batch, edge: batch.settles?.edge, root: batch.subject.root },
    });
    expect(await rail.upgrade(evidence, signal, submission)).toEqual({
      kind: 'confirmed',
      evidence,
      height: null,
    });
    expect(await rail.upgrade(evidence, signal)).toMatchObject({ kind: 'confirmed' });
    expect(rail.costOf?.(evidence)).toEqual({ unit: 'msat', amount: 7n });
    expect(await rail.lookUp(submission, signal)).toEqual({ kind: 'applied', evidence });
  });

  it('is paid once however often it is submitted', async () => {
    const world = new World();
    const rail = await world.rail();
    const { submission } = await world.prepared(rail);
    const first = await rail.submit(submission, signal);
    expect(await rail.submit(submission, signal)).toEqual(first);
    expect(world.lightning.received).toHaveLength(1);
    expect(world.lightning.asked).toHaveLength(2);
  });
});

describe('preparing refuses, and nothing was sent, when', () => {
  const other = (denomination: string, units = 1n) =>
    batchOf(1, { denomination: denomination as Denomination, amount: amount(units) });
  const refused = async (world: World, rail: AnchorRail, batch = batchOf(1)) => {
    const refusal = await refusalOf(Promise.resolve(rail.prepare?.(submissionOf(batch), signal)));
    expect(world.lightning.asked).toEqual([]);
    return refusal;
  };

  it('the denomination has no ratio', async () => {
    const world = new World();
    const rail = await world.rail();
    expect(await refused(world, rail, other('USD/6'))).toEqual([
      'not_applied',
      'amount_not_payable',
    ]);
    expect(world.issued).toEqual([]);
  });
  it('the amount is no whole number of millisatoshis', async () => {
    const world = new World();
    const ratios = new Map([['USD/6' as Denomination, { units: 3n, msat: 1n }]]);
    const rail = await world.rail({ ratios });
    const reason = ['not_applied', 'amount_not_payable'];
    expect(await refused(world, rail, other('USD/6', 4n))).toEqual(reason);
  });
  it('the amount is over the limit', async () => {
    const world = new World();
    const rail = await world.rail({ amountMsatMax: 249_999n });
    expect(await refused(world, rail)).toEqual(['not_applied', 'amount_not_payable']);
  });
  it('no money moves', async () => {
    const world = new World();
    const rail = await world.rail();
    const batch = { ...batchOf(1), settles: null };
    expect(await refused(world, rail, batch)).toEqual(['not_applied', 'nothing_to_pay']);
  });
  it.each([
    ['the invoice asks for more', 'amount_mismatch', (world: World) => (world.overcharge = 1n), {}],
    [
      'the invoice is for something else',
      'description_not_committed',
      (world: World) => (world.describedAs = 'tea'),
      {},
    ],
    ['the node is none of the creditor’s', 'payee_not_allowed', () => 0, { payeesOf: () => [] }],
    ['it is for another chain', 'network_mismatch', () => 0, { network: 'bitcoin' as const }],
    ['the last hop would be too long', 'cltv_too_long', () => 0, { minFinalCltvExpiryMax: 23 }],
    ['it expires too soon', 'expiry_too_near', () => 0, { expiryLeftSecondsMin: 3_601 }],
    [
      'what comes is no invoice',
      'invoice_refused',
      () => 0,
      { invoices: { invoiceFor: async () => 'lnbcrt1' } },
    ],
  ])('%s', async (_what, reason, spoil, options) => {
    const world = new World();
    spoil(world);
    const rail = await world.rail(options);
    expect(await refused(world, rail)).toEqual(['not_applied', reason]);
  });
});

describe('submitting refuses, and nothing was sent, when', () => {
  it('what is prepared is for another batch', async () => {
    const world = new World();
    const rail = await world.rail();
    const { submission } = await world.prepared(rail);
    const { prepared } = submission;
    const promise = rail.submit(submissionOf(batchOf(2), prepared), signal);
    expect(await refusalOf(promise)).toEqual(['not_applied', 'description_mismatch']);
    expect(world.lightning.asked).toEqual([]);
  });
  it('too little life is left in the invoice', async () => {
    const world = new World();
    const rail = await world.rail();
    const { submission } = await world.prepared(rail);
    world.now += (EXPIRY_SECONDS - 59) * 1_000;
    expect(await refusalOf(rail.submit(submission, signal))).toEqual([
      'not_applied',
      'expiry_too_near',
    ]);
    expect(world.lightning.asked).toEqual([]);
  });
  it.each([
    ['nothing', undefined],
    ['no JSON', Uint8Array.of(1)],
    ['no invoice', encodePrepared({ invoice: 'lnbcrt1', description: 'tea' })],
  ])('what is prepared is %s', async (_what, prepared) => {
    const world = new World();
    const rail = await world.rail();
    for (const ask of ['submit', 'lookUp'] as const) {
      const error = await errorOf(rail[ask](submissionOf(batchOf(1), prepared), signal));
      expect([error.code, error.outcome]).toEqual(['rail_answer_unusable', 'not_applied']);
    }
  });
});

describe('a payment that', () => {
  /** The outcome of a submission under a fault, and what a look-up says then. */
  const run = async (fault: PaymentFault) => {
    const world = new World();
    const rail = await world.rail();
    const { submission } = await world.prepared(rail);
    world.lightning.faults.push(fault);
    const { outcome } = await errorOf(rail.submit(submission, signal));
    const { kind } = await rail.lookUp(submission, signal);
    const hash = world.lightning.asked[0] ?? '';
    return { world, rail, submission, hash, outcome, kind };
  };

  it.each([
    ['refused', 'not_applied', 'not_applied'],
    ['fails', 'not_applied', 'not_applied'],
    ['lost_before', 'unknown', 'not_applied'],
    ['lost_after', 'unknown', 'applied'],
    ['in_flight', 'unknown', 'unknown'],
  ] as const)('%s: submitting says %s, looking up %s', async (fault, outcome, kind) => {
    const end = await run(fault);
    expect([end.outcome, end.kind]).toEqual([outcome, kind]);
  });

  it('was not begun is sent again, the same invoice, and paid once', async () => {
    const { world, rail, submission } = await run('lost_before');
    await rail.submit(submission, signal);
    expect(world.issued).toHaveLength(1);
    expect(world.lightning.received).toHaveLength(1);
  });

  it('is under way is never joined by another, however late it is', async () => {
    const { world, rail, submission, hash } = await run('in_flight');
    expect((await errorOf(rail.submit(submission, signal))).outcome).toBe('unknown');
    world.now += 100 * EXPIRY_SECONDS * 1_000;
    expect(await rail.lookUp(submission, signal)).toEqual({ kind: 'unknown' });
    world.lightning.end(hash, 'succeeds');
    expect((await rail.lookUp(submission, signal)).kind).toBe('applied');
    expect(world.lightning.received).toEqual([hash]);
  });

  it('fails late is sent again while the invoice lives', async () => {
    const { world, rail, submission, hash } = await run('in_flight');
    world.lightning.end(hash, 'fails');
    expect(await rail.lookUp(submission, signal)).toEqual({ kind: 'not_applied' });
    await rail.submit(submission, signal);
    expect(world.lightning.received).toEqual([hash]);
  });

  it.each(['refused', 'fails', 'lost_before'] as const)(
    '%s may be replaced only when its invoice has been over for long',
    async (fault) => {
      const { world, rail, submission } = await run(fault);
      const at = async (seconds: number) => {
        world.now = T0 + seconds * 1_000;
        return rail.lookUp(submission, signal);
      };
      expect(await at(EXPIRY_SECONDS - 60)).toEqual({ kind: 'not_applied' });
      expect(await at(EXPIRY_SECONDS - 59)).toEqual({ kind: 'unknown' });
      expect(await at(EXPIRY_SECONDS + 599)).toEqual({ kind: 'unknown' });
      const over = { kind: 'void', code: 'invoice_expired' };
      expect(await at(EXPIRY_SECONDS + 600)).toEqual(over);
      // What arrives late after all is refused by the node itself.
      const { outcome } = await errorOf(
        world.lightning.payer.pay(world.issued[0] ?? '', { maxFeeMsat: 0n, timeoutMs: 1 }, signal),
      );
      expect(outcome).toBe('not_applied');
      const { submission: anew } = await world.prepared(rail);
      await rail.submit(anew, signal);
      expect(world.lightning.received).toHaveLength(1);
      expect(world.issued).toHaveLength(2);
    },
  );

  it('could begin while the node was asked leaves its invoice in place', async () => {
    const world = new World();
    const { payer } = world.lightning;
    const slow = Object.create(payer, {
      // The node answers, and only then does the answer take its time.
      trackPayment: {
        value: async (hash: string) => {
          const state = await payer.trackPayment(hash, signal);
          world.now += 2 * EXPIRY_SECONDS * 1_000;
          return state;
        },
      },
    }) as typeof payer;
    const rail = await world.rail({ node: slow });
    const { submission } = await world.prepared(rail);
    expect(await rail.lookUp(submission, signal)).toEqual({ kind: 'not_applied' });
    expect((await rail.lookUp(submission, signal)).kind).toBe('void');
  });

  it('brings another preimage is unknown: the node says that it paid', async () => {
    const world = new World();
    const node = {
      ...world.lightning.payer,
      label: 'wrong',
      nodeId: () => world.lightning.payer.nodeId(signal),
      pay: async () => ({ kind: 'succeeded', preimage: new Uint8Array(32), feeMsat: 0n }) as const,
    } as unknown as LightningRailOptions['node'];
    const rail = await world.rail({ node });
    const { submission } = await world.prepared(rail);
    const error = await errorOf(rail.submit(submission, signal));
    expect([error.code, error.outcome]).toEqual(['rail_answer_unusable', 'unknown']);
  });
});

describe('a hold invoice', () => {
  const hold = async () => {
    const world = new World();
    const preimage = hashToBytes(hashOf('hold'));
    const invoices: InvoiceSource = {
      invoiceFor: async (description, { amountMsat }) => {
        const request = {
          amountMsat,
          descriptionHash: descriptionHash(description),
          expirySeconds: EXPIRY_SECONDS,
          paymentHash: bytesToHex(sha256(preimage)),
        };
        return (await world.lightning.payee.createHoldInvoice(request, signal)).bolt11;
      },
    };
    const rail = await world.rail({ invoices });
    const { submission } = await world.prepared(rail);
    expect((await errorOf(rail.submit(submission, signal))).outcome).toBe('unknown');
    expect(await rail.lookUp(submission, signal)).toEqual({ kind: 'unknown' });
    expect(world.lightning.received).toEqual([]);
    return { world, rail, submission, preimage, hash: world.lightning.asked[0] ?? '' };
  };

  it('leaves the payment unknown until the payee takes it', async () => {
    const { world, rail, submission, preimage } = await hold();
    expect((await errorOf(rail.submit(submission, signal))).outcome).toBe('unknown');
    world.now += 100 * EXPIRY_SECONDS * 1_000;
    expect(await rail.lookUp(submission, signal)).toEqual({ kind: 'unknown' });
    await world.lightning.payee.settleHold(preimage, signal);
    const found = await rail.lookUp(submission, signal);
    if (found.kind !== 'applied') throw new Error(found.kind);
    expect(decodeEvidence(found.evidence.bytes)).toMatchObject({ kind: 'read' });
    expect(world.lightning.received).toHaveLength(1);
  });

  it('that is cancelled was not applied', async () => {
    const { world, rail, submission, hash } = await hold();
    await world.lightning.payee.cancelHold(hash, signal);
    expect(await rail.lookUp(submission, signal)).toEqual({ kind: 'not_applied' });
    expect(world.lightning.received).toEqual([]);
  });
});

describe('the rail refuses to be made with', () => {
  it.each([
    ['voidAfterSeconds', { voidAfterSeconds: 29 }],
    ['payTimeoutMs', { payTimeoutMs: 0 }],
    ['expiryLeftSecondsMin', { expiryLeftSecondsMin: 0.5 }],
    ['ratio', { ratios: new Map([['BTC/8' as Denomination, { units: 0n, msat: 1n }]]) }],
  ])('%s', async (name, options) => {
    await expect(new World().rail(options)).rejects.toThrow(name);
  });
});

it('finds stored evidence unusable that is none, or is for another root', async () => {
  const world = new World();
  const rail = await world.rail();
  const { submission } = await world.prepared(rail);
  const evidence = await rail.submit(submission, signal);
  const elsewhere = submissionOf(batchOf(2));
  for (const promise of [
    rail.upgrade({ bytes: Uint8Array.of(1) }, signal),
    rail.upgrade(evidence, signal, elsewhere),
  ]) {
    const error = await errorOf(promise);
    expect([error.code, error.outcome]).toEqual(['rail_answer_unusable', 'not_applied']);
  }
  expect(rail.costOf?.({ bytes: Uint8Array.of(1) })).toBeUndefined();
});
