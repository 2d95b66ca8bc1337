/** Bytes in any pieces → lines, each with its line feed, bounded in length. */
import { STATE_LINE_BYTES_MAX } from './records.ts';
import { UnusableBundle } from './refusal.ts';

const LINE_FEED = 0x0a;

/**
 * Splits a byte stream at line feeds.
 * @throws UnusableBundle `line_too_long` past the longest line that any record may take, `truncated`
 * if the last line has no line feed.
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let line = 1;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const piece of pieces) {
    let start = 0;
    for (;;) {
      const end = piece.indexOf(LINE_FEED, start);
      if (end < 0) break;
      const last = piece.subarray(start, end + 1);
      yield pending.length === 0 ? last : Buffer.concat([...pending, last]);
      pending = [];
      pendingBytes = 0;
      line += 1;
      start = end + 1;
    }
    if (start < piece.length) {
      pending.push(piece.subarray(start));
      pendingBytes += piece.length - start;
    }
    if (pendingBytes > STATE_LINE_BYTES_MAX) {
      throw new UnusableBundle({ reason: 'line_too_long', line });
    }
  }
  if (pendingBytes > 0) throw new UnusableBundle({ reason: 'truncated', line });
}
