/**
 * Builds lnd and btcd, as go.mod and go.sum of this folder pin them, into a cache folder of this clone. Some
 * minutes and three gigabytes the first time, of which one stays; nothing when they are there. Needs Go and its
 * module proxy.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { binFolder, CACHE, PROGRAMS, pinnedVersion, SOURCES } from './binaries.ts';

const GO_PLACES = [process.env['GO'], '/usr/local/go/bin/go', 'go'];

async function go(binary: string, argv: readonly string[]): Promise<void> {
  const child = spawn(binary, argv, {
    cwd: SOURCES,
    stdio: 'inherit',
    env: {
      ...process.env,
      GOPATH: join(CACHE, 'go'),
      GOCACHE: join(CACHE, 'build'),
      // Two at a time, and files that can be deleted. The versions are those of go.sum or none.
      GOFLAGS: '-p=2 -modcacherw -mod=readonly -buildvcs=false',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
    },
  });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`go ${argv.join(' ')} ended with ${code}`);
}

function findGo(): string {
  const found = GO_PLACES.find((place) => place === 'go' || (place && existsSync(place)));
  return found ?? 'go';
}

async function build(): Promise<void> {
  const into = binFolder();
  if (PROGRAMS.every(({ name }) => existsSync(join(into, name)))) return;
  const unfinished = `${into}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const binary = findGo();
  for (const { name, module, tags } of PROGRAMS) {
    const startedAt = performance.now();
    console.log(`${name} ${pinnedVersion(module.replace(/\/cmd\/.*/, ''))}: building`);
    await go(binary, ['build', '-trimpath', `-tags=${tags}`, '-o', join(unfinished, name), module]);
    console.log(`${name}: built in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
  rmSync(into, { recursive: true, force: true });
  // Whole or not at all: from here on the folder is taken as it is.
  renameSync(unfinished, into);
  // Gigabytes that only the next pinned version would have a use for, and little of it.
  rmSync(join(CACHE, 'build'), { recursive: true, force: true });
}

await build();
