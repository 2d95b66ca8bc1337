// Goal: a payee gives one invoice for one edge of one batch, also after a crash, and takes held money only when it
// is told to. Method: the desk on the scripted node, with a journal on disk, and over HTTP.

import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartyId } from '@atomicity/kernel/units/id';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../opentimestamps/calendar-server.ts';
import { RailError } from '../port.ts';
import { batchOf, CREDITOR, submissionOf } from './batch-samples.ts';
import { decodeBolt11 } from './bolt11.ts';
import { descriptionOf, encodeDescription } from './description.ts';
import {
  DESK_REFUSALS,
  type HoldVerdict,
  type InvoiceDeskOptions,
  invoiceDesk,
} from './invoice-desk.ts';
import { invoiceDeskHandler, QUESTION_SIZE_BYTES_MAX } from './invoice-desk-http.ts';
import { type InvoiceJournal, openInvoiceJournal } from './invoice-journal.ts';
import { httpInvoiceSource } from './invoice-source.ts';
import { lightningRail } from './rail.ts';
import { ScriptedLightning } from './scripted-node.ts';

const signal = new AbortController().signal;
const LIMITS = { maxFeeMsat: 0n, timeoutMs: 1 };
const T0 = 1_800_000_000_000;

class World {
  now = T0;
  readonly lightning = new ScriptedLightning({ now: () => this.now });
  readonly folder = mkdtempSync(join(tmpdir(), 'atomicity-desk-'));
  readonly file = join(this.folder, 'invoices.jsonl');
  readonly journals: InvoiceJournal[] = [];
  readonly servers: TestServer[] = [];

  async desk(changes: Partial<InvoiceDeskOptions> = {}) {
    const journal = await openInvoiceJournal(this.file);
    this.journals.push(journal);
    return invoiceDesk({
      node: this.lightning.payee,
      journal,
      creditors: [CREDITOR],
      amountMsatMin: 1_000n,
      amountMsatMax: 1_000_000n,
      now: () => this.now,
      ...changes,
    });
  }

  async serve(changes: Partial<InvoiceDeskOptions> = {}): Promise<string> {
    const server = await startServer(invoiceDeskHandler(await this.desk(changes)));
    this.servers.push(server);
    return server.url;
  }

  async end(): Promise<void> {
    for (const server of this.servers) await server.close();
    for (const journal of this.journals) await journal.close();
    rmSync(this.folder, { recursive: true });
  }
}

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end();
});
function open(): World {
  const world = new World();
  worlds.push(world);
  return world;
}

function textOf(number: number, amountMsat = 250_000n, changes = {}): string {
  const description = descriptionOf(batchOf(number, changes), amountMsat);
  if (description === undefined) throw new Error('it pays');
  return encodeDescription(description);
}

async function given(desk: Awaited<ReturnType<World['desk']>>, text: string): Promise<string> {
  const answer = await desk.invoiceFor(text, signal);
  if (answer.kind !== 'invoice') throw new Error(answer.reason);
  return answer.bolt11;
}

function hashIn(bolt11: string): string {
  const decoded = decodeBolt11(bolt11);
  if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
  return decoded.invoice.paymentHash;
}

