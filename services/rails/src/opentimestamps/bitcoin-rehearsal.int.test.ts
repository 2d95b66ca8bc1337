// Goal: submit → pending → upgrade → confirmed for real, end to end on the loopback, and whatever may come in
// between. Method: the rail over the rehearsal's calendar and chain, whose headers it checks itself.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnchorEvidence, Submission } from '../port.ts';
import { verifyBitcoin } from './bitcoin.ts';
import { type BitcoinRehearsal, startBitcoinRehearsal } from './bitcoin-rehearsal.ts';
import { bitcoindHeaders } from './bitcoind-headers.ts';
import { REGTEST_EASIEST_BITS } from './block-header.ts';
import type { BlockHeaders } from './block-headers.ts';
import type { Calendar } from './calendar.ts';
import { decodeProof } from './decode.ts';
import { esploraHeaders } from './esplora-headers.ts';
import { evaluate } from './evaluate.ts';
import { isLocalCalendarUri, REHEARSAL_CALENDAR_LABEL } from './local-calendar.ts';
import { chainOf } from './merkle-steps.ts';
import { pendingReport } from './pending-report.ts';
import type { DetachedProof } from './proof.ts';
import { openTimestampsRail } from './rail.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-rehearsal-'));
afterAll(() => rmSync(folder, { recursive: true }));
const cookieFile = join(folder, '.cookie');
const never = new AbortController().signal;
const SECONDS = 1_700_000_000;
const submissionOf = (text: string): Submission => ({
  root: sha256(new TextEncoder().encode(text)),
  idempotencyKey: sha256(new TextEncoder().encode(`key of ${text}`)),
});
const submission = submissionOf('root');

let world: BitcoinRehearsal;
let esplora: BlockHeaders;
beforeEach(async () => {
  world = await startBitcoinRehearsal({ cookieFile });
  esplora = esploraHeaders({ urls: [world.chainUrl], easiestBits: REGTEST_EASIEST_BITS });
});
afterEach(() => world.close());

const railWith = (calendars: readonly Calendar[], blockHeaders?: BlockHeaders) =>
  openTimestampsRail({
    label: REHEARSAL_CALENDAR_LABEL,
    calendars,
    ...(blockHeaders === undefined ? {} : { blockHeaders }),
  });

function proofIn({ bytes }: AnchorEvidence): DetachedProof {
  const decoded = decodeProof(bytes);
  if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
  return decoded.proof;
}
const kindsIn = (evidence: AnchorEvidence) =>
  evaluate(proofIn(evidence))
    .map(({ attestation }) => attestation.kind)
    .toSorted();

/** A calendar of which only some questions come through. */
function failing(calendar: Calendar, fails: { submit?: boolean; ask?: boolean }): Calendar {
  const down = () => Promise.reject(new Error('down'));
  return {
    url: calendar.url,
    answersFor: (uri) => calendar.answersFor(uri),
    lookUp: (digest, signal) => calendar.lookUp(digest, signal),
    submit: (digest, signal) => (fails.submit ? down() : calendar.submit(digest, signal)),
    timestampOf: (message, signal) => (fails.ask ? down() : calendar.timestampOf(message, signal)),
  };
}

/** Another calendar with a name of its own, in the same process. */
function another(uri: string, from: BitcoinRehearsal): Calendar & { readonly submitted: string[] } {
  const submitted: string[] = [];
  const promise = (digest: Uint8Array) => {
    from.calendar.submit(digest);
    // As calendars do, with something of its own before the attestation.
    const operation = { kind: 'append', argument: new Uint8Array(8).fill(9) } as const;
    return chainOf([operation], { attestations: [{ kind: 'pending', uri }], branches: [] });
  };
  return {
    submitted,
    url: uri,
    answersFor: (asked) => asked === uri,
    lookUp: () => Promise.resolve({ kind: 'unknown' }),
    submit: (digest) => {
      submitted.push(Buffer.from(digest).toString('hex'));
      return Promise.resolve(promise(digest));
    },
    timestampOf: () => Promise.resolve({ kind: 'pending' }),
  };
}

