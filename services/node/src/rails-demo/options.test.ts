// Goal: a bad option is named, and the defaults are what the demonstration promises. Method: a table.
import { describe, expect, it } from 'vitest';
import { parseRailsDemoOptions } from './options.ts';

describe('the options of the rails demonstration', () => {
  it('are twenty kills between each pair of steps by default', () => {
    expect(parseRailsDemoOptions([])).toEqual({
      kills: 20,
      payments: 8,
      seed: '1',
      keep: null,
      json: false,
      help: false,
    });
  });

  it.each([
    [['--kills', '101'], '--kills: a whole number from 0 to 100, not 101'],
    [['--kills', '1.5'], '--kills: a whole number from 0 to 100, not 1.5'],
    [['--payments', '0'], '--payments: a whole number from 1 to 200, not 0'],
    [['--frob'], "Unknown option '--frob'"],
  ])('%j is refused', (argv, message) => {
    expect(() => parseRailsDemoOptions(argv)).toThrow(message);
  });
});
