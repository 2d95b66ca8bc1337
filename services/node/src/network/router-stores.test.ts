// Goal: what the router must remember outlives its process; what users leave is bounded. Method: real
// files, closed and opened again.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EVIDENCE_FILE,
  openRouterStores,
  ROUTER_JOURNAL_FILE,
  type RouterStores,
} from './router-stores.ts';

const DAY_MS = 86_400_000;
const intent = 'a'.repeat(64) as Hash;
const other = 'b'.repeat(64) as Hash;
const idOf = (i: number) => i.toString(16).padStart(64, '0') as Hash;
const alice = 'pk:alice' as PartyId;
const bob = 'pk:bob' as PartyId;

let folder = '';
let time = 0;
let stores: RouterStores;

const open = () => openRouterStores(folder, { mirroredPerParty: 3, now: () => time });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomicity-router-'));
  time = 100 * DAY_MS;
  stores = open();
});

afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

function reopen(): void {
  stores.close();
  stores = open();
}

it('is readable by its owner only', () => {
  const modes = [ROUTER_JOURNAL_FILE, EVIDENCE_FILE].map(
    (name) => statSync(join(folder, name)).mode & 0o077,
  );
  expect(modes).toEqual([0, 0]);
});

describe('the journal', () => {
  it('keeps, replaces and drops notes over a restart', () => {
    stores.journal.put('payment', 'k', 'one');
    stores.journal.put('payment', 'k', 'two');
    stores.journal.put('sequence', 'k', 'other kind');
    stores.journal.put('payment', 'gone', 'x');
    stores.journal.drop('payment', 'gone');
    reopen();
    expect(stores.journal.all('payment')).toEqual([{ key: 'k', text: 'two' }]);
    expect(stores.journal.get('sequence', 'k')).toBe('other kind');
    expect(stores.journal.get('payment', 'gone')).toBeUndefined();
  });
});

describe('evidence', () => {
  it('is kept once, in the order of arrival, by intent', () => {
    for (const i of [2, 1, 2]) expect(stores.evidence.note(intent, idOf(i), `t${i}`)).toBe(true);
    stores.evidence.note(other, idOf(1), 'elsewhere');
    reopen();
    expect(stores.evidence.of(intent)).toEqual(['t2', 't1']);
    expect(stores.evidence.of(other)).toEqual(['elsewhere']);
  });

  it('finds an end at 512 texts of one intent, and says so', () => {
    for (let i = 0; i < 512; i += 1) stores.evidence.note(intent, idOf(i), 't');
    expect(stores.evidence.note(intent, idOf(512), 't')).toBe(false);
    expect(stores.evidence.note(intent, idOf(1), 't')).toBe(true);
    expect(stores.evidence.note(other, idOf(512), 't')).toBe(true);
  });

  it('is forgotten after thirty days', () => {
    stores.evidence.note(intent, idOf(1), 'old');
    time += 20 * DAY_MS;
    stores.evidence.note(intent, idOf(2), 'new');
    time += 11 * DAY_MS;
    reopen();
    expect(stores.evidence.of(intent)).toEqual(['new']);
  });
});

describe('what users leave', () => {
  it('is kept for each party apart, once, over a restart', async () => {
    expect(await stores.mirror.keep(alice, intent, ['r1', 'r2'])).toBe('kept');
    expect(await stores.mirror.keep(alice, intent, ['r2'])).toBe('kept');
    reopen();
    expect(await stores.mirror.of(alice, intent)).toEqual(['r1', 'r2']);
    expect(await stores.mirror.of(bob, intent)).toEqual([]);
  });

  it('is kept whole or not at all where the room ends', async () => {
    await stores.mirror.keep(alice, intent, ['r1', 'r2']);
    expect(await stores.mirror.keep(alice, other, ['r3', 'r4'])).toBe('full');
    expect(await stores.mirror.of(alice, other)).toEqual([]);
    expect(await stores.mirror.keep(alice, other, ['r3'])).toBe('kept');
    expect(await stores.mirror.keep(bob, other, ['r3', 'r4'])).toBe('kept');
  });
});
