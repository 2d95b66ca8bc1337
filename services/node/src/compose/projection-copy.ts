import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '@atomicity/event-log/port';
import type { LogReader } from '@atomicity/event-log/sequencer/log-reader';
import { loggedEvent } from '@atomicity/projector/logged-event';
import { Projection } from '@atomicity/projector/projection';
import { positionBefore } from '@atomicity/projector/projector';
import { copyDatabase } from './copy-database.ts';
import { READ_MODEL_FILE } from './data-dir.ts';
import type { OfflineNode } from './offline-node.ts';

export type ProjectionCopy = { readonly projection: Projection; close(): void };

const BATCH_SIZE = 256;

/**
 * Copies the projection of a node into a temporary folder of this user, as its rows stand now, with the
 * states that belong to them. The node may be running; `close` removes the copy.
 *
 * Where there is no projection, the copy starts from what an erasure left, or from nothing.
 * @throws OperatingError as `Projection.apply`.
 */
export async function copyProjection({ dir, config, log }: OfflineNode): Promise<ProjectionCopy> {
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-projection-'));
  const source = join(dir.projections, READ_MODEL_FILE);
  const path = join(directory, READ_MODEL_FILE);
  try {
    if (existsSync(`${source}.carry`)) copyFileSync(`${source}.carry`, `${path}.carry`);
    if (existsSync(source)) await copyDatabase(source, path);
    else if (existsSync(`${path}.carry`)) copyFileSync(`${path}.carry`, path);
    const projection = new Projection(path, config.origin);
    const close = () => {
      projection.close();
      rmSync(directory, { recursive: true, force: true });
    };
    await log.catchUp();
    // Rows are stored with every batch, states now and then: this brings the states to the rows.
    await applyUpTo(projection, log, projection.size);
    return { projection, close };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Applies the events of the log up to `size`. A second call does nothing. */
export async function applyUpTo(
  projection: Projection,
  log: LogReader,
  size: number,
): Promise<void> {
  const from = await positionBefore(log, projection.nextIndex);
  let batch: StoredEvent[] = [];
  const flush = () => {
    projection.apply(batch.map((event, i) => loggedEvent(projection.nextIndex + i, event)));
    batch = [];
  };
  const count = size - projection.nextIndex;
  if (count <= 0) return;
  for await (const event of log.store.readAll(from, count)) {
    if (batch.push(event) === BATCH_SIZE) flush();
  }
  flush();
}
