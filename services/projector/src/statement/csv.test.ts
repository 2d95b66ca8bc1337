// Goal: records are RFC 4180 and harmless in a spreadsheet. Method: a table of fields and their text.
import { describe, expect, it } from 'vitest';
import { type CsvField, csvRecord } from './csv.ts';

const rows: readonly (readonly [string, readonly CsvField[], string])[] = [
  ['plain fields', ['a', 'b c'], 'a,b c\r\n'],
  ['numbers, negative ones too', [{ number: '1.50' }, { number: '-2' }], '1.50,-2\r\n'],
  ['an empty field for null', ['a', null, ''], 'a,,\r\n'],
  ['quotes for a comma', ['a,b'], '"a,b"\r\n'],
  ['doubled quotes', ['say "x"'], '"say ""x"""\r\n'],
  ['quotes for line breaks', ['a\r\nb', 'c\nd'], '"a\r\nb","c\nd"\r\n'],
  ['no formula', ['=1+1', '@x', '-x'], "'=1+1,'@x,'-x\r\n"],
];

describe('csvRecord', () => {
  it.each(rows)('writes %s', (_, fields, text) => {
    expect(csvRecord(fields)).toBe(text);
  });
});
