// Goal: what users leave with their node comes back byte for byte, within their quota, after a restart
// too. Method: real files in a folder of their own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testHash } from '@atomicity/kernel/testing/keys';
import { testParty } from '@atomicity/kernel/testing/world';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceFile } from './evidence-file.ts';
import { UnknownFile } from './mirror-file.ts';
import { ReceiptMirror } from './receipt-mirror.ts';
import { storesContract } from './stores-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-mirror-'));
const closing: { close(): void }[] = [];
let files = 0;

const fresh = (): string => join(folder, `${files++}.db`);

function mirrorAt(path: string, textsPerParty = 3, sizePerParty = 100): ReceiptMirror {
  const mirror = new ReceiptMirror(path, { textsPerParty, sizePerParty });
  closing.push(mirror);
  return mirror;
}

function evidenceAt(path: string, textsMax = 1_000): EvidenceFile {
  const evidence = new EvidenceFile(path, { textsPerIntent: 3, textsMax });
  closing.push(evidence);
  return evidence;
}

afterAll(() => {
  for (const file of closing) file.close();
  rmSync(folder, { recursive: true });
});

storesContract('on disk', () => ({
  journal: mirrorAt(fresh()).journal(),
  evidence: evidenceAt(fresh()),
}));

const ALICE = testParty('alice').id;
const BOB = testParty('bob').id;
const INTENT = testHash('intent');

describe('a mirror', () => {
  it('gives each party what it left, as it was, also after a restart', async () => {
    const path = fresh();
    const mirror = mirrorAt(path);
    expect(await mirror.keep(ALICE, INTENT, ['{"b":1}', '{"a":"\u00e9"}'])).toBe('kept');
    expect(await mirror.keep(ALICE, INTENT, ['{"b":1}'])).toBe('kept');
    expect(await mirror.keep(BOB, INTENT, ['{}'])).toBe('kept');
    mirror.close();
    const again = mirrorAt(path);
    expect(await again.of(ALICE, INTENT)).toEqual(['{"b":1}', '{"a":"\u00e9"}']);
    expect(await again.of(BOB, INTENT)).toEqual(['{}']);
    expect(await again.of(BOB, testHash('other'))).toEqual([]);
  });

  it('is full for one party at its quota of texts, and takes all of a list or nothing', async () => {
    const mirror = mirrorAt(fresh());
    expect(await mirror.keep(ALICE, INTENT, ['1', '2'])).toBe('kept');
    expect(await mirror.keep(ALICE, INTENT, ['3', '4'])).toBe('full');
    expect(await mirror.of(ALICE, INTENT)).toEqual(['1', '2']);
    expect(await mirror.keep(ALICE, INTENT, ['3', '3'])).toBe('kept');
    expect(await mirror.keep(ALICE, INTENT, ['1', '2', '3'])).toBe('kept');
    expect(await mirror.keep(BOB, INTENT, ['1'])).toBe('kept');
  });

  it('is full at its quota of size', async () => {
    const mirror = mirrorAt(fresh());
    expect(await mirror.keep(ALICE, INTENT, ['x'.repeat(100)])).toBe('kept');
    expect(await mirror.keep(ALICE, testHash('other'), ['y'])).toBe('full');
  });

  it('keeps the journal over a restart', () => {
    const path = fresh();
    const mirror = mirrorAt(path);
    mirror.journal().put('payment', 'intent', 'texts');
    mirror.close();
    expect(mirrorAt(path).journal().all('payment')).toEqual([{ key: 'intent', text: 'texts' }]);
  });

  it('refuses a file of another program', () => {
    const path = fresh();
    writeFileSync(path, 'no database at all, but more than enough text for a header of one');
    expect(() => mirrorAt(path)).toThrow();
    const other = fresh();
    const mirror = mirrorAt(other);
    mirror.close();
    expect(() => evidenceAt(other)).toThrow(UnknownFile);
  });
});

describe('evidence', () => {
  it('keeps over a restart what it was given last, in order', () => {
    const path = fresh();
    const evidence = evidenceAt(path);
    for (const name of ['2', '1']) evidence.note(INTENT, testHash(name), name);
    evidence.close();
    const again = evidenceAt(path);
    again.note(INTENT, testHash('1'), '1');
    again.note(INTENT, testHash('3'), '3');
    expect(again.of(INTENT)).toEqual(['2', '1', '3']);
    expect(again.note(INTENT, testHash('4'), '4')).toBe(false);
  });

  it('drops the oldest texts of all when there are too many', () => {
    const evidence = evidenceAt(fresh(), 100);
    for (let i = 1; i <= 256; i++) evidence.note(testHash(`${i}`), testHash('one'), `${i}`);
    expect(evidence.of(testHash('156'))).toEqual([]);
    expect(evidence.of(testHash('157'))).toEqual(['157']);
    expect(evidence.of(testHash('256'))).toEqual(['256']);
  });
});
