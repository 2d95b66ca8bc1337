/** Revisions of every stream count 0, 1, 2, … and its times do not go back. */
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { EventRecord } from '../bundle/records.ts';
import { type Finding, fails } from '../claims/verdict.ts';

export type StreamOrder = {
  add(event: EventRecord): void;
  findings(): readonly Finding[];
};

/** Starts with no stream; `add` takes the events in log order. */
export function streamOrder(): StreamOrder {
  const streams = new Map<string, { revision: number; at: UnixMs }>();
  const findings: Finding[] = [];
  return {
    add({ index, envelope: { stream, revision, at } }) {
      const last = streams.get(stream);
      const where = `log index ${index}`;
      const expected = last === undefined ? 0 : last.revision + 1;
      if (revision !== expected) {
        findings.push(fails(`stream revision ${revision} where ${expected} is due`, where));
      }
      if (last !== undefined && at < last.at) {
        findings.push(fails('its time lies before that of the event before it', where));
      }
      streams.set(stream, { revision, at });
    },
    findings: () => findings,
  };
}
