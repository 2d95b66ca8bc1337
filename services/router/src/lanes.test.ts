// Goal: one peer that does not answer holds nobody else up. Method: jobs that the test ends by hand.
import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('lanes', () => {
  it('run so many jobs of a name at once, in order, and other names beside them', async () => {
    const lanes = new Lanes(2);
    const begun: string[] = [];
    const end = new Map<string, () => void>();
    const job = (name: string) => (): Promise<void> => {
      begun.push(name);
      return new Promise((resolve) => end.set(name, resolve));
    };
    for (const name of ['a1', 'a2', 'a3', 'a4']) lanes.run('a', job(name));
    lanes.run('b', job('b1'));
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    end.get('a2')?.();
    await settle();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('go on after a job that fails', async () => {
    const lanes = new Lanes(1);
    const begun: string[] = [];
    lanes.run('a', () => Promise.reject(new Error('a job failed')));
    lanes.run('a', () => {
      begun.push('second');
      return Promise.resolve();
    });
    await settle();
    expect(begun).toEqual(['second']);
  });
});
