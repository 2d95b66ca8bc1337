// Goal: two institutions join by files and commands alone, pay, and hold the evidence. Method: the
// commands on real data directories, two nodes on loopback.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningNode } from '../../compose/node.ts';
import { readNetworkConfig } from '../../network/network-config.ts';
import { atomicity, settled, startTestNode, workFolder } from '../../testing/cli-run.ts';

const folder = workFolder('network');
const { path } = folder;
const nodes: RunningNode[] = [];
const urls: Record<string, string> = {};

const wallet = (name: string) => [
  '--network',
  path(name, 'network.json'),
  '--url',
  urls[name] ?? '',
];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Changes members of a party's network.json, as an operator does with an editor. */
function edit(name: string, change: Readonly<Record<string, unknown>>): void {
  const file = path(name, 'network.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...config, ...change }));
}

async function run(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await atomicity(argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${code} ${stderr}`);
  return stdout;
}

beforeAll(async () => {
  for (const name of ['alice', 'bob']) {
    const made = JSON.parse(await run('party', '--out', path(name), '--json'));
    expect(made.folder).toBe(path(name));
  }
  const ports = { alice: await freePort(), bob: await freePort() };
  for (const [name, other] of [
    ['alice', 'bob'],
    ['bob', 'alice'],
  ] as const) {
    const { party } = JSON.parse(readFileSync(path(other, 'network.json'), 'utf8'));
    const url = `http://127.0.0.1:${ports[other]}`;
    const delegation = path(other, 'delegation.json');
    edit(name, { peers: [{ party, url, delegation }], marginMs: 200 });
    urls[name] = `http://127.0.0.1:${ports[name]}`;
  }
  for (const name of ['alice', 'bob'] as const) {
    const network = readNetworkConfig(path(name, 'network.json'));
    nodes.push(await startTestNode(path(name, 'node'), { network, port: ports[name] }));
  }
});

afterAll(async () => {
  for (const node of nodes) await node.stop();
  folder.remove();
});

const partyOf = (name: string): string =>
  JSON.parse(readFileSync(path(name, 'network.json'), 'utf8')).party;

describe('an edge', () => {
  const proposal = path('proposal.json');
  const whole = path('edge.json');

  it('is proposed by one, looked at and accepted by the other, and recorded by both', async () => {
    const terms = ['--denomination', 'EUR/2', '--they-owe', '0', '--we-owe', '5000'];
    const from = ['--network', path('alice', 'network.json')];
    await run('edge', 'propose', ...from, '--with', partyOf('bob'), ...terms, '--out', proposal);
    const shown = await run('edge', 'show', proposal);
    const [alice, bob] = [partyOf('alice'), partyOf('bob')];
    expect(shown).toContain(
      alice < bob
        ? `${bob} may owe 0 EUR/2 to\n  ${alice}, which may owe it 5000.`
        : `${alice} may owe 5000 EUR/2 to\n  ${bob}, which may owe it 0.`,
    );
    expect(shown).toContain(`Waits for the signature of ${partyOf('bob')}`);
    const to = ['--network', path('bob', 'network.json')];
    const accepted = await run('edge', 'accept', proposal, ...to, '--out', whole, '--json');
    expect(JSON.parse(accepted)).toMatchObject({ missing: [], denomination: 'EUR/2' });
    expect(await run('submit', whole, ...wallet('alice'))).toContain('EdgeAgreement');
    expect(await run('submit', whole, ...wallet('bob'))).toContain('recorded');
    expect(await run('submit', whole, ...wallet('bob'))).toContain('was recorded already');
  });

  it('is not accepted by a third, not changed on the way, and not written over', async () => {
    await run('party', '--out', path('carol'));
    const carol = ['--network', path('carol', 'network.json'), '--out', path('x.json')];
    const third = await atomicity(['edge', 'accept', proposal, ...carol]);
    expect([third.code, third.stderr]).toEqual([1, expect.stringContaining('does not wait for')]);
    const changed = path('changed.json');
    writeFileSync(changed, readFileSync(proposal, 'utf8').replace('"5000"', '"9000"'));
    const bob = ['--network', path('bob', 'network.json'), '--out', path('y.json')];
    const other = await atomicity(['edge', 'accept', changed, ...bob]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('signature_invalid')]);
    const again = ['--network', path('bob', 'network.json'), '--out', whole];
    const twice = await atomicity(['edge', 'accept', proposal, ...again]);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('is there already')]);
  });

  it('half-signed is not recorded', async () => {
    const half = await atomicity(['submit', proposal, ...wallet('alice')]);
    expect([half.code, half.stderr]).toEqual([2, expect.stringContaining('missing_signature')]);
  });
});

