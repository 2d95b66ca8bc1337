/**
 * The last published checkpoint, in a small file that backups leave out: a restored store that lags what
 * the world has already seen is recognised by it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { readCheckpoint } from '../checkpoint/checkpoint.ts';
import { OperatingError } from '../port.ts';
import { syncDirectory } from '../sqlite/database.ts';

export function readCheckpointFile(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const note = readFileSync(path, 'utf8');
  if (readCheckpoint(note) !== undefined) return note;
  throw new OperatingError({
    code: 'checkpoint_file_damaged',
    outcome: 'not_applied',
    shortMessage:
      'the file of the last checkpoint is unreadable; restore it from the published one',
    facts: { path },
  });
}

/** Replaces the file in one step; never with a smaller checkpoint. Durable on return. */
export function writeCheckpointFile(path: string, note: string): void {
  const present = readCheckpointFile(path);
  const before = present === undefined ? undefined : readCheckpoint(present)?.size;
  if (before !== undefined && before >= (readCheckpoint(note)?.size ?? 0)) return;
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, note);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}
