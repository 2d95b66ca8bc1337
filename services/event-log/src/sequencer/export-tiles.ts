import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TILE_WIDTH, type TileName, tilePath, tileWidthAt } from '../merkle/tiles.ts';
import type { Sequencer } from './sequencer.ts';

/**
 * Writes the last checkpoint and all tiles that it covers to a folder, for any static file server.
 * Gives the number of files written. A second call replaces each file in one step.
 */
export async function exportTiles(sequencer: Sequencer, directory: string): Promise<number> {
  const last = sequencer.latest();
  if (last === undefined) return 0;
  let written = 0;
  for (const tile of tilesOf(last.size)) {
    const bytes = await sequencer.tileOf(tile);
    if (bytes === undefined) throw new Error('invariant: a checkpoint covers its tiles');
    replaceFile(join(directory, tilePath(tile)), bytes);
    written += 1;
  }
  // The checkpoint last: who sees it finds every tile of it.
  replaceFile(join(directory, 'checkpoint'), last.note);
  return written + 1;
}

function* tilesOf(size: number): Generator<TileName> {
  for (let n = 0; n * TILE_WIDTH < size; n += 1) {
    yield { level: 'entries', n, width: tileWidthAt('entries', n, size) };
  }
  for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
    for (let n = 0; tileWidthAt(level, n, size) > 0; n += 1) {
      yield { level, n, width: tileWidthAt(level, n, size) };
    }
  }
}

function replaceFile(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