describe('a desk', () => {
  it('answers the same invoice while it is open and after it was paid, also after a restart', async () => {
    const world = open();
    const first = await given(await world.desk(), textOf(1));
    expect(await given(await world.desk(), textOf(1))).toBe(first);
    await world.lightning.payer.pay(first, LIMITS, signal);
    world.now += 10 * 3_600_000;
    expect(await given(await world.desk(), textOf(1))).toBe(first);
    expect(world.lightning.invoices.size).toBe(1);
  });

  it('gives one invoice to two who ask at once', async () => {
    const world = open();
    const desk = await world.desk();
    const both = await Promise.all([given(desk, textOf(1)), given(desk, textOf(1))]);
    expect(both[0]).toBe(both[1]);
    expect(world.lightning.invoices.size).toBe(1);
  });

  it('gives another one when the first has run out, which it closes before', async () => {
    const world = open();
    const desk = await world.desk();
    const first = await given(desk, textOf(1));
    world.now += 3_599_000;
    expect(await given(desk, textOf(1))).toBe(first);
    world.now += 1_000;
    const second = await given(desk, textOf(1));
    expect(second).not.toBe(first);
    expect(await world.lightning.payee.trackInvoice(hashIn(first), signal)).toBe('canceled');
    expect(await given(await world.desk(), textOf(1))).toBe(second);
  });

  it('keeps the preimages it holds to its owner', async () => {
    const world = open();
    await given(await world.desk({ settleWhen: async () => 'wait' }), textOf(1));
    expect(statSync(world.file).mode & 0o777).toBe(0o600);
    expect(readFileSync(world.file, 'utf8')).toContain('"preimage":"');
  });

  const cases: readonly (readonly [string, string, Partial<InvoiceDeskOptions>, string?])[] = [
    ['description_refused', textOf(1).replace('"v":1', '"v":2'), {}, '/v'],
    ['creditor_unknown', textOf(1), { creditors: ['pk:other' as PartyId] }, '/creditor'],
    ['amount_too_small', textOf(1, 999n), {}, '/amountMsat'],
    ['amount_too_large', textOf(1, 1_000_001n), {}, '/amountMsat'],
    ['not_accepted', textOf(1), { accepts: () => false }],
  ];
  const rows = cases.map(([reason, text, options, field]) => ({ reason, text, options, field }));
  it.each(rows)('refuses: $reason', async ({ reason, text, options, field }) => {
    const world = open();
    const about = field === undefined ? {} : { field };
    const desk = await world.desk(options);
    expect(await desk.invoiceFor(text, signal)).toEqual({ kind: 'refused', reason, ...about });
    expect(world.lightning.invoices.size).toBe(0);
  });

  it('refuses: described_otherwise', async () => {
    const desk = await open().desk();
    await given(desk, textOf(1));
    const answer = await desk.invoiceFor(textOf(1, 249_000n), signal);
    expect(answer).toEqual({ kind: 'refused', reason: 'described_otherwise' });
  });

  it('refuses: too_many_invoices, for a minute; repeats are free', async () => {
    const world = open();
    const desk = await world.desk({ invoicesPerMinuteMax: 2 });
    const first = await given(desk, textOf(1));
    await given(desk, textOf(2));
    const answer = await desk.invoiceFor(textOf(3), signal);
    expect(answer).toEqual({ kind: 'refused', reason: 'too_many_invoices' });
    expect(await given(desk, textOf(1))).toBe(first);
    world.now += 60_000;
    await given(desk, textOf(3));
  });

  it('refuses: node_unavailable', async () => {
    const world = open();
    const { payee } = world.lightning;
    const away = async () => {
      throw new RailError({ code: 'rail_unreachable', shortMessage: 'x', outcome: 'unknown' });
    };
    const node = Object.create(payee, { createInvoice: { value: away } }) as typeof payee;
    const answer = await (await world.desk({ node })).invoiceFor(textOf(1), signal);
    expect(answer).toEqual({ kind: 'refused', reason: 'node_unavailable' });
  });

  it('has a row above for every refusal', () => {
    const seen = [...cases.map(([reason]) => reason), 'described_otherwise', 'too_many_invoices'];
    expect(DESK_REFUSALS.filter((reason) => !seen.includes(reason))).toEqual(['node_unavailable']);
  });

  it.each([
    ['creditors', { creditors: [] }],
    ['amountMsatMin', { amountMsatMin: 0n }],
    ['amountMsatMin', { amountMsatMin: 2n, amountMsatMax: 1n }],
    ['expirySeconds', { expirySeconds: 59 }],
    ['invoicesPerMinuteMax', { invoicesPerMinuteMax: 0 }],
  ])('is not opened with a wrong %s', async (name, options) => {
    await expect(open().desk(options)).rejects.toThrow(name);
  });
});

describe('a desk of hold invoices', () => {
  const hold = async (verdicts: HoldVerdict[]) => {
    const world = open();
    const settleWhen = async () => verdicts.shift() ?? 'wait';
    const desk = await world.desk({ settleWhen });
    const bolt11 = await given(desk, textOf(1));
    expect(await world.lightning.payer.pay(bolt11, LIMITS, signal)).toEqual({ kind: 'in_flight' });
    return { world, desk, settleWhen, bolt11 };
  };

  it('takes the money when it is told to, also after a restart', async () => {
    const { world, desk, settleWhen, bolt11 } = await hold(['wait', 'settle']);
    expect(await desk.review(signal)).toEqual({ settled: 0, canceled: 0, held: 1, failed: 0 });
    expect(world.lightning.received).toEqual([]);
    const restarted = await world.desk({ settleWhen });
    expect(await restarted.review(signal)).toEqual({ settled: 1, canceled: 0, held: 0, failed: 0 });
    expect(world.lightning.received).toEqual([hashIn(bolt11)]);
    expect(await restarted.review(signal)).toEqual({ settled: 0, canceled: 0, held: 0, failed: 0 });
    expect(await given(restarted, textOf(1))).toBe(bolt11);
  });

  it('gives it back when it is told to, and another invoice then', async () => {
    const { world, desk, bolt11 } = await hold(['cancel']);
    expect(await desk.review(signal)).toEqual({ settled: 0, canceled: 1, held: 0, failed: 0 });
    const state = await world.lightning.payer.trackPayment(hashIn(bolt11), signal);
    expect(state.kind).toBe('failed');
    expect(await given(desk, textOf(1))).not.toBe(bolt11);
  });

  it('goes on with the others when its node fails at one', async () => {
    const world = open();
    const { payee } = world.lightning;
    let fails: string | undefined;
    const settleHold = async (preimage: Uint8Array) => {
      const hash = createHash('sha256').update(preimage).digest('hex');
      fails ??= hash;
      if (hash === fails) {
        throw new RailError({ code: 'rail_timeout', shortMessage: 'x', outcome: 'unknown' });
      }
      await payee.settleHold(preimage, signal);
    };
    const node = Object.create(payee, {
      settleHold: { value: settleHold },
      createHoldInvoice: { value: payee.createHoldInvoice.bind(payee) },
      trackInvoice: { value: payee.trackInvoice.bind(payee) },
    }) as typeof payee;
    const desk = await world.desk({ node, settleWhen: async () => 'settle' });
    for (const batch of [1, 2]) {
      await world.lightning.payer.pay(await given(desk, textOf(batch)), LIMITS, signal);
    }
    expect(await desk.review(signal)).toEqual({ settled: 1, canceled: 0, held: 0, failed: 1 });
    fails = 'none';
    expect(await desk.review(signal)).toEqual({ settled: 1, canceled: 0, held: 0, failed: 0 });
    expect(new Set(world.lightning.received).size).toBe(2);
  });

  it('killed while it issues, uses the drawn preimage and answers one invoice', async () => {
    const world = open();
    const { payee } = world.lightning;
    const dies = async (request: Parameters<typeof payee.createHoldInvoice>[0]) => {
      await payee.createHoldInvoice(request, signal);
      throw new RailError({ code: 'rail_timeout', shortMessage: 'x', outcome: 'unknown' });
    };
    const node = Object.create(payee, { createHoldInvoice: { value: dies } }) as typeof payee;
    const settleWhen = async () => 'wait' as const;
    const first = await world.desk({ node, settleWhen });
    expect((await first.invoiceFor(textOf(1), signal)).kind).toBe('refused');
    const bolt11 = await given(await world.desk({ settleWhen }), textOf(1));
    expect([...world.lightning.invoices.keys()]).toEqual([hashIn(bolt11)]);
  });
});

