// Goal: the documented text of a history, and nothing else. Method: the page's example, one fault in each
// place, and random histories written and read.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unixMs } from '../units/time.ts';
import { type FeeRow, readFeeHistory, writeFeeHistory } from './fee-history.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);

const HEAD = `atomicity fee history v1
at baseFeePerGas priorityFeePerGas blobBaseFee externalPerUnit
`;
const EXAMPLE = `${HEAD}1795000000000 8123456789 10000000 1 3000000000000
1795000012000 8000000000 10000000 - -
`;

test('the example of the page is read, and written back', () => {
  const page = new URL('../../../../docs/reference/fee-history.md', import.meta.url);
  expect(readFileSync(page, 'utf8')).toContain(`\`\`\`\n${EXAMPLE}\`\`\``);
  const rows = [
    {
      at: unixMs(1_795_000_000_000),
      baseFeePerGas: 8_123_456_789n,
      priorityFeePerGas: 10_000_000n,
      blobBaseFee: 1n,
      externalPerUnit: 3_000_000_000_000n,
    },
    {
      at: unixMs(1_795_000_012_000),
      baseFeePerGas: 8_000_000_000n,
      priorityFeePerGas: 10_000_000n,
      blobBaseFee: null,
      externalPerUnit: null,
    },
  ];
  expect(readFeeHistory(EXAMPLE)).toEqual({ kind: 'read', rows });
  expect(writeFeeHistory(rows)).toBe(EXAMPLE);
});

describe('a history is refused', () => {
  const row = (text: string) => `${HEAD}5 1 1 1 1\n${text}\n`;
  test.each([
    ['without its name', 'at baseFeePerGas', 1, 'header'],
    ['of another version', EXAMPLE.replace('v1', 'v2'), 1, 'header'],
    ['with other columns', EXAMPLE.replace('blobBaseFee', 'blobFee'), 2, 'header'],
    ['with lines that end as elsewhere', EXAMPLE.replaceAll('\n', '\r\n'), 1, 'header'],
    ['without a row', HEAD, 3, 'row'],
    ['cut in its last line', EXAMPLE.slice(0, -1), 4, 'row'],
    ['with an empty line', `${EXAMPLE}\n`, 5, 'row'],
    ['with a column too few', row('6 1 1 1'), 4, 'row'],
    ['with a column too many', row('6 1 1 1 1 1'), 4, 'row'],
    ['with two spaces', row('6 1  1 1 1'), 4, 'row'],
    ['at the time of the row before', row('5 1 1 1 1'), 4, 'at'],
    ['at an earlier time', row('4 1 1 1 1'), 4, 'at'],
    ['at a time past 2^48', row('281474976710656 1 1 1 1'), 4, 'at'],
    ['at a time with a zero before it', row('06 1 1 1 1'), 4, 'at'],
    ['without a base fee', row('6 - 1 1 1'), 4, 'baseFeePerGas'],
    ['with a negative fee', row('6 -1 1 1 1'), 4, 'baseFeePerGas'],
    ['without a priority fee', row('6 1 - 1 1'), 4, 'priorityFeePerGas'],
    ['with a fraction', row('6 1 1.5 1 1'), 4, 'priorityFeePerGas'],
    ['with hex', row('6 1 1 0x1 1'), 4, 'blobBaseFee'],
    ['with a zero before a price', row('6 1 1 01 1'), 4, 'blobBaseFee'],
    ['with a price of 2^128', row(`6 1 1 1 ${2n ** 128n}`), 4, 'externalPerUnit'],
  ])('%s', (_, text, line, field) => {
    const reading = readFeeHistory(text);
    if (reading.kind === 'read') throw new Error('it was read');
    expect([reading.fault.line, reading.fault.field]).toEqual([line, field]);
    expect(reading.fault.rule).not.toBe('');
  });
});

test(`every history is read as it was written (seed ${SEED})`, () => {
  const price = fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(0n, 2n ** 128n - 1n));
  const row = fc.record({
    step: fc.integer({ min: 1, max: 10 ** 9 }),
    baseFeePerGas: price,
    priorityFeePerGas: price,
    blobBaseFee: fc.option(price),
    externalPerUnit: fc.option(price),
  });
  const history = fc.array(row, { minLength: 1, maxLength: 20 }).map((shapes) => {
    let at = 0;
    return shapes.map(({ step, ...prices }): FeeRow => {
      at += step;
      return { at: unixMs(at), ...prices };
    });
  });
  fc.assert(
    fc.property(history, (rows) => {
      expect(readFeeHistory(writeFeeHistory(rows))).toEqual({ kind: 'read', rows });
    }),
    { seed: SEED },
  );
});

test(`what is read is the one text of its history (seed ${SEED})`, () => {
  const cell = fc.constantFrom('0', '00', '1', '7', '-', ' ', '\n', '5 1 1 1 1\n', '6 1 1 - 0\n');
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 8 }), (cells) => {
      const text = HEAD + cells.join('');
      const reading = readFeeHistory(text);
      if (reading.kind === 'read') expect(writeFeeHistory(reading.rows)).toBe(text);
    }),
    { seed: SEED, numRuns: 500 },
  );
});
