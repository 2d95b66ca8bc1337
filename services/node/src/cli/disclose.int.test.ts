// Goal: what a node discloses of a period that it attested holds by its own bundle, and reaches only those
// whom it is for. Method: a small fleet on a real node with real proofs of tier 16; every command, then the
// auditor on what it wrote.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { issuedList } from '@atomicity/client/principal-session';
import type { TokenSlot } from '@atomicity/kernel/note/roots';
import { encodeIssuedList } from '@atomicity/kernel/period-close/issued-list';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningNode } from '../compose/node.ts';
import { assembleFleet, type Fleet } from '../cycle/fleet.ts';
import { playCycle } from '../cycle/play.ts';
import { builtInPurchases } from '../cycle/workload.ts';
import { atomicity, startTestNode, workFolder } from '../testing/cli-run.ts';

const folder = workFolder('disclose');
const data = folder.path('data');
const trust = folder.path('trust.json');
const bundle = folder.path('sealed.ndjson');
let node: RunningNode;
let fleet: Fleet;
let budget: Hash;
/** The first period's, as the agent of the principal issued them. */
let issued: readonly TokenSlot[] = [];

beforeAll(async () => {
  const denomination = parseDenomination('USD/6');
  if (denomination === undefined) throw new Error('a denomination');
  const size = { agents: 1, providers: 2 };
  const rates = { perThousandContext: 2500n, perThousandGenerated: 10_000n };
  const purchases = builtInPurchases(8, size, rates, 'disclose');
  node = await startTestNode(data);
  const { url, config } = node;
  const terms = { url, origin: config.origin, seed: 'disclose', denomination, purchases };
  fleet = await assembleFleet({ ...terms, ...size, tier: 16 });
  const [agent] = fleet.agents;
  if (agent === undefined) throw new Error('no agent');
  const { session } = agent;
  const next = session.nextPeriod.bind(session);
  session.nextPeriod = () => {
    if (session.periodIndex === 0) issued = session.issued;
    next();
  };
  await playCycle(fleet, purchases, () => undefined);
  await node.attestation.attestor.attestPending();
  await node.sequencer.checkpoint();
  const [first] = await periods();
  if (first === undefined) throw new Error('no period');
  budget = first;
  const principal = ['--principal', fleet.principal.party.id];
  await atomicity(['trust-file', '--data-dir', data, ...principal, '--out', trust]);
  await atomicity(['export', '--data-dir', data, '--kind', 'sealed', '--out', bundle]);
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

async function periods(): Promise<readonly Hash[]> {
  const { party, client } = fleet.principal;
  const { value } = await client.get(`/v1/parties/${party.id}/budgets`);
  return (value as unknown as { budget: Hash }[]).map((each) => each.budget);
}

const disclose = (what: string, out: string, ...more: readonly string[]) =>
  atomicity([
    'disclose',
    what,
    ...['--data-dir', data, '--budget', budget, '--period', '0', '--out', folder.path(out)],
    ...more,
  ]);

const judge = async (file: string) => {
  const named = ['--bundle', bundle, '--trust', trust, '--json'];
  const { code, stdout } = await atomicity(['audit', 'disclosure', folder.path(file), ...named]);
  const { verdict, reason } = JSON.parse(stdout) as { verdict: string; reason: string };
  return { code, verdict, reason };
};

describe('a note', () => {
  it('is written for this user only, and holds by a sealed bundle', async () => {
    const { code, stdout } = await disclose('note', 'note.json', '--index', '0');
    expect([code, stdout]).toEqual([0, expect.stringContaining('note of period 0')]);
    expect(statSync(folder.path('note.json')).mode & 0o077).toBe(0);
    expect(await judge('note.json')).toMatchObject({ code: 0, verdict: 'holds' });
  });

  it('with another amount fails by name', async () => {
    const note = JSON.parse(readFileSync(folder.path('note.json'), 'utf8'));
    note.note.spend = `${BigInt(note.note.spend) + 1n}`;
    writeFileSync(folder.path('more.json'), JSON.stringify(note));
    expect(await judge('more.json')).toMatchObject({
      code: 1,
      verdict: 'fails',
      reason: expect.stringContaining('commitment_mismatch'),
    });
  });
});

describe('the totals', () => {
  it('are what the attestation hides, and shown only as far as its proof is', async () => {
    expect((await disclose('summary', 'summary.json')).code).toBe(0);
    // The proof is under a development key: it never makes a claim hold.
    expect(await judge('summary.json')).toMatchObject({ code: 1, verdict: 'not shown' });
  });

  it('reach the principal’s signed request and not the agent’s', async () => {
    const written = JSON.parse(readFileSync(folder.path('summary.json'), 'utf8'));
    const { value } = await fleet.principal.client.periodSummary(budget, 0);
    expect(value).toEqual(written);
    const [agent] = fleet.agents;
    await expect(agent?.client.periodSummary(budget, 0)).rejects.toThrow('not_the_principal');
  });
});

describe('a proof', () => {
  it.each([
    ['spent', '--bound', '9000000000', 'the budget spent at most 9000000000 units'],
    ['remaining', '--floor', '0', 'the budget had at least 0 units left'],
    ['claim', '--claim', 'window', 'every note of the period lies in the window'],
  ])(
    '%s: is not shown under a development key, and would say what it proves',
    async (what, option, value, claim) => {
      const { code, stdout, stderr } = await disclose(
        what,
        `${what}.json`,
        option,
        value,
        '--json',
      );
      expect([code, stderr]).toEqual([0, expect.stringContaining('keys are unsafe')]);
      expect(JSON.parse(stdout).claim).toContain(claim);
      const judged = await judge(`${what}.json`);
      expect(judged).toMatchObject({ code: 1, verdict: 'not shown' });
      expect(judged.reason).toContain('which the trust file does not list');
    },
  );

  it('of what is not true is not made', async () => {
    const { code, stderr } = await disclose('spent', 'less.json', '--bound', '1');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('claim_not_true: total_above_bound'),
    ]);
  });
});

