// Goal: a file is a bundle or is refused at the first line that is wrong, by name. Method: a table of
// changes to a good bundle, its end recomputed where the change would otherwise only show there.
import { beforeAll, describe, expect, it } from 'vitest';
import { type FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { resealed } from '../testing/rewritten-log.ts';
import { linesOf } from './lines.ts';
import { readBundle } from './read-bundle.ts';
import { BUNDLE_REFUSALS, UnusableBundle } from './refusal.ts';

let world: FleetWorld;
let full: string;
let sealed: string;

beforeAll(async () => {
  world = await fleetWorld();
  full = await world.bundle('full');
  sealed = await world.bundle('sealed');
});

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function refusalOf(bundle: string | Uint8Array): Promise<string> {
  try {
    for await (const _ of readBundle(inPieces(Buffer.from(bundle), 4096)));
    return 'none';
  } catch (error) {
    if (error instanceof UnusableBundle) return error.refusal.reason;
    throw error;
  }
}

async function typesOf(bundle: string, pieceBytes: number): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { type } of readBundle(inPieces(Buffer.from(bundle), pieceBytes))) {
    types.push(type);
  }
  return types;
}

const replaceLine = (text: string, index: number, edit: (line: string) => string) =>
  resealed(text, (lines) => lines.map((line, i) => (i === index ? edit(line) : line)));

describe('a bundle', () => {
  it('has its records in their fixed order', async () => {
    expect([...new Set(await typesOf(full, 1 << 16))]).toEqual([
      'bundle',
      'event',
      'checkpoint',
      'verification-key',
      'anchor',
      'book',
      'end',
    ]);
    expect([...new Set(await typesOf(sealed, 1 << 16))]).toEqual([
      'bundle',
      'event',
      'checkpoint',
      'verification-key',
      'anchor',
      'end',
    ]);
  });

  it('reads the same however its bytes are cut', async () => {
    const whole = await typesOf(full, 1 << 20);
    expect(await typesOf(full, 7)).toEqual(whole);
    expect(await typesOf(full, 1000)).toEqual(whole);
  });

  it('is written the same every time', async () => {
    expect(await world.bundle('full')).toBe(full);
    expect(await world.bundle('sealed')).toBe(sealed);
  });
});

