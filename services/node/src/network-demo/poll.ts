import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswer, RefusedByNode } from '@atomicity/client/node-problem';

const POLL_MS = 40;

/** The story waited for something that did not come. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen';
}

/**
 * Asks until there is an answer. A node that is down, and one that does not know yet, are asked again.
 * @throws NotSeen after `deadlineMs`.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  deadlineMs = 45_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (error instanceof NoAnswer || error instanceof RefusedByNode) return undefined;
      throw error;
    });
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new NotSeen(`waited ${deadlineMs / 1000} s for ${what}`);
    await pause(POLL_MS);
  }
}