describe('the journal', () => {
  it('cuts off a line that was never finished', async () => {
    const world = open();
    const first = await given(await world.desk(), textOf(1));
    appendFileSync(world.file, '{"bolt11":"lnbc');
    const desk = await world.desk();
    expect(await given(desk, textOf(1))).toBe(first);
    await given(desk, textOf(2));
    expect(readFileSync(world.file, 'utf8').trimEnd().split('\n')).toHaveLength(2);
  });

  it('is not opened when a finished line cannot be read', async () => {
    const world = open();
    await given(await world.desk(), textOf(1));
    appendFileSync(world.file, '{"v":1}\n');
    await expect(openInvoiceJournal(world.file)).rejects.toThrow(/^line 2/);
  });
});

describe('over HTTP', () => {
  const post = (url: string, body: string) => fetch(url, { method: 'POST', body });

  it('a batch is paid from its target to its evidence', async () => {
    const world = open();
    const url = await world.serve();
    const payee = await world.lightning.payee.nodeId(signal);
    const rail = lightningRail({
      node: world.lightning.payer,
      invoices: httpInvoiceSource({ origins: [url] }),
      payeesOf: () => [payee],
      network: 'regtest',
      now: () => world.now,
    });
    const batch = batchOf(1, { target: `${url}/invoice` });
    const prepared = await rail.prepare?.(submissionOf(batch), signal);
    const again = await rail.prepare?.(submissionOf(batch), signal);
    expect(again).toEqual(prepared);
    await rail.submit(submissionOf(batch, prepared), signal);
    expect(world.lightning.received).toHaveLength(1);
  });

  it.each([
    ['another version', '{"description":"","v":2}', 400, { error: 'question_unreadable' }],
    ['a member too many', '{"description":"","v":1,"w":1}', 400, { error: 'question_unreadable' }],
    ['no JSON', '{', 400, { error: 'question_unreadable' }],
    [
      'a description that is none',
      '{"description":"{}","v":1}',
      400,
      { error: 'description_refused', field: '/v' },
    ],
    ['too much', ' '.repeat(QUESTION_SIZE_BYTES_MAX + 1), 413, { error: 'object_too_large' }],
  ])('%s is refused', async (_what, body, status, answer) => {
    const response = await post(await open().serve(), body);
    expect([response.status, await response.json()]).toEqual([status, answer]);
  });

  it('a fault of the desk is answered, and heard of', async () => {
    const world = open();
    const faults: unknown[] = [];
    const accepts = () => {
      throw new Error('the book is closed');
    };
    const handle = invoiceDeskHandler(await world.desk({ accepts }), {
      onFault: (error) => faults.push(error),
    });
    const server = await startServer(handle);
    world.servers.push(server);
    const response = await post(server.url, JSON.stringify({ description: textOf(1), v: 1 }));
    expect([response.status, await response.json()]).toEqual([500, { error: 'desk_fault' }]);
    expect(String(faults)).toContain('the book is closed');
  });

  it('who hangs up in the middle of a question harms nobody', async () => {
    const url = new URL(await open().serve());
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname, () => {
        socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{', () => {
          socket.destroy();
        });
      });
      socket.on('error', reject).on('close', () => resolve());
    });
    const response = await post(url.href, JSON.stringify({ description: textOf(1), v: 1 }));
    expect(response.status).toBe(200);
  });

  it('reading is refused', async () => {
    const url = await open().serve();
    const status = await new Promise((resolve, reject) => {
      httpRequest(url, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(405);
  });
});