describe('the principal’s own list', () => {
  it('shows the period complete, and names an authorization that it lacks', async () => {
    const { value } = await fleet.principal.client.period(budget, 0);
    const { count } = value as unknown as { count: number };
    expect(issued).toHaveLength(count);
    const tokens = async (list: typeof issued) => {
      const file = folder.path(`issued-${list.length}.json`);
      writeFileSync(file, encodeIssuedList(issuedList({ budget, periodIndex: 0 }, list)));
      const argv = ['audit', bundle, '--trust', trust, '--issued', file, '--json'];
      const { stdout } = await atomicity(argv);
      const { claims } = JSON.parse(stdout) as { claims: Record<string, string>[] };
      return claims.find(({ claim }) => claim === 'tokens-root');
    };
    expect(await tokens(issued)).toMatchObject({ verdict: 'holds' });
    expect(await tokens(issued.slice(1))).toMatchObject({ verdict: 'fails' });
  });
});

describe('refuses', () => {
  it.each([
    ['period_unknown', 1, 'note', ['--index', '0', '--period', '99']],
    ['index_unknown', 1, 'note', ['--index', '15']],
    ['--index is required', 2, 'note', []],
    ['--index: a whole number from 0 to 1023', 2, 'note', ['--index', '1024']],
    ['--floor: summary takes none', 2, 'summary', ['--floor', '1']],
    ['--bound: units of the denomination', 2, 'spent', ['--bound', '1.5']],
    ['--claim: aggregate or ceilings or window', 2, 'claim', ['--claim', 'honesty']],
    ['WHAT: note, summary, spent, remaining, claim, not all', 2, 'all', []],
    ['is there already', 2, 'summary', ['--out', trust]],
  ])('%s', async (message, expected, what, more) => {
    const { code, stderr } = await disclose(what, 'refused.json', ...more);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(message)]);
  });

  it('a folder without a log', async () => {
    const nowhere = folder.path('nowhere');
    const { code, stderr } = await disclose('summary', 'x.json', '--data-dir', nowhere);
    expect([code, stderr]).toEqual([1, expect.stringContaining("no node's data directory")]);
  });
});

it('reads the files of a node that has stopped as well', async () => {
  await node.stop();
  expect((await disclose('summary', 'stopped.json')).code).toBe(0);
  const [before, after] = ['summary.json', 'stopped.json'].map((name) =>
    readFileSync(folder.path(name), 'utf8'),
  );
  expect(after).toBe(before);
});
