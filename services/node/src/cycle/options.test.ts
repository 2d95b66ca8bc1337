// Goal: bad options are refused by name before anything starts. Method: one row for each rule.
import { describe, expect, it } from 'vitest';
import { parseStartOptions } from './options.ts';

describe('parseStartOptions', () => {
  it('has a default for everything', () => {
    expect(parseStartOptions([])).toMatchObject({ tier: 16, agents: 4, exit: false, trace: null });
    expect(parseStartOptions(['--trace', 'x.csv'])).toMatchObject({ tier: 64, trace: 'x.csv' });
  });

  it.each([
    [['--tier', '32'], '--tier must be 16 or 64'],
    [['--tier', '256'], '--tier must be a whole number from 16 to 64'],
    [['--agents', '0'], '--agents must be a whole number from 1 to 64, not "0"'],
    [['--agents', '1.5'], '--agents must be'],
    [['--port', '65536'], '--port must be'],
    [['--price-context', '-1'], '--price-context'],
    [['--price-generated', '1e3'], '--price-generated must be'],
    [['--denomination', 'usd/6'], '--denomination must be CODE/SCALE'],
    [['--frobnicate'], "Unknown option '--frobnicate'"],
    [['extra'], 'extra'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseStartOptions(argv)).toThrow(message);
  });
});
