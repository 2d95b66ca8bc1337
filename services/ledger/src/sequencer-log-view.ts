import { OperatingError } from '@atomicity/event-log/port';
import type { Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import type { LoggedEvent, LogView } from './log-view.ts';

/** The log as a sequencer keeps it: the `LogView` of a node that runs one. */
export function sequencerLogView(sequencer: Sequencer): LogView {
  return {
    checkpoint: async () => sequencer.latest()?.note,
    tile: (path) => sequencer.tile(`tile/${path}`),
    inclusion: async (index, size) => hashes(() => sequencer.inclusionProof(index, size)),
    consistency: async (from, to) => hashes(() => sequencer.consistencyProof(from, to)),
    event: (index) => eventAt(sequencer, index),
  };
}

async function eventAt(sequencer: Sequencer, index: number): Promise<LoggedEvent | undefined> {
  for await (const event of sequencer.events(index, 1)) {
    const { envelope, disclosure, payload, salt } = event;
    return {
      index,
      envelope: Buffer.from(envelope).toString('utf8'),
      disclosure,
      payload,
      salt: salt === null ? null : bytesToHex(salt),
    };
  }
  return undefined;
}

/** The proof in hex; undefined where the tree has no such index or size. */
function hashes(proof: () => readonly Uint8Array[]): readonly string[] | undefined {
  try {
    return proof().map(bytesToHex);
  } catch (error) {
    if (error instanceof RangeError || error instanceof OperatingError) return undefined;
    throw error;
  }
}
