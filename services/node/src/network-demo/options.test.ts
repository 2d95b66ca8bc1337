import { expect, it } from 'vitest';
import { parseDemoOptions } from './options.ts';

it('plays everything unless told otherwise', () => {
  const { scenes, keep, json } = parseDemoOptions([]);
  expect([[...scenes], keep, json]).toEqual([[1, 2, 3, 4, 5, 6], null, false]);
});

it('takes scenes, a folder, and JSON', () => {
  const options = parseDemoOptions(['--scenes', '1,5', '--keep', 'here', '--json', '--exit']);
  expect(options).toEqual({ scenes: new Set([1, 5]), keep: 'here', json: true, help: false });
});

it.each([
  [['--scenes', '7'], '--scenes: numbers from 1 to 6'],
  [['--scenes', ''], '--scenes: numbers from 1 to 6'],
  [['--fast'], "Unknown option '--fast'"],
  [['1'], "Unexpected argument '1'"],
])('%j is refused', (argv, message) => {
  expect(() => parseDemoOptions(argv)).toThrow(message);
});
