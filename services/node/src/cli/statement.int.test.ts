// Goal: a statement from the command line is exact, current, and for the period that was asked for.
// Method: payments through a real node; the CSV is compared as a whole.
import { unixMs } from '@atomicity/kernel/units/time';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { envelopeOf } from '../compose/fold-books.ts';
import type { RunningNode } from '../compose/node.ts';
import { atomicity, startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet, type TestFleet } from '../testing/test-fleet.ts';

const folder = workFolder('statement');
const data = folder.path('data');
let node: RunningNode;
let fleet: TestFleet;
let receipts: { readonly event: string; readonly at: number }[];

beforeAll(async () => {
  node = await startTestNode(data);
  fleet = await assembleTestFleet(node, 'statement');
  await fleet.pay(1_500_000n);
  await fleet.pay(7n);
  await node.sequencer.catchUp();
  receipts = [];
  for await (const { eventId, envelope } of node.sequencer.events(0)) {
    const { type, at } = envelopeOf(envelope);
    if (type === 'PaymentFinalized') receipts.push({ event: eventId, at });
  }
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

const statement = (...more: string[]) => atomicity(['statement', '--data-dir', data, ...more]);
const iso = (at: number) => new Date(at).toISOString();
const day = (at: number) => iso(at).slice(0, 10);

describe('as CSV', () => {
  it('is exactly this', async () => {
    const [first, second] = receipts;
    if (first === undefined || second === undefined) throw new Error('two receipts');
    const payer = fleet.principal.party.id;
    const payee = fleet.provider.party.id;
    const period = `${iso(first.at)}..${iso(second.at + 1)}`;
    const { code, stdout, stderr } = await statement('--party', payee, '--period', period, '--csv');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'time,kind,event,counterparty,denomination,debit,credit,balance',
        ',opening,,,USD/6,,,0.000000',
        `${iso(first.at)},payment,${first.event},${payer},USD/6,0.000000,1.500000,1.500000`,
        `${iso(second.at)},payment,${second.event},${payer},USD/6,0.000000,0.000007,1.500007`,
        ',closing,,,USD/6,,,1.500007',
        '',
      ].join('\r\n'),
    );
  });

  it('of another denomination or an earlier month has no movement', async () => {
    const whose = ['--party', fleet.principal.party.id, '--csv'];
    const header = 'time,kind,event,counterparty,denomination,debit,credit,balance\r\n';
    const now = iso(unixMs(Date.now())).slice(0, 7);
    const other = await statement(...whose, '--period', now, '--denomination', 'EUR/2');
    expect(other.stdout).toBe(header);
    const early = await statement(...whose, '--period', '2001-02');
    expect(early.stdout).toBe(
      `${header},opening,,,USD/6,,,0.000000\r\n,closing,,,USD/6,,,0.000000\r\n`,
    );
  });
});

it('as text is a table of the same, up to the end of the last day', async () => {
  const at = receipts[0]?.at ?? 0;
  const until = receipts[1]?.at ?? 0;
  const period = `${day(at)}..${day(until)}`;
  const { code, stdout } = await statement('--party', fleet.provider.party.id, '--period', period);
  expect(code).toBe(0);
  const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(rows.filter(([first]) => first === 'opening')).toEqual([['opening', 'USD/6', '0.000000']]);
  expect(rows.find((row) => row.includes('0.000007'))?.slice(-2)).toEqual(['0.000007', '1.500007']);
});

describe('refuses', () => {
  const whole = () => ['--party', fleet.provider.party.id];
  it.each([
    ['--period is required', () => whole()],
    ['--party is required', () => ['--period', '2026-01']],
    ['--party: a party is pk:', () => ['--party', 'pk:me', '--period', '2026-01']],
    ['--period: YYYY-MM', () => [...whole(), '--period', 'last month']],
    ['--period: the log knows no period', () => [...whole(), '--period', 'a'.repeat(64)]],
    [
      '--denomination: CODE/SCALE',
      () => [...whole(), '--period', '2026-01', '--denomination', '$'],
    ],
    ["Unknown option '--cvs'", () => [...whole(), '--period', '2026-01', '--cvs']],
  ])('%s', async (message, argv) => {
    const { code, stderr, stdout } = await statement(...argv());
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