describe('from submission to confirmation', () => {
  it('runs for real, with Esplora and with a Bitcoin node', async () => {
    const node = bitcoindHeaders({
      url: world.chainUrl,
      credentials: { kind: 'cookie', cookieFile },
      easiestBits: REGTEST_EASIEST_BITS,
    });
    const others = ['other 1', 'other 2', 'other 3'].map(submissionOf);
    const rail = railWith([world.client], esplora);
    const pending = await rail.submit(submission, never);
    for (const other of others) await rail.submit(other, never);
    expect(kindsIn(pending)).toEqual(['pending']);
    expect(await rail.upgrade(pending, never)).toEqual({ kind: 'unchanged' });

    const block = world.calendar.confirmInChain(SECONDS);
    const shallow = await rail.upgrade(pending, never);
    if (shallow.kind !== 'upgraded') throw new Error(shallow.kind);
    expect(kindsIn(shallow.evidence)).toEqual(['bitcoin', 'pending']);
    world.chain.mineMore(5, SECONDS + 600);
    for (const headers of [esplora, node]) {
      const upgraded = await railWith([world.client], headers).upgrade(shallow.evidence, never);
      expect(upgraded).toEqual({
        kind: 'confirmed',
        height: block.height,
        evidence: shallow.evidence,
      });
    }
    // And for whoever has nothing but the file and the block's root.
    expect(
      verifyBitcoin(evaluate(proofIn(shallow.evidence)), { [block.height]: block.merkleRoot }),
    ).toEqual([{ kind: 'matches', height: block.height }]);
  });

  it('covers every promise of a block, whatever their number', async () => {
    const rail = railWith([world.client], esplora);
    for (let count = 1; count <= 6; count += 1) {
      const submissions = Array.from({ length: count }, (_, i) => submissionOf(`${count}/${i}`));
      const promised: AnchorEvidence[] = [];
      for (const each of submissions) promised.push(await rail.submit(each, never));
      world.confirm(SECONDS + count * 10_000);
      for (const each of promised) {
        expect((await rail.upgrade(each, never)).kind).toBe('confirmed');
      }
    }
  });

  it('is called a stand-in wherever it shows, and its files are this user’s alone', async () => {
    const { headers } = await fetch(`${world.chainUrl}/blocks/tip/height`);
    expect(headers.get('x-chain')).toContain('proves nothing to outsiders');
    const calendar = await fetch(`${world.calendarUrl}/timestamp/00`);
    expect(calendar.headers.get('x-calendar')).toBe(REHEARSAL_CALENDAR_LABEL);
    const pending = await railWith([world.client]).submit(submission, never);
    const [first] = evaluate(proofIn(pending));
    const uri = first?.attestation.kind === 'pending' ? first.attestation.uri : '';
    expect(uri).toContain('stand-in-chain-proves-nothing');
    expect(isLocalCalendarUri(uri)).toBe(false);
    expect(pendingReport(proofIn(pending), 0, 0).text).toContain('proves nothing to outsiders');
    expect(statSync(cookieFile).mode & 0o077).toBe(0);
    expect(readFileSync(cookieFile, 'utf8')).toMatch(/^__cookie__:[0-9a-f]{64}$/);
    await world.close();
    expect(existsSync(cookieFile)).toBe(false);
    world = await startBitcoinRehearsal({ cookieFile });
  });

  it('has nothing to confirm twice, nor without a chain', async () => {
    expect(() => world.confirm(SECONDS)).toThrow('nothing to confirm');
    await railWith([world.client]).submit(submission, never);
    world.confirm(SECONDS);
    expect(() => world.confirm(SECONDS)).toThrow('nothing to confirm');
  });
});

describe('a reorganisation', () => {
  it('takes an unconfirmed block out of the proof, and the calendar confirms it anew', async () => {
    const rail = railWith([world.client], esplora);
    const pending = await rail.submit(submission, never);
    world.calendar.confirmInChain(SECONDS);
    const claimed = await rail.upgrade(pending, never);
    if (claimed.kind !== 'upgraded') throw new Error(claimed.kind);
    world.chain.reorganise(1, SECONDS + 600);
    world.chain.mineMore(4, SECONDS + 6000);
    // The block at that height is final now, and another one.
    const taken = await rail.upgrade(claimed.evidence, never);
    expect(taken).toEqual({ kind: 'upgraded', evidence: pending });
    expect(await rail.upgrade(pending, never)).toEqual({ kind: 'unchanged' });
    const { height } = world.confirm(SECONDS + 9000);
    const confirmed = await rail.upgrade(pending, never);
    expect(confirmed).toMatchObject({ kind: 'confirmed', height });
    expect(height).toBe(7);
  });
});

