/**
 * Goal, with npm alone: a disk that takes no more bytes stops the store, which says so and loses nothing.
 * Method: the load runs under a limit on file size (POSIX `ulimit -f`), which fails writes as a full disk
 * does. Failing syncs need a preloaded library: power-loss/.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoredEvent } from '@atomicity/event-log/port';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { expect, test } from 'vitest';
import { acknowledge, nothingAcknowledged, violations } from './acknowledged.ts';

const LOAD = fileURLToPath(new URL('./event-log-load.ts', import.meta.url));

// Windows has no such limit; the test then states what it cannot show and checks nothing.
test.runIf(process.platform !== 'win32').each([700, 1100, 1600])(
  'a limit of %i KiB a file',
  async (kibibytes) => {
    const directory = mkdtempSync(join(tmpdir(), 'atomicity-limit-'));
    const command = `ulimit -f ${2 * kibibytes}; exec "$0" "$@"`;
    const run = spawnSync(
      'sh',
      ['-c', command, process.execPath, '--conditions=source', LOAD, directory, '1', '100000'],
      { encoding: 'utf8' },
    );
    const lines = run.stdout.trim().split('\n');
    expect(run.status, run.stderr).toBe(3);
    expect(lines).toContain('fatal store_failed unknown');
    expect(lines.at(-1)).toBe('refused store_failed not_applied');
    const acknowledged = nothingAcknowledged();
    for (const line of lines) acknowledge(acknowledged, 1, line);
    const store = await openSqliteEventStore({ directory, integrityCheck: 'full' });
    const events: StoredEvent[] = [];
    for await (const event of store.readAll('start')) events.push(event);
    expect(violations(acknowledged, events)).toEqual([]);
    expect(events.length).toBeGreaterThan(100);
    await store.close();
    rmSync(directory, { recursive: true });
  },
);
