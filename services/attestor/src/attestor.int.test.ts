// Goal: exactly one attestation a period, whatever happens on the way. Method: a process death before
// and after every effect, with a fake prover that proves nothing and a ledger that remembers.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { periodDigest } from '@atomicity/kernel/period/period-digest';
import { summaryCommitment } from '@atomicity/kernel/period/summary';
import { amount } from '@atomicity/kernel/units/amount';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import { afterEach, describe, expect, it } from 'vitest';
import { attestationCommandId } from './attest-period.ts';
import { AttestationWorld, Crash } from './testing/attestation-world.ts';

let world: AttestationWorld;
afterEach(() => world.close());

/** Runs processes until one ends by itself; each dies `ticks` effects after its start. */
async function runThroughCrashes(ticks: number): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    world.ticks = 0;
    world.crashAt = deaths === 0 ? ticks : Number.POSITIVE_INFINITY;
    try {
      await world.start().attestPending();
      return deaths;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}

describe('the attestor', () => {
  it('attests closed periods in order, each chained to the one before', async () => {
    world = new AttestationWorld(3);
    const attestor = world.start();
    const round = await attestor.attestPending();
    expect(round).toEqual({ recorded: world.places(), refused: [] });
    expect(world.recorded.map(({ periodIndex }) => periodIndex)).toEqual([0, 1, 2]);
    world.recorded.forEach((body, i) => {
      const opening = attestor.opening(body);
      expect(opening && summaryCommitment(opening)).toBe(fieldFromHex(body.publicSignals[2]));
      expect(periodDigest(body.parts)).toBe(fieldFromHex(body.publicSignals[4]));
      expect(body.parts.lastTreeSize).toBeGreaterThan(world.closed[i]?.closedIndex ?? 0);
      const before = world.recorded[i - 1]?.publicSignals[2] ?? '0'.repeat(64);
      expect(body.parts.previousSummary).toBe(before);
      expect(world.prover.holds(body.publicSignals, body.proof)).toBe(true);
    });
    expect(await attestor.attestPending()).toEqual({ recorded: [], refused: [] });
    expect(world.prover.proofs).toBe(3);
  });

  it('names the registry that the node is configured with, else none', async () => {
    world = new AttestationWorld(1);
    const registry = { chainId: 31_337, registry: 'ab'.repeat(20) };
    await world.start({ registry }).attestPending();
    expect(world.recorded[0]?.parts).toMatchObject(registry);
    world.close();
    world = new AttestationWorld(1);
    await world.start().attestPending();
    expect(world.recorded[0]?.parts).toMatchObject({ chainId: 0, registry: '0'.repeat(40) });
  });

  it('ends with one attestation a period after a death before or after any effect', async () => {
    world = new AttestationWorld();
    await world.start().attestPending();
    const effects = world.ticks;
    expect(effects).toBe(20);
    world.close();
    for (let ticks = 0; ticks < effects; ticks++) {
      world = new AttestationWorld();
      expect([ticks, await runThroughCrashes(ticks)]).toEqual([ticks, 1]);
      expect(world.recorded.map(({ periodIndex }) => periodIndex)).toEqual([0, 1]);
      const commands = new Map(world.submitted.map(({ commandId, text }) => [commandId, text]));
      expect(commands.size).toBe(2);
      // A retried submission carries the very same object.
      for (const { commandId, text } of world.submitted) expect(commands.get(commandId)).toBe(text);
      const stages = world.places().map((place) => world.journal.find(place)?.stage);
      expect(stages).toEqual(['recorded', 'recorded']);
      world.close();
    }
    world = new AttestationWorld();
  });

  it('proves the planned statement after a death, not a new one', async () => {
    world = new AttestationWorld(1);
    // Before the prover's call: the statement is in the journal.
    world.crashAt = 2;
    await expect(world.start().attestPending()).rejects.toThrow(Crash);
    const [place] = world.places();
    if (place === undefined) throw new Error('no period');
    const planned = world.journal.find(place);
    expect(planned?.stage).toBe('planned');
    world.crashAt = Number.POSITIVE_INFINITY;
    await world.start().attestPending();
    expect(world.recorded[0]?.publicSignals).toEqual(planned?.publicSignals);
    expect(world.recorded[0]?.parts).toEqual(planned?.parts);
  });

  it('gives the opening only once the period is recorded', async () => {
    world = new AttestationWorld(1);
    const [place] = world.places();
    if (place === undefined) throw new Error('no period');
    world.answer = { kind: 'rejected', reason: 'previous_not_attested', transient: true };
    const attestor = world.start();
    await expect(attestor.attestPending()).rejects.toMatchObject({ code: 'submission_deferred' });
    expect([attestor.opening(place), attestor.status(place)?.stage]).toEqual([undefined, 'proved']);
    world.answer = undefined;
    await attestor.attestPending();
    expect(attestor.opening(place)).toMatchObject({ count: 7, periodTotal: amount(13n) });
    expect(world.prover.proofs).toBe(1);
  });

  it('keeps a refusal with its reason, holds later periods back, and retries on demand', async () => {
    world = new AttestationWorld(2);
    const [first, second] = world.places();
    if (first === undefined || second === undefined) throw new Error('no period');
    world.answer = { kind: 'rejected', reason: 'key_expired', transient: false };
    const attestor = world.start();
    expect(await attestor.attestPending()).toEqual({ recorded: [], refused: [first] });
    expect(attestor.status(first)).toMatchObject({ stage: 'refused', reason: 'key_expired' });
    expect(attestor.status(second)).toBeUndefined();
    world.answer = undefined;
    attestor.retry(first);
    expect(await attestor.attestPending()).toEqual({ recorded: [first, second], refused: [] });
  });

  it('goes on with other budgets where a period cannot be proved', async () => {
    world = new AttestationWorld(2);
    const [closed] = world.closed;
    if (closed === undefined) throw new Error('no period');
    const places = world.places();
    world.closed.unshift({ ...closed, budget: 'b'.repeat(64) as typeof ZERO_HASH });
    await expect(world.start().attestPending()).rejects.toThrow();
    expect(places.map((place) => world.journal.find(place)?.stage)).toEqual([
      'recorded',
      'recorded',
    ]);
  });

  it('refuses notes that are not those of the log, before it proves anything', async () => {
    world = new AttestationWorld(1);
    const [closed] = world.closed;
    if (closed === undefined) throw new Error('no period');
    world.closed[0] = { ...closed, slots: closed.slots.slice(1) };
    await expect(world.start().attestPending()).rejects.toMatchObject({
      code: 'statement_mismatch',
      facts: { signal: 'leavesRoot' },
    });
    expect(world.prover.proofs).toBe(0);
  });

  it('submits no proof that does not hold', async () => {
    world = new AttestationWorld(1);
    const attestor = world.start({
      proofCheck: async () => ({
        verificationKeyHash: ZERO_HASH,
        holds: async () => false,
      }),
    });
    await expect(attestor.attestPending()).rejects.toMatchObject({ code: 'proof_invalid' });
    expect(world.submitted).toEqual([]);
  });

  it('cannot continue a chain whose opening it does not have', async () => {
    world = new AttestationWorld(2);
    world.closed.shift();
    await expect(world.start().attestPending()).rejects.toMatchObject({
      code: 'previous_opening_missing',
    });
  });

  it('works in the background between start and stop, and reports its steps', async () => {
    world = new AttestationWorld(1);
    const attestor = world.start();
    attestor.wake();
    await attestor.stop();
    expect(world.recorded).toEqual([]);
    attestor.start();
    await attestor.attestPending();
    expect(world.recorded).toHaveLength(1);
    expect([...new Set(world.progress.map(({ step }) => step))]).toEqual([
      'checkpoint',
      'proving',
      'verifying',
      'signing',
      'submitting',
      'recorded',
    ]);
    await attestor.stop();
  });

  it('keeps its journal from other users, and its salts out of what it submits', async () => {
    world = new AttestationWorld(1);
    await world.start().attestPending();
    const [place] = world.places();
    const entry = place && world.journal.find(place);
    if (entry === undefined) throw new Error('no entry');
    const files = readdirSync(world.directory).map((name) => join(world.directory, name));
    expect(files.some((path) => readFileSync(path).includes(entry.summarySalt))).toBe(true);
    for (const path of files) expect([path, statSync(path).mode & 0o077]).toEqual([path, 0]);
    expect(world.submitted[0]?.text).not.toContain(entry.summarySalt);
    expect(world.submitted[0]?.commandId).toBe(attestationCommandId(entry.nullifier));
    expect(world.submitted[0]?.commandId).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
  });
});