describe('several calendars', () => {
  it('confirm by one of them while the others stay in the proof as pending', async () => {
    const slow = another('https://slow.example.org', world);
    const rail = railWith([world.client, slow], esplora);
    const pending = await rail.submit(submission, never);
    expect(kindsIn(pending)).toEqual(['pending', 'pending']);
    const { height } = world.confirm(SECONDS);
    const upgraded = await rail.upgrade(pending, never);
    if (upgraded.kind !== 'confirmed') throw new Error(upgraded.kind);
    expect(upgraded.height).toBe(height);
    expect(kindsIn(upgraded.evidence)).toEqual(['bitcoin', 'pending', 'pending']);
    const report = pendingReport(proofIn(upgraded.evidence), 7_200_000, 0);
    expect(report).toEqual({
      ageMs: 7_200_000,
      waitingFor: ['https://slow.example.org'],
      claimedBlocks: [height],
      text: `pending for 2 h: no block yet from https://slow.example.org; not checked: block ${height}`,
    });
  });

  it('may disappear: who is left is asked, and a proof that names a block needs nobody', async () => {
    const gone = another('https://gone.example.org', world);
    const pending = await railWith([world.client, gone]).submit(submission, never);
    const silent = failing(gone, { ask: true, submit: true });
    const rail = railWith([world.client, silent], esplora);
    expect(await rail.upgrade(pending, never, submission)).toEqual({ kind: 'unchanged' });
    world.calendar.confirmInChain(SECONDS);
    const claimed = await rail.upgrade(pending, never);
    if (claimed.kind !== 'upgraded') throw new Error(claimed.kind);
    world.chain.mineMore(5, SECONDS + 600);
    const all = [failing(world.client, { ask: true, submit: true }), silent];
    const alone = railWith(all, esplora);
    expect((await alone.upgrade(claimed.evidence, never)).kind).toBe('confirmed');
    // While nothing is named, and nobody answers, that is said.
    await expect(alone.upgrade(pending, never)).rejects.toThrow('down');
  });

  it('that failed at submission join later, with the same digest, once', async () => {
    const late = another('https://late.example.org', world);
    const first = await railWith([world.client, failing(late, { submit: true })]).submit(
      submission,
      never,
    );
    expect(kindsIn(first)).toEqual(['pending']);
    const rail = railWith([world.client, late]);
    expect(await rail.upgrade(first, never)).toEqual({ kind: 'unchanged' });
    const joined = await rail.upgrade(first, never, submission);
    if (joined.kind !== 'upgraded') throw new Error(joined.kind);
    expect(kindsIn(joined.evidence)).toEqual(['pending', 'pending']);
    expect(joined.evidence).toEqual(await rail.submit(submission, never));
    expect(await rail.upgrade(joined.evidence, never, submission)).toEqual({ kind: 'unchanged' });
    expect(new Set(late.submitted).size).toBe(1);
    expect(late.submitted).toHaveLength(2);
    // The key of another submission, and a calendar that promises in a stranger's name, change nothing.
    const stranger = { ...late, answersFor: () => false };
    const other = railWith([world.client, stranger]);
    expect(await other.upgrade(first, never, submission)).toEqual({ kind: 'unchanged' });
    expect(await rail.upgrade(first, never, submissionOf('other'))).toEqual({ kind: 'unchanged' });
    // Once a block is named nobody more is needed.
    world.confirm(SECONDS);
    const named = await rail.upgrade(first, never, submission);
    if (named.kind !== 'upgraded') throw new Error(named.kind);
    expect(kindsIn(named.evidence)).toEqual(['bitcoin', 'pending']);
  });
});

describe('a source of block headers that fails', () => {
  const down: BlockHeaders = { merkleRootAt: () => Promise.reject(new Error('no headers')) };

  it('costs no news from calendars, and is reported when there are none', async () => {
    const rail = railWith([world.client], down);
    const pending = await rail.submit(submission, never);
    expect(await rail.upgrade(pending, never)).toEqual({ kind: 'unchanged' });
    world.confirm(SECONDS);
    const claimed = await rail.upgrade(pending, never);
    if (claimed.kind !== 'upgraded') throw new Error(claimed.kind);
    await expect(rail.upgrade(claimed.evidence, never)).rejects.toThrow('no headers');
    const again = await railWith([world.client], esplora).upgrade(claimed.evidence, never);
    expect(again.kind).toBe('confirmed');
  });
});
