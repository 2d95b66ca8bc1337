import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { TraceRow } from './workload.ts';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const TOKENS_MAX = 10_000_000;

/** A trace that can't be used: the message names the file, the line, the field and the rule. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/**
 * Reads an inference trace, CSV with the columns `TIMESTAMP,ContextTokens,GeneratedTokens`.
 * Token counts are whole numbers from 0 to 10,000,000; the timestamps only have to be dates, because the
 * cycle runs now. Blank lines at the end are allowed.
 * @param rowsMax stops after that many rows.
 * @throws TraceError naming line, field and rule; nothing of a bad file is used.
 */
export async function readTrace(file: string, rowsMax: number): Promise<TraceRow[]> {
  const stream = createReadStream(file, 'utf8');
  const failed = new Promise<never>((_, reject) => {
    stream.once('error', (error) => reject(new TraceError(`${file}: ${error.message}`)));
  });
  return await Promise.race([
    failed,
    parseLines(file, createInterface({ input: stream }), rowsMax),
  ]);
}

async function parseLines(
  file: string,
  lines: AsyncIterable<string>,
  rowsMax: number,
): Promise<TraceRow[]> {
  const rows: TraceRow[] = [];
  let number = 0;
  for await (const raw of lines) {
    number += 1;
    const line = raw.replace(/\r$/, '');
    if (number === 1) {
      if (line.replace(/^\ufeff/, '') !== HEADER) {
        throw new TraceError(`${file}:1: the header must be ${HEADER}`);
      }
      continue;
    }
    if (line === '') continue;
    rows.push(parseRow(line, `${file}:${number}`));
    if (rows.length === rowsMax) break;
  }
  if (rows.length === 0) throw new TraceError(`${file}: no rows after the header`);
  return rows;
}

function parseRow(line: string, where: string): TraceRow {
  const cells = line.split(',');
  if (cells.length !== 3)
    throw new TraceError(`${where}: 3 fields expected, ${cells.length} found`);
  const [timestamp = '', context = '', generated = ''] = cells;
  if (!/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}/.test(timestamp)) {
    throw new TraceError(`${where}: TIMESTAMP must be a date and time, as 2023-11-16 18:17:03`);
  }
  return {
    contextTokens: tokens(context, 'ContextTokens', where),
    generatedTokens: tokens(generated, 'GeneratedTokens', where),
  };
}

function tokens(cell: string, field: string, where: string): number {
  const count = /^\d{1,8}$/.test(cell) ? Number(cell) : Number.NaN;
  if (!(count <= TOKENS_MAX)) {
    throw new TraceError(`${where}: ${field} must be a whole number from 0 to ${TOKENS_MAX}`);
  }
  return count;
}
