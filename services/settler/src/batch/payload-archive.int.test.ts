// Goal: what is kept is found again by its hash, and what was damaged is never handed out.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { afterAll, expect, test } from 'vitest';
import { PayloadArchive } from './payload-archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-payloads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Uint8Array.of(1, 2, 3);
const hash = hashFromBytes(createHash('sha256').update(bytes).digest());

test('keeps a payload by its hash, once', async () => {
  const archive = new PayloadArchive(join(folder, 'deep', 'payloads'));
  expect(await archive.list()).toEqual([]);
  expect(await archive.read(hash)).toBeUndefined();
  expect(await archive.keep(bytes)).toBe(hash);
  expect(await archive.keep(bytes)).toBe(hash);
  expect(await new PayloadArchive(join(folder, 'deep', 'payloads')).read(hash)).toEqual(bytes);
  expect(await archive.list()).toEqual([hash]);
  expect(readdirSync(join(folder, 'deep', 'payloads'))).toEqual([`${hash}.payload`]);
});

test('an empty payload is a payload', async () => {
  const archive = new PayloadArchive(join(folder, 'empty'));
  const empty = await archive.keep(new Uint8Array());
  expect(await archive.read(empty)).toEqual(new Uint8Array());
});

test('names what does not have its hash', async () => {
  const archive = new PayloadArchive(join(folder, 'damaged'));
  await archive.keep(bytes);
  writeFileSync(join(folder, 'damaged', `${hash}.payload`), Uint8Array.of(1, 2));
  await expect(archive.read(hash)).rejects.toThrow(`${hash}.payload`);
});
