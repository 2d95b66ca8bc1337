// Goal: what the settler does on rails that fix what they send, and on several rails at once. Method:
// scripted rails and the event store in memory; exact calls, events and steps.
import { createHash, randomBytes } from 'node:crypto';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { BatchClosing } from '@atomicity/kernel/anchor/batches';
import { parseCanonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { type Hash, hashFromBytes, parseStreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { AnchorRail, Submission } from '@atomicity/rails/port';
import { describe, expect, it } from 'vitest';
import type { PayloadSource } from './batch/payload-source.ts';
import { ScriptedPaymentRail } from './scripted-payment-rail.ts';
import { ScriptedRail } from './scripted-rail.ts';
import { openSettler } from './settler.ts';

const never = new AbortController().signal;
const STREAM = parseStreamId('5a'.repeat(16)) ?? expect.fail('stream');
const digest = (text: string): Hash => hashFromBytes(createHash('sha256').update(text).digest());
const NOW = unixMs(1_795_251_960_000);
const PAYLOAD = Uint8Array.of(7, 7);

const closing: BatchClosing = {
  subject: { origin: 'example.org/log', size: 7, root: digest('root') },
  from: 0,
  payload: digest('payload'),
  diffs: 1,
  values: [],
  rails: ['scripted', 'scripted-payment'],
  settles: null,
  reason: 'asked',
  quarantined: [],
};
const next: BatchClosing = {
  ...closing,
  subject: { ...closing.subject, size: 9, root: digest('root 2') },
  from: 7,
};

function world(rails?: readonly AnchorRail[]) {
  const store = new MemoryEventStore();
  const calendar = new ScriptedRail();
  const payments = new ScriptedPaymentRail();
  const steps: string[] = [];
  let payload: Uint8Array | undefined = PAYLOAD;
  const payloads: PayloadSource = { read: async () => payload };
  const open = () =>
    openSettler({
      store,
      stream: STREAM,
      rails: rails ?? [calendar, payments],
      payloads,
      onStep: ({ rail, step, code }) => {
        if (rail === 'scripted-payment') steps.push(code === null ? step : `${step} ${code}`);
      },
      now: () => NOW,
      randomBytes,
    });
  const losePayload = () => {
    payload = undefined;
  };
  return { store, calendar, payments, steps, open, losePayload };
}

async function typesIn(store: MemoryEventStore): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { envelope } of store.readStream(STREAM, 0, 1000)) {
    const head = parseCanonicalJson(new TextDecoder().decode(envelope));
    if (!head.ok) throw new Error(head.reason);
    types.push((head.value as { readonly type: string }).type);
  }
  return types;
}

describe('closing a batch', () => {
  it('records it with an intent for each rail, and sends nothing; again, it changes nothing', async () => {
    const { store, calendar, payments, steps, open } = world();
    const settler = await open();
    const closed = await settler.closeBatch(closing);
    expect(await settler.closeBatch({ ...closing, reason: 'fee_low' })).toEqual(closed);
    expect(await typesIn(store)).toEqual(['BatchClosed', 'AnchorPlanned', 'AnchorPlanned']);
    expect([...calendar.calls, ...payments.calls]).toEqual([]);
    expect(steps).toEqual(['planned']);
    expect((await open()).batches()).toEqual([closed]);
  });

  it('leaves an anchor that is there as it is', async () => {
    const { store, open } = world();
    const settler = await open();
    const planned = await settler.plan(closing.subject, 'scripted');
    await settler.closeBatch(closing);
    expect(await typesIn(store)).toEqual(['AnchorPlanned', 'BatchClosed', 'AnchorPlanned']);
    expect(settler.status().find(({ rail }) => rail === 'scripted')).toEqual(planned);
  });

  it('of two processes with different batches, the second is told where the next begins', async () => {
    const { open } = world();
    const [one, other] = [await open(), await open()];
    await one.closeBatch(closing);
    const mine = { ...closing, subject: { ...closing.subject, size: 8 } };
    await expect(other.closeBatch(mine)).rejects.toMatchObject({ code: 'batch_not_next' });
    expect(other.batches()).toEqual(one.batches());
  });

  it.each([
    [{ ...closing, rails: ['elsewhere'] }, 'no rail elsewhere'],
    [{ ...closing, from: 7 }, 'batch/from'],
    [{ ...closing, rails: [] }, 'batch/rails'],
  ])('refuses what breaks a rule: %o', async (bad, message) => {
    const { store, open } = world();
    await expect((await open()).closeBatch(bad)).rejects.toThrow(message);
    expect(await typesIn(store)).toEqual([]);
  });

  it('refuses a payload that could not be sent again', async () => {
    const { store, open, losePayload } = world();
    losePayload();
    await expect((await open()).closeBatch(closing)).rejects.toThrow('batch/payload');
    expect(await typesIn(store)).toEqual([]);
  });
});

