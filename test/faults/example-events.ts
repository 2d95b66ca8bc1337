/** Events whose content tells run, stream and revision, so that a reader can check them one by one. */

import { createHash } from 'node:crypto';
import type { NewEvent } from '@atomicity/event-log/port';
import { type Hash, parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';

export function exampleStream(n: number): StreamId {
  const stream = parseStreamId(n.toString(16).padStart(32, '0'));
  if (stream === undefined) throw new RangeError(`no stream for ${n}`);
  return stream;
}

export function exampleEvent(run: number, stream: number, revision: number): NewEvent {
  const payload = JSON.stringify({ filler: 'x'.repeat(200), revision, run, stream });
  return {
    eventId: createHash('sha256').update(payload).digest('hex') as Hash,
    type: 'HoldPlaced',
    at: unixMs(1_795_251_960_000 + revision),
    payload,
    disclosure: null,
  };
}
