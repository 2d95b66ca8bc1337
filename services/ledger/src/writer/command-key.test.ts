// Goal: event ids computed with OpenSSL are the kernel's. Method: both for the same commands.
import { eventId } from '@atomicity/kernel/log/envelope';
import { STREAM } from '@atomicity/kernel/testing/world';
import { expect, it } from 'vitest';
import { commandEventId, commandKey, textFingerprint } from './command-key.ts';

it.each(['a', 'open/0', 'lapse/17', 'A.b_c-9', 'f'.repeat(64)])('for command %s', (commandId) => {
  for (const ordinal of [0, 1, 12]) {
    expect(commandEventId(STREAM, commandId, ordinal)).toBe(eventId(STREAM, commandId, ordinal));
  }
});

it('tells texts apart', () => {
  expect(textFingerprint('a')).not.toBe(textFingerprint('b'));
  expect(commandKey(STREAM, 'c', 'a').fingerprint).toBe(textFingerprint('a'));
});