describe('a payment', () => {
  let intent = '';

  it('is asked for, made, and seen at both ends', async () => {
    const invoice = path('invoice.json');
    const terms = ['--amount', '1200', '--denomination', 'EUR/2', '--description', 'a lamp'];
    const asked = await run('invoice', ...terms, '--out', invoice, '--json', ...wallet('bob'));
    intent = JSON.parse(asked).intent;
    const paid = await run(
      'pay',
      invoice,
      '--max-fee',
      '0',
      '--wait',
      '--json',
      ...wallet('alice'),
    );
    expect(JSON.parse(paid)).toMatchObject({
      intent,
      order: { amountPaid: '1200' },
      progress: { status: 'finalized', fees: '0' },
      hops: [{ side: 'payer', status: 'active', amount: '1200' }],
    });
    for (const node of nodes) await settled(node);
    expect(await run('payment', intent, ...wallet('bob'))).toContain('as receiver');
    expect(await run('hops', '--intent', intent, ...wallet('bob'))).toContain('payee');
    expect(JSON.parse(await run('hops', '--json', ...wallet('alice')))).toEqual({ hops: [] });
    // The same order again finds the payment and pays nothing twice.
    await run('pay', invoice, '--max-fee', '0', '--wait', ...wallet('alice')).catch(
      () => undefined,
    );
    const { order } = JSON.parse(await run('payment', intent, '--json', ...wallet('alice')));
    expect(order.amountPaid).toBe('1200');
  });

  it('leaves evidence that stands without a node', async () => {
    const out = path('evidence');
    await run('evidence', intent, '--out', out, ...wallet('alice'));
    const files = readdirSync(out).filter((name) => name.startsWith('certificate-'));
    expect(files).toHaveLength(1);
    const shown = await run('verify-evidence', path('evidence', files[0] ?? ''));
    expect(shown).toContain('it stands');
    expect(shown).toContain('Finalized: the sender’s book says that 1200 are paid.');
  });

  it('that nobody knows is not found', async () => {
    const unknown = 'f'.repeat(64);
    const shown = await atomicity(['payment', unknown, ...wallet('alice')]);
    expect([shown.code, shown.stderr]).toEqual([1, expect.stringContaining('not_found')]);
    const out = ['--out', path('nothing')];
    const none = await atomicity(['evidence', unknown, ...out, ...wallet('alice')]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('knows nothing')]);
  });

  it('beyond the line fails, and costs nothing', async () => {
    const invoice = path('too-much.json');
    const terms = ['--amount', '9000', '--denomination', 'EUR/2', '--out', invoice];
    await run('invoice', ...terms, ...wallet('bob'));
    const argv = ['pay', invoice, '--max-fee', '0', '--wait', '--json', ...wallet('alice')];
    const { code, stdout } = await atomicity(argv);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ progress: { status: 'failed' }, hops: [] });
  });
});

describe('evidence', () => {
  it.each([
    ['{', 'not_json'],
    ['{"v":1,"objects":[]}', 'not_canonical'],
    ['{"objects":[],"v":1}', 'missing_field'],
    ['{"body":{"type":"Gift","v":1},"signatures":[]}', 'unknown_type'],
  ])('%s does not stand', async (text, reason) => {
    const file = path('bad.json');
    writeFileSync(file, text);
    const { code, stdout } = await atomicity(['verify-evidence', file, '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ reason })]);
  });

  it('that is only a signed object says so', async () => {
    const file = path('alice', 'delegation.json');
    const { code, stdout } = await atomicity(['verify-evidence', file]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('no evidence by itself')]);
  });
});

describe('the node', () => {
  it('shows what its router does, and names no party', async () => {
    const text = await (await fetch(`${urls['alice']}/metrics`)).text();
    expect(text).toMatch(
      /^atomicity_peer_messages_total\{direction="sent",kind="voucher"\} [1-9]/m,
    );
    expect(text).toMatch(/^atomicity_peer_bytes_total\{direction="sent"\} [1-9]/m);
    expect(text).toMatch(/^atomicity_router_signatures_total\{type="CapacityVoucher"\} [1-9]/m);
    expect(text).toMatch(/^atomicity_outbox_duties 0$/m);
    expect(text).toMatch(/^atomicity_outbox_oldest_seconds 0$/m);
    expect(text).not.toContain('pk:');
  });

  it.each([
    [{ marginMs: 300 }, 'with 200, which is fixed for good'],
    [{ key: path('bob', 'wallet') }, 'delegates another key'],
    [{ delegation: path('alice', 'delegation.json') }, 'not a KeyDelegation of'],
    [
      { peers: [{ party: 'pk:x', url: 'http://x', delegation: null }] },
      '/peers/0/party out_of_range',
    ],
  ])('does not start with %j', async (change, message) => {
    mkdirSync(path('odd'), { recursive: true });
    const file = path('odd', 'network.json');
    const sound = JSON.parse(readFileSync(path('bob', 'network.json'), 'utf8'));
    const at = (name: string) => path('bob', name);
    const absolute = { key: at('router'), delegation: at('delegation.json'), wallet: at('wallet') };
    const odd = { ...sound, ...absolute, ...change };
    writeFileSync(file, JSON.stringify(odd));
    const node = nodes.pop();
    await node?.stop();
    const data = ['--data-dir', path('bob', 'node'), '--port', '0'];
    const { code, stderr } = await atomicity(['serve', ...data, '--network', file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
