// Goal: the file does what the contract says, also after a restart. Method: real files.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testParty } from '@atomicity/kernel/testing/world';
import { afterAll, expect, it } from 'vitest';
import { ShareFile } from './share-file.ts';
import { place, shareStoreContract } from './share-store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-share-'));
const closing: ShareFile[] = [];
let files = 0;

function open(path = join(folder, `${files++}.db`)): ShareFile {
  const file = new ShareFile(path, 3);
  closing.push(file);
  return file;
}

afterAll(() => {
  for (const file of closing) file.close();
  rmSync(folder, { recursive: true });
});

shareStoreContract('on disk', () => open());

it('goes on from its cursor after a restart', () => {
  const path = join(folder, 'again.db');
  const alice = testParty('alice').id;
  const first = open(path);
  first.settle(alice, place(12), []);
  first.close();
  expect(open(path).cursor(alice)).toEqual(place(12));
});