describe('a rail that prepares', () => {
  async function closed() {
    const made = world();
    const settler = await made.open();
    await settler.closeBatch(closing);
    made.steps.length = 0;
    return { ...made, settler };
  }
  const paid = ['scripted-payment'] as const;

  it('records what it sends before it sends it', async () => {
    const { settler, payments, steps } = await closed();
    await settler.runOnce(never, ...paid);
    await settler.upgradeOnce(never, ...paid);
    expect(payments.calls).toEqual(['prepare', 'submit fine', 'upgrade']);
    expect(steps).toEqual(['drafted', 'prepared', 'sent', 'submitted', 'asked', 'confirmed']);
  });

  it('never sends the unsent again without asking: it may have grown old', async () => {
    const { settler, payments } = await closed();
    payments.faults.push('refused');
    await settler.runOnce(never, ...paid);
    payments.lapse(false);
    await settler.runOnce(never, ...paid);
    expect(payments.calls).toEqual([
      ...['prepare', 'submit refused', 'lookUp'],
      ...['prepare', 'submit fine'],
    ]);
  });

  it('sends the same once more when it certainly did not take effect', async () => {
    const { settler, payments } = await closed();
    payments.faults.push('refused');
    await settler.runOnce(never, ...paid);
    await settler.runOnce(never, ...paid);
    expect(payments.calls).toEqual(['prepare', 'submit refused', 'lookUp', 'submit fine']);
  });

  it('waits while nobody can tell, and prepares nothing', async () => {
    const { settler, payments, steps } = await closed();
    payments.faults.push('stuck');
    payments.raisesStuck = false;
    await settler.runOnce(never, ...paid);
    const run = await settler.runOnce(never, ...paid);
    expect(run.failures.map(({ code }) => code)).toEqual(['outcome_unknown']);
    expect(payments.calls).toEqual(['prepare', 'submit stuck', 'lookUp']);
    expect(settler.status().find(({ rail }) => rail === paid[0])?.status).toBe('submitted');
    expect(steps.at(-1)).toBe('attempted outcome_unknown');
  });

  it('records a replacement before it is sent, and finds whichever took effect', async () => {
    const { settler, store, payments, steps } = await closed();
    payments.faults.push('stuck', 'stuck');
    await settler.runOnce(never, ...paid);
    await settler.runOnce(never, ...paid);
    payments.mine();
    await settler.runOnce(never, ...paid);
    expect(payments.calls).toEqual([
      ...['prepare', 'submit stuck', 'lookUp', 'submit stuck'],
      'lookUp',
    ]);
    expect(steps).toContain('prepared fee_raised');
    expect((await typesIn(store)).slice(3)).toEqual([
      ...['AnchorPrepared', 'AnchorAttempted', 'AnchorPrepared'],
      'AnchorSubmitted',
    ]);
    expect(payments.effects()).toHaveLength(1);
  });

  it('looks up what lost its effect, and never starts a second one beside it', async () => {
    const { settler, store, payments } = await closed();
    await settler.runOnce(never, ...paid);
    payments.reorganise();
    expect(await settler.upgradeOnce(never, ...paid)).toMatchObject({ dropped: 1, confirmed: 0 });
    payments.mine();
    await settler.runOnce(never, ...paid);
    expect(await settler.upgradeOnce(never, ...paid)).toMatchObject({ confirmed: 1 });
    expect((await typesIn(store)).slice(3)).toEqual([
      ...['AnchorPrepared', 'AnchorSubmitted', 'AnchorDropped'],
      ...['AnchorSubmitted', 'AnchorConfirmed'],
    ]);
    expect(payments.effects()).toHaveLength(1);
  });

  it('reports that nothing could be prepared, and tries again', async () => {
    const { settler, payments } = await closed();
    payments.prepareFails = true;
    expect((await settler.runOnce(never, ...paid)).failures[0]?.code).toBe('rail_unreachable');
    expect(await settler.runOnce(never, ...paid)).toMatchObject({ submitted: 1, failures: [] });
  });

  it('sends nothing for what was given up while it was prepared', async () => {
    const { settler, payments } = await closed();
    const anchor = settler.status().find(({ rail }) => rail === paid[0])?.anchor;
    const prepare = payments.prepare.bind(payments);
    payments.prepare = async (submission) => {
      await settler.abandon(anchor ?? expect.fail('an anchor'), 'closed down');
      return prepare(submission);
    };
    const run = await settler.runOnce(never, ...paid);
    expect(run.failures.map(({ code }) => code)).toEqual(['prepared_by_another']);
    expect(payments.effects()).toEqual([]);
  });

  it('prepares nothing anew where what it prepared was erased: it may have been sent', async () => {
    const { store, payments, settler, open } = await closed();
    payments.faults.push('stuck');
    await settler.runOnce(never, ...paid);
    for await (const { eventId } of store.readStream(STREAM, 3, 1)) {
      await store.erasePayload(eventId);
    }
    payments.calls.length = 0;
    const restarted = await open();
    const run = await restarted.runOnce(never, ...paid);
    expect(run.failures.map(({ code }) => code)).toEqual(['prepared_erased']);
    expect(payments.calls).toEqual([]);
  });
});

