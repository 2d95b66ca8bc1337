// Goal: artifacts are what the lock pins or are refused by name; a kill leaves nothing believed.
// Method: the cached tier 16 files, copied and damaged; one real build, killed and then finished.
import { fork } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ARTIFACT_FILES, circuitPin, readArtifactLock } from './artifact-lock.ts';
import { withBuildLock } from './build-lock.ts';
import { CEREMONY_LOCK } from './ceremony-lock.ts';
import { ensureArtifacts } from './ensure-artifacts.ts';

const root = mkdtempSync(join(tmpdir(), 'atomicity-artifacts-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A child process that runs a module text, with the same conditions as this one. */
function startChild(name: string, source: string) {
  const path = join(root, name);
  writeFileSync(path, source);
  return fork(path, [], { execArgv: process.execArgv });
}

describe('cached artifacts', async () => {
  const cached = await ensureArtifacts('spend-16');
  const folder = basename(dirname(cached.r1cs));

  test('are pinned with where their keys come from: every circuit has development keys', () => {
    for (const { provenance } of Object.values(readArtifactLock().circuits)) {
      expect(provenance).toEqual({ ceremony: 'development', unsafe: true });
    }
  });

  test('name their key and say that it is unsafe', () => {
    const provenance = readFileSync(join(dirname(cached.r1cs), 'provenance.json'), 'utf8');
    expect(JSON.parse(provenance)).toMatchObject({ ceremony: 'development', unsafe: true });
    expect(cached).toMatchObject({ ceremony: 'development', unsafe: true });
    expect(cached.verificationKeyHash).toBe(circuitPin('spend-16').verificationKeyHash);
  });

  test.each(ARTIFACT_FILES)('%s with one bit changed is refused by name', async (file) => {
    const directory = join(root, `damaged-${file}`);
    cpSync(dirname(cached.r1cs), join(directory, folder), { recursive: true });
    const path = join(directory, folder, file);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(ensureArtifacts('spend-16', { directory })).rejects.toMatchObject({
      code: 'artifact_mismatch',
      outcome: 'not_applied',
      facts: { file },
    });
    rmSync(path);
    await expect(ensureArtifacts('spend-16', { directory })).rejects.toMatchObject({
      code: 'artifact_mismatch',
      facts: { file },
    });
    rmSync(directory, { recursive: true });
  });
});

describe('a ceremony.lock that somebody edited', () => {
  const pin = circuitPin('spend-16');
  const multiParty = { ...pin, provenance: { ceremony: 'multi-party', unsafe: false } };
  const locking = (entry: unknown) => JSON.stringify({ v: 1, circuits: { 'spend-16': entry } });

  test.each([
    ['no object', 'null'],
    ['no circuits', '{"v":1}'],
    ['a pin that is none', locking(5)],
    ['a pin without files', locking({ ...multiParty, files: undefined })],
    ['a file without its hash', locking({ ...multiParty, files: { 'circuit.r1cs': {} } })],
    ['a key hash that leads elsewhere', locking({ ...multiParty, verificationKeyHash: '/../x' })],
    ['development keys as those of a ceremony', locking(pin)],
  ])('with %s is refused by name, and nothing is taken instead', async (name, text) => {
    const directory = mkdtempSync(join(root, 'lock-'));
    writeFileSync(join(directory, CEREMONY_LOCK), text);
    for (const keys of ['ceremony', 'installed'] as const) {
      const refused = ensureArtifacts('spend-16', { directory, keys });
      await expect(refused, name).rejects.toMatchObject({ code: 'lock_unreadable' });
    }
  });
});

test('a build killed half-way leaves nothing believed, and the next one ends at the lock', async () => {
  const directory = join(root, 'killed');
  const ensure = new URL(
    `./ensure-artifacts${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
    import.meta.url,
  );
  const child = startChild(
    'build.mjs',
    `import { ensureArtifacts } from '${ensure.href}';
     await ensureArtifacts('spend-16', { directory: ${JSON.stringify(directory)},
       onProgress: (progress) => process.send(progress) });`,
  );
  await new Promise((resolve) => {
    child.once('message', () => child.kill('SIGKILL'));
    child.once('exit', resolve);
  });
  expect(readdirSync(directory).filter((name) => name.startsWith('spend-'))).toEqual([]);
  const phases = new Set<string>();
  const built = await ensureArtifacts('spend-16', {
    directory,
    onProgress: ({ phase }) => phases.add(phase),
  });
  expect([...phases].filter((phase) => phase !== 'waiting')).toEqual([
    'compile',
    'setup',
    'export',
  ]);
  expect(existsSync(built.provingKey)).toBe(true);
  expect(readdirSync(directory).filter((name) => name.startsWith('.building-'))).toEqual([]);
});

describe('the build lock', () => {
  test('lets one in at a time', async () => {
    const directory = join(root, 'lock');
    const events: string[] = [];
    const release = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    const first = withBuildLock(
      directory,
      () => {},
      async () => {
        events.push('first in');
        await release.promise;
        events.push('first out');
      },
    );
    const second = withBuildLock(directory, waiting.resolve, async () => {
      events.push('second in');
    });
    await waiting.promise;
    release.resolve();
    await Promise.all([first, second]);
    expect(events).toEqual(['first in', 'first out', 'second in']);
  });

  test('is free again when its holder is killed', async () => {
    const directory = join(root, 'orphan');
    const lock = new URL(
      `./build-lock${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
      import.meta.url,
    );
    const child = startChild(
      'hold.mjs',
      `import { withBuildLock } from '${lock.href}';
       process.on('disconnect', () => process.exit());
       await withBuildLock(${JSON.stringify(directory)}, () => {}, () =>
         // The timer keeps the promise, and with it the open lock, from the garbage collector.
         new Promise((done) => { process.send('held'); setInterval(done, 1e9); }));`,
    );
    await new Promise((resolve) => child.once('message', resolve));
    const waiting = Promise.withResolvers<void>();
    const next = withBuildLock(directory, waiting.resolve, async () => 'in');
    await waiting.promise;
    child.kill('SIGKILL');
    expect(await next).toBe('in');
  });
});
