/**
 * Reads a bundle as a stream of records. What comes out has been checked for form, order, counts and
 * digest; nothing about its meaning has.
 */
import { textFromUtf8 } from '@atomicity/kernel/codec/bytes';
import { bundleDigest } from './digest.ts';
import { linesOf } from './lines.ts';
import { parseRecord } from './parse-record.ts';
import {
  type BundleRecord,
  EVENT_LINE_BYTES_MAX,
  type HeaderRecord,
  OTHER_LINE_BYTES_MAX,
  PAYLOAD_LINE_BYTES_MAX,
  SECTION_OF,
  STATE_LINE_BYTES_MAX,
} from './records.ts';
import { type BundleRefusalReason, UnusableBundle } from './refusal.ts';

const LINE_BYTES_MAX: Readonly<Record<BundleRecord['type'], number>> = {
  bundle: OTHER_LINE_BYTES_MAX,
  event: EVENT_LINE_BYTES_MAX,
  snapshot: STATE_LINE_BYTES_MAX,
  checkpoint: OTHER_LINE_BYTES_MAX,
  'verification-key': OTHER_LINE_BYTES_MAX,
  anchor: OTHER_LINE_BYTES_MAX,
  payload: PAYLOAD_LINE_BYTES_MAX,
  book: STATE_LINE_BYTES_MAX,
  end: OTHER_LINE_BYTES_MAX,
};

/** The place of a record among those of its section, as text that must grow from line to line. */
function orderKey(record: BundleRecord): string {
  switch (record.type) {
    case 'verification-key':
      return record.hash;
    case 'anchor':
      return `${String(record.size).padStart(16, '0')} ${record.rail} ${record.proof}`;
    case 'payload':
      return record.hash;
    case 'book':
      return record.stream;
    default:
      return '';
  }
}

/** Checks the order of records; holds what little it needs to know of the lines before. */
class Order {
  private events = 0;
  private section = 0;
  private lastKey = '';
  private lastStream = '';
  private lastRevision = -1;
  private snapshotDone = false;
  private readonly size: number;

  constructor(header: HeaderRecord) {
    this.size = header.size;
  }

  check(record: BundleRecord): BundleRefusalReason | undefined {
    const section = SECTION_OF[record.type];
    if (section < this.section || record.type === 'bundle') return 'out_of_order';
    if (section > this.section) this.lastKey = '';
    this.section = section;
    if (section > 1 && this.events !== this.size) return 'wrong_size';
    if (record.type === 'event') {
      if (record.index !== this.events || record.index >= this.size) return 'wrong_index';
      this.events += 1;
      this.lastStream = record.envelope.stream;
      this.lastRevision = record.envelope.revision;
      this.snapshotDone = false;
      return undefined;
    }
    if (record.type === 'snapshot') {
      const follows = record.stream === this.lastStream && record.revision === this.lastRevision;
      if (!follows || this.snapshotDone) return 'out_of_order';
      this.snapshotDone = true;
      return undefined;
    }
    const key = orderKey(record);
    if (key !== '' && key <= this.lastKey) return 'out_of_order';
    this.lastKey = key;
    return undefined;
  }
}

function lineText(bytes: Uint8Array, line: number): string {
  const text = textFromUtf8(bytes.subarray(0, bytes.length - 1));
  if (text === undefined) throw new UnusableBundle({ reason: 'not_utf8', line });
  return text;
}

/**
 * Yields the records of a bundle in order, the end record last. What follows a yielded record may
 * still turn out unusable: nothing may be reported before the iteration has ended.
 * @throws UnusableBundle with the first line that is wrong and why. Errors of `pieces` pass through.
 */
export async function* readBundle(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<BundleRecord, void, undefined> {
  const digest = bundleDigest();
  let line = 0;
  let header: HeaderRecord | undefined;
  let order: Order | undefined;
  let checkpoints = 0;
  let ended = false;
  for await (const bytes of linesOf(pieces)) {
    line += 1;
    if (ended) throw new UnusableBundle({ reason: 'after_end', line });
    const record = parseRecord(lineText(bytes, line), line, header?.kind);
    if (bytes.length > LINE_BYTES_MAX[record.type]) {
      throw new UnusableBundle({ reason: 'line_too_long', line });
    }
    if (record.type === 'bundle') {
      header = record;
      order = new Order(record);
    } else {
      const reason = order?.check(record);
      if (reason !== undefined) throw new UnusableBundle({ reason, line });
    }
    if (record.type === 'checkpoint') checkpoints += 1;
    if (record.type === 'end') {
      if (checkpoints === 0) throw new UnusableBundle({ reason: 'missing_record', line });
      if (record.records !== line - 1) throw new UnusableBundle({ reason: 'wrong_count', line });
      if (record.digest !== digest.finish()) {
        throw new UnusableBundle({ reason: 'wrong_digest', line });
      }
      ended = true;
    } else {
      digest.add(bytes);
    }
    yield record;
  }
  if (!ended) throw new UnusableBundle({ reason: 'truncated', line: line + 1 });
}
