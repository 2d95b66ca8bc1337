// Goal: a bad option is named, and every default holds together. Method: a table.
import { describe, expect, it } from 'vitest';
import { parseFleetDemoOptions } from './options.ts';

describe('the options of the fleet demonstration', () => {
  it('are the book’s scenario by default', () => {
    expect(parseFleetDemoOptions([])).toEqual({
      agents: 50,
      payments: 6,
      tier: 16,
      providers: 8,
      seed: '1',
      keep: null,
      json: false,
      help: false,
    });
  });

  it('take the larger tier where the payments need it', () => {
    expect(parseFleetDemoOptions(['--payments', '64']).tier).toBe(64);
    expect(parseFleetDemoOptions(['--payments', '16']).tier).toBe(16);
  });

  it.each([
    [['--agents', '4'], '--agents: a whole number from 5 to 64, not 4'],
    [['--agents', '65'], '--agents: a whole number from 5 to 64, not 65'],
    [['--payments', '1'], '--payments: a whole number from 2 to 64, not 1'],
    [['--tier', '32'], '--tier: 16 or 64, not 32'],
    [['--payments', '17', '--tier', '16'], '--payments: at most the tier, 16'],
    [['--providers', '1'], '--providers: a whole number from 2 to 32, not 1'],
    [['--frob'], "Unknown option '--frob'"],
  ])('%j is refused', (argv, message) => {
    expect(() => parseFleetDemoOptions(argv)).toThrow(message);
  });
});
