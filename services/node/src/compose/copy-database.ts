import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * Copies an SQLite file that another process may be writing, in one consistent state, to a new file
 * readable by this user only. The copy is one file without a write-ahead log; whoever opens it for
 * writing chooses the mode anew.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new Database(from, { readonly: true });
  try {
    // Pinned: what is written meanwhile neither shows in the copy nor restarts it.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    await source.backup(to);
  } finally {
    source.close();
  }
  asSingleFile(to);
}

/** Folds a write-ahead log into its file and gives the file a mode of its own. */
export function asSingleFile(path: string): void {
  const copy = new Database(path);
  copy.pragma('journal_mode = DELETE');
  copy.close();
  chmodSync(path, 0o600);
}

/** What SQLite finds wrong with the pages of a file; undefined when nothing. */
export function databaseFinding(path: string): string | undefined {
  const database = new Database(path, { readonly: true });
  try {
    const report = String(database.pragma('integrity_check(1)', { simple: true }));
    return report === 'ok' ? undefined : report;
  } finally {
    database.close();
  }
}
