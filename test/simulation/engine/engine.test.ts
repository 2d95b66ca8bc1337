// Goal: the engine is what the runs rest on: one order of events, repeatable chance, faults within
// their budget. Method: each part by itself.
import { describe, expect, it } from 'vitest';
import { Availability } from './availability.ts';
import { FAULT_BUDGETS } from './fault-budget.ts';
import { ANSWER_TIMEOUT_MS, Network } from './network.ts';
import { Random } from './random.ts';
import { Trace } from './trace.ts';
import { SkewedClock, VirtualTime } from './virtual-time.ts';

const nothing = () => {};
const never = () => false;

describe('virtual time', () => {
  it('runs by time, then in the order of planning, and drains promises in between', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    const note = (what: string) => async () => {
      seen.push(`${what} at ${time.nowMs}`);
      for (let i = 0; i < 50; i++) await undefined;
      seen.push(`${what} settled`);
    };
    time.after(2, note('later'));
    time.after(1, note('first'));
    time.after(1, note('second'));
    const cancel = time.after(1, note('never'));
    cancel();
    await time.runUntil(10_000, () => seen.push('check'), never);
    expect(seen).toEqual([
      'first at 1',
      'first settled',
      'check',
      'second at 1',
      'second settled',
      'check',
      'later at 2',
      'later settled',
      'check',
    ]);
    expect([time.nowMs, time.eventCount]).toEqual([10, 3]);
  });

  it('keeps clocks that are wrong by an offset and a rate', async () => {
    const time = new VirtualTime();
    const fast = new SkewedClock(time, 1_000, 1_000_000);
    let rang = -1;
    fast.after(2_000, () => {
      rang = time.nowMs;
    });
    await time.runUntil(2_000_000, nothing, never);
    expect([rang, fast.now(), fast.trueMs(3_000)]).toEqual([1_000, 5_000, 1_000]);
  });
});

describe('chance', () => {
  it('follows from the label, and forks do not move one another', () => {
    const draw = (random: Random) => Array.from({ length: 4 }, () => random.word());
    const one = new Random('1');
    const fork = draw(one.fork('a'));
    one.word();
    expect(draw(one.fork('a'))).toEqual(fork);
    expect(draw(new Random('1').fork('b'))).not.toEqual(fork);
    expect(draw(new Random('2').fork('a'))).not.toEqual(fork);
  });
});

/** A network on which every request is answered at once, if it comes at all. */
function makeNetwork(seed: string, change: Partial<typeof FAULT_BUDGETS.rough.network>) {
  const time = new VirtualTime();
  const trace = new Trace();
  let taken = 0;
  const network = new Network<string, string>({
    time,
    random: new Random(seed),
    trace,
    availability: new Availability(),
    faults: { ...FAULT_BUDGETS.rough.network, ...change },
    lateness: () => 0,
    describe: { request: String, answer: String },
    observe: { request: nothing, answer: nothing },
    receiver: (_from, to, message) => {
      taken += 1;
      return to === 'down' ? undefined : Promise.resolve(`${message}!`);
    },
  });
  const end = (ms: number) => time.runUntil(ms * 1000, nothing, never);
  return { time, network, trace, end, taken: () => taken };
}

describe('the network', () => {
  it('loses no more in a row than its budget', async () => {
    const { time, network, end } = makeNetwork('loss', {
      lossChance: 1,
      lossesInARowMax: 2,
      duplicateChance: 0,
    });
    const outcomes: string[] = [];
    const ask = () => {
      network.send('a', 'b', 'x').then(
        (answer) => outcomes.push(answer),
        () => outcomes.push('silence'),
      );
    };
    for (let i = 0; i < 9; i++) time.after(i * 2 * ANSWER_TIMEOUT_MS, ask);
    await end(20 * ANSWER_TIMEOUT_MS);
    // Two requests lost, the third is taken; its answers fall to the budget of the way back.
    expect(outcomes).toEqual([...Array(8).fill('silence'), 'x!']);
  });

  it('passes nothing over a cut link nor to a node that is down, and everything once healed', async () => {
    const { time, network, end } = makeNetwork('cut', { lossChance: 1, duplicateChance: 1 });
    const outcomes: string[] = [];
    const ask = (to: string) => {
      network.send('a', to, to).then(
        (answer) => outcomes.push(answer),
        () => outcomes.push(`no ${to}`),
      );
    };
    network.cut('a', 'b');
    ask('b');
    await end(ANSWER_TIMEOUT_MS + 1);
    network.heal();
    ask('b');
    ask('down');
    await end(3 * ANSWER_TIMEOUT_MS);
    expect(outcomes).toEqual(['no b', 'b!', 'no down']);
    expect(time.nowMs).toBe(3 * ANSWER_TIMEOUT_MS);
  });

  it('doubles requests: they are taken twice and answered once', async () => {
    const made = makeNetwork('double', { lossChance: 0, duplicateChance: 1 });
    let answers = 0;
    made.network.send('a', 'b', 'x').then(() => {
      answers += 1;
    }, nothing);
    await made.end(2 * ANSWER_TIMEOUT_MS);
    expect([made.taken(), answers]).toEqual([2, 1]);
  });
});

describe('availability', () => {
  it('adds up what kept two nodes apart inside a window', () => {
    const gaps = new Availability();
    gaps.nodeDown('a', 10);
    gaps.nodeUp('a', 30);
    gaps.linkCut('b', 'a', 50);
    gaps.lost('a', 'b', 40, 5);
    expect(gaps.impairedUs('a', 'b', 20, 60)).toBe(10 + 10 + 5);
    expect(gaps.impairedUs('a', 'c', 20, 60)).toBe(10);
    gaps.linkMended('a', 'b', 55);
    expect(gaps.impairedUs('b', 'a', 20, 60)).toBe(10 + 5 + 5);
  });
});