describe('several rails', () => {
  it('go on where one of them fails in a way that no rail should', async () => {
    const broken: AnchorRail = {
      name: 'broken',
      label: 'broken rail',
      repeatIsSameSubmission: false,
      submit: async () => ({ bytes: new Uint8Array(65_537) }),
      lookUp: () => Promise.reject(new TypeError('no such thing')),
      upgrade: async () => ({ kind: 'unchanged' }),
    };
    const calendar = new ScriptedRail();
    const { open } = world([broken, calendar]);
    const settler = await open();
    for (const one of [closing, next]) {
      await settler.closeBatch({ ...one, rails: ['broken', 'scripted'] });
    }
    const first = await settler.runOnce(never);
    expect(first.submitted).toBe(2);
    expect(first.failures.map(({ code }) => code)).toEqual([
      'evidence_unusable',
      'evidence_unusable',
    ]);
    const second = await settler.runOnce(never);
    expect(second.failures.map(({ code }) => code)).toEqual(['rail_fault', 'rail_fault']);
    expect(second.failures[0]?.message).toBe('TypeError: no such thing');
    expect(settler.status().filter(({ rail }) => rail === 'broken')[0]?.status).toBe('submitted');
  });

  it('go on while one of them does not answer', async () => {
    const held = Promise.withResolvers<never>();
    const slow = Object.assign(new ScriptedPaymentRail(), { prepare: () => held.promise });
    const calendar = new ScriptedRail();
    const { open } = world([slow, calendar]);
    const settler = await open();
    await settler.closeBatch(closing);
    const waiting = settler.runOnce(never);
    await settler.runOnce(never, 'scripted');
    expect(settler.status().find(({ rail }) => rail === 'scripted')?.status).toBe('pending');
    held.reject(new Error('given up'));
    expect((await waiting).failures.map(({ rail }) => rail)).toEqual(['scripted-payment']);
  });

  it('get the batch and its payload with what they send', async () => {
    const seen: Submission[] = [];
    const rail = new ScriptedRail();
    const watched: AnchorRail = {
      name: 'scripted',
      label: rail.label,
      repeatIsSameSubmission: true,
      submit: (submission) => {
        seen.push(submission);
        return rail.submit(submission);
      },
      lookUp: () => rail.lookUp({ root: new Uint8Array(), idempotencyKey: new Uint8Array() }),
      upgrade: () => rail.upgrade(),
    };
    const { open, losePayload } = world([watched]);
    const settler = await open();
    const {
      reason: _,
      quarantined: __,
      closedAt: ___,
      ...batch
    } = await settler.closeBatch({
      ...closing,
      rails: ['scripted'],
    });
    await settler.runOnce(never);
    expect(seen[0]?.content).toEqual({ batch, payload: PAYLOAD });
    await settler.closeBatch({ ...next, rails: ['scripted'] });
    losePayload();
    expect((await settler.runOnce(never)).failures[0]?.code).toBe('payload_missing');
    expect(settler.status()[0]).toMatchObject({ status: 'planned', reason: 'payload_missing' });
  });

  it('are named once each, and at most eight', async () => {
    const rail = new ScriptedRail();
    await expect(world([]).open()).rejects.toThrow('rails: 1 … 8');
    await expect(world([rail, rail]).open()).rejects.toThrow('each name once');
    await expect((await world([rail]).open()).plan(closing.subject, 'other')).rejects.toThrow(
      'no rail other',
    );
  });
});
