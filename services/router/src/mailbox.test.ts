// Goal: what goes to one peer shares messages when the peer is busy, and nobody gets another's answers.
// Method: a carrier that answers when the test says so.

import { testParty } from '@atomicity/kernel/testing/world';
import type { PartyId } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
import { Mailbox } from './mailbox.ts';
import type { PeerAnswer } from './ports.ts';

const BOB = testParty('bob').id;
const CAROL = testParty('carol').id;

type Message = {
  readonly to: PartyId;
  readonly objects: readonly string[];
  readonly kinds: readonly string[];
  readonly answer: (answer?: PeerAnswer) => Promise<void>;
  readonly fail: () => Promise<void>;
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Answers `answer/<object>` for each object, and some more. */
function answerOf(objects: readonly string[]): PeerAnswer {
  const answers = objects.map(
    (object) => ({ kind: 'answer', object: `answer/${object}` }) as const,
  );
  return { answers: [...answers, { kind: 'answer', object: 'further' }], clock: 'clock' };
}

function mailbox(objectsMax = 3, messagesMax = 1) {
  const messages: Message[] = [];
  const box = new Mailbox({
    objectsMax,
    messagesMax,
    carry: (to, objects, kinds) => {
      const { promise, resolve, reject } = Promise.withResolvers<PeerAnswer>();
      const answer = (given = answerOf(objects)) => {
        resolve(given);
        return settled();
      };
      const fail = () => {
        reject(new Error('no answer'));
        return settled();
      };
      messages.push({ to, objects, kinds, answer, fail });
      return promise;
    },
  });
  const textsOf = async (answer: Promise<PeerAnswer>) =>
    (await answer).answers.map((one) => (one.kind === 'answer' ? one.object : one.kind));
  return { box, messages, textsOf };
}

describe('a mailbox', () => {
  it('sends at once while the peer is not busy, and then together, in order', async () => {
    const { box, messages, textsOf } = mailbox();
    const first = box.send(BOB, ['a'], 'voucher');
    const later = [box.send(BOB, ['b'], 'voucher'), box.send(BOB, ['c'], 'claim')];
    expect(messages.map(({ objects }) => objects)).toEqual([['a']]);
    await messages[0]?.answer();
    expect(messages.map(({ objects }) => objects)).toEqual([['a'], ['b', 'c']]);
    expect(messages[1]?.kinds).toEqual(['voucher', 'claim']);
    await messages[1]?.answer();
    expect(await textsOf(first)).toEqual(['answer/a']);
    expect(await Promise.all(later.map(textsOf))).toEqual([['answer/b'], ['answer/c']]);
  });

  it('keeps what belongs together in one message, and each message within its size', async () => {
    const { box, messages, textsOf } = mailbox();
    void box.send(BOB, ['a'], 'voucher');
    const pair = box.send(BOB, ['b', 'c'], 'release');
    const next = box.send(BOB, ['d', 'e'], 'release');
    const large = box.send(BOB, ['f', 'g', 'h', 'i'], 'release');
    for (let i = 0; i < 4; i++) await messages[i]?.answer();
    const sent = messages.map(({ objects }) => objects.join(''));
    expect(sent).toEqual(['a', 'bc', 'de', 'fghi']);
    expect(await textsOf(pair)).toEqual(['answer/b', 'answer/c']);
    expect(await textsOf(next)).toEqual(['answer/d', 'answer/e']);
    expect(await textsOf(large)).toHaveLength(4);
  });

  it('lets a ping ride along, with the clock of the whole message', async () => {
    const { box, messages } = mailbox();
    void box.send(BOB, ['a'], 'voucher');
    const ping = box.send(BOB, [], 'ping');
    const more = box.send(BOB, ['b'], 'voucher');
    await messages[0]?.answer();
    expect(messages[1]?.objects).toEqual(['b']);
    await messages[1]?.answer();
    expect(await ping).toEqual({ answers: [], clock: 'clock' });
    expect((await more).answers).toHaveLength(1);
  });

  it('fails for everybody in a message that failed, and goes on with the others', async () => {
    const { box, messages, textsOf } = mailbox();
    void box.send(BOB, ['a'], 'voucher');
    const outcomes = Promise.allSettled(
      ['b', 'c', 'd'].map((one) => box.send(BOB, [one], 'claim')),
    );
    const last = box.send(BOB, ['e'], 'claim');
    await messages[0]?.answer();
    await messages[1]?.fail();
    expect((await outcomes).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    await messages[2]?.answer();
    expect(await textsOf(last)).toEqual(['answer/e']);
  });

  it('gives an object whose answer is missing none', async () => {
    const { box, messages, textsOf } = mailbox();
    const sent = box.send(BOB, ['a', 'b'], 'release');
    await messages[0]?.answer({ answers: [{ kind: 'none' }], clock: 'clock' });
    expect(await textsOf(sent)).toEqual(['none']);
  });

  it('has as many messages under way as it may, for each peer alone', async () => {
    const { box, messages } = mailbox(1, 2);
    for (const object of ['a', 'b', 'c', 'd']) void box.send(BOB, [object], 'voucher');
    void box.send(CAROL, ['e'], 'voucher');
    expect(messages.map(({ objects }) => objects[0])).toEqual(['a', 'b', 'e']);
    await messages[1]?.answer();
    expect(messages.map(({ objects }) => objects[0])).toEqual(['a', 'b', 'e', 'c']);
  });
});
