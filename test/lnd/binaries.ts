/** Where the pinned lnd and btcd are built to, and by what name a build is known. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SOURCES = import.meta.dirname;
/** Ignored by git: module and build caches of Go, and the programs. */
export const CACHE = join(SOURCES, '..', '..', '.cache', 'lnd');

/** Source: the tags of lnd's release builds, less those of other data bases. */
export const LND_TAGS = 'chainrpc,invoicesrpc,routerrpc,signrpc,verrpc,walletrpc';

export const PROGRAMS = [
  { name: 'btcd', module: 'github.com/btcsuite/btcd', tags: '' },
  { name: 'lnd', module: 'github.com/lightningnetwork/lnd/cmd/lnd', tags: LND_TAGS },
] as const;

/** The folder of this build: another pinned version is another folder. */
export function binFolder(): string {
  const hash = createHash('sha256').update(LND_TAGS);
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(SOURCES, file)));
  return join(CACHE, `bin-${hash.digest('hex').slice(0, 16)}`);
}

export function programPath(name: 'btcd' | 'lnd'): string {
  return join(binFolder(), name);
}

/** The version of a module as go.mod pins it. */
export function pinnedVersion(module: string): string {
  const text = readFileSync(join(SOURCES, 'go.mod'), 'utf8');
  const line = text.split('\n').find((each) => each.trim().startsWith(`${module} v`));
  return line?.trim().split(' ')[1] ?? 'not pinned';
}
