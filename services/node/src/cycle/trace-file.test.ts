// Goal: a bad trace is refused with the line, the field and the rule. Method: one row for each rule.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTrace } from './trace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-trace-'));
let files = 0;
function file(text: string): string {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, text);
  return path;
}
const header = 'TIMESTAMP,ContextTokens,GeneratedTokens';

describe('readTrace', () => {
  it('reads the rows, up to the limit', async () => {
    const path = file(`${header}\r\n2023-11-16 18:17:03.97,4808,10\r\n2023-11-16 18:17:04,1,2\n\n`);
    expect(await readTrace(path, 10)).toEqual([
      { contextTokens: 4808, generatedTokens: 10 },
      { contextTokens: 1, generatedTokens: 2 },
    ]);
    expect(await readTrace(path, 1)).toHaveLength(1);
  });

  it.each([
    ['TIME,A,B\n', ':1: the header must be'],
    [`${header}\n`, ': no rows after the header'],
    [`${header}\n2023-11-16 18:17:03,1\n`, ':2: 3 fields expected, 2 found'],
    [`${header}\nyesterday,1,2\n`, ':2: TIMESTAMP must be'],
    [`${header}\n2023-11-16 18:17:03,1,2\n2023-11-16 18:17:03,-1,2\n`, ':3: ContextTokens must be'],
    [`${header}\n2023-11-16 18:17:03,1,1e3\n`, ':2: GeneratedTokens must be'],
    [`${header}\n2023-11-16 18:17:03,1.5,1\n`, ':2: ContextTokens must be'],
    [`${header}\n2023-11-16 18:17:03,10000001,1\n`, ':2: ContextTokens must be'],
  ])('refuses %j', async (text, message) => {
    await expect(readTrace(file(text), 10)).rejects.toThrow(message);
  });

  it('names a file that is not there', async () => {
    await expect(readTrace(join(folder, 'none.csv'), 10)).rejects.toThrow('none.csv');
  });
});