const REFUSED: readonly [string, string, () => string | Uint8Array][] = [
  ['not_utf8', 'a stray byte', () => Buffer.concat([Buffer.of(0xff), Buffer.from(full)])],
  ['truncated', 'no bytes at all', () => ''],
  ['truncated', 'no line feed at the end', () => full.slice(0, -1)],
  ['truncated', 'no end line', () => full.slice(0, full.lastIndexOf('\n', full.length - 2) + 1)],
  ['not_json', 'an empty line', () => full.replace('\n', '\n\n')],
  ['not_json', 'carriage returns', () => full.replaceAll('\n', 'x\r\n')],
  ['too_deep', 'deep nesting', () => `${'['.repeat(40)}${']'.repeat(40)}\n`],
  ['duplicate_key', 'a repeated key', () => full.replace('"v":2}', '"v":2,"v":2}')],
  [
    'unsupported_number',
    'a fraction',
    () => replaceLine(full, 0, (l) => l.replace(':2}', ':2.5}')),
  ],
  [
    'unsupported_text',
    'a lone surrogate',
    () => full.replace('"log.example', '"\\ud800log.example'),
  ],
  ['not_canonical', 'spaces', () => full.replace('{', '{ ')],
  ['not_an_object', 'a number', () => `1\n${full}`],
  ['unknown_record', 'another type', () => full.replace('"type":"event"', '"type":"evening"')],
  ['unknown_version', 'version 1', () => full.replace('"v":2}', '"v":1}')],
  [
    'missing_field',
    'an event without index',
    () => replaceLine(full, 1, (line) => line.replace('"index":0,', '')),
  ],
  [
    'unknown_field',
    'an event with a comment',
    () => replaceLine(full, 1, (line) => line.replace('{', '{"comment":"",')),
  ],
  [
    'bad_field',
    'a salt that is none',
    () => replaceLine(full, 1, (line) => line.replace(/"salt":"../, '"salt":"zz')),
  ],
  [
    'wrong_size',
    'a checkpoint before the events',
    () =>
      resealed(full, ([head = '', ...rest]) => [head, '{"note":"","type":"checkpoint"}', ...rest]),
  ],
  ['out_of_order', 'a second header', () => resealed(full, ([h = '', ...rest]) => [h, h, ...rest])],
  [
    'out_of_order',
    'a repeated anchor',
    () => resealed(full, (lines) => lines.flatMap((l) => (l.includes('"anchor"}') ? [l, l] : [l]))),
  ],
  [
    'out_of_order',
    'a snapshot of another stream',
    () => {
      const line = `{"revision":0,"state":{},"stream":"${'00'.repeat(16)}","type":"snapshot"}`;
      return resealed(full, ([head = '', first = '', ...rest]) => [head, first, line, ...rest]);
    },
  ],
  [
    'not_in_sealed_bundle',
    'balances in a sealed bundle',
    () => {
      const book = full.split('\n').find((line) => line.endsWith('"type":"book"}')) ?? '';
      return resealed(sealed, (lines) => [...lines, book]);
    },
  ],
  [
    'unknown_field',
    'a payload in a sealed bundle',
    () =>
      replaceLine(sealed, 1, (line) =>
        line.replace('"type":"event"', '"payload":{},"type":"event"'),
      ),
  ],
  [
    'wrong_index',
    'two events exchanged',
    () => resealed(full, ([head = '', a = '', b = '', ...rest]) => [head, b, a, ...rest]),
  ],
  [
    'wrong_index',
    'an event too many',
    () => resealed(full, (lines) => lines.flatMap((l, i) => (i === 44 ? [l, l] : [l]))),
  ],
  [
    'wrong_size',
    'the last event missing',
    () => resealed(full, (lines) => lines.filter((line) => !line.includes(`"index":43,`))),
  ],
  ['wrong_count', 'a wrong count', () => full.replace(/"records":\d+/, '"records":7')],
  [
    'wrong_digest',
    'a wrong digest',
    () => full.replace(/"digest":"../, '"digest":"zz').replace('zz', '00'),
  ],
  ['after_end', 'a line after the end', () => `${full}{}\n`],
  [
    'missing_record',
    'no checkpoint',
    () => resealed(full, (lines) => lines.filter((line) => !line.endsWith('"type":"checkpoint"}'))),
  ],
  ['missing_record', 'no header', () => full.slice(full.indexOf('\n') + 1)],
];

describe('a file is unusable', () => {
  it.each(REFUSED)('%s: %s', async (reason, _what, bundle) => {
    expect(await refusalOf(bundle())).toBe(reason);
  });

  it('line_too_long: an event over a mebibyte', async () => {
    const long = replaceLine(full, 1, (line) => line.replace('"test"', `"${'x'.repeat(1 << 20)}"`));
    expect(await refusalOf(long)).toBe('line_too_long');
  });

  it('has a row for every reason but the one that no line can have', () => {
    const reasons = new Set([...REFUSED.map(([reason]) => reason), 'line_too_long']);
    // The reader bounds lines by bytes before it parses them.
    expect(BUNDLE_REFUSALS.filter((reason) => !reasons.has(reason))).toEqual(['object_too_large']);
  });

  it('names the line', async () => {
    const error = await (async () => {
      for await (const _ of readBundle(inPieces(Buffer.from(`${full}{}\n`), 4096)));
    })().catch((caught: unknown) => caught);
    const lines = full.split('\n').length;
    expect(error).toMatchObject({ refusal: { reason: 'after_end', line: lines } });
  });
});

describe('lines', () => {
  it('come whole from any pieces', async () => {
    const lines: string[] = [];
    for await (const line of linesOf(inPieces(Buffer.from('one\ntwo\n\nthree\n'), 2))) {
      lines.push(Buffer.from(line).toString());
    }
    expect(lines).toEqual(['one\n', 'two\n', '\n', 'three\n']);
  });
});
