// Goal: a backup taken under load comes back whole or not at all, and an old one can't fork the log.
// Method: a real node, copied while payments go through its API; then restored, aged and tampered with.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { stateHash } from '@atomicity/kernel/book/state-codec';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldBooks } from '../compose/fold-books.ts';
import type { RunningNode } from '../compose/node.ts';
import { openOffline } from '../compose/offline-node.ts';
import { atomicity, startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet, type TestFleet } from '../testing/test-fleet.ts';

const folder = workFolder('backup');
const data = folder.path('data');
let node: RunningNode;
let fleet: TestFleet;

beforeAll(async () => {
  node = await startTestNode(data);
  fleet = await assembleTestFleet(node, 'backup');
  await fleet.play(5);
  await node.sequencer.checkpoint();
  await atomicity(['backup', '--data-dir', data, '--to', folder.path('old'), '--with-keys']);
  await fleet.play(5);
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

type Size = { readonly size: number };
const sizeOf = (json: string): number => (JSON.parse(json) as Size).size;

/** State hash of the book and root of the log after the first `size` events of the running node. */
async function nodeAt(size: number) {
  await node.sequencer.catchUp();
  const options = {
    origin: node.config.origin,
    book: node.writer.flushedState().stream,
    snapshot: undefined,
    resume: 'when-lost',
  } as const;
  const [book] = await foldBooks(node.sequencer.events(0, size), options);
  if (book?.state === undefined) throw new Error('a book');
  return { state: stateHash(book.state), root: hashFromBytes(node.sequencer.rootAt(size)) };
}

/** Starts a node on a restored directory, reads the same of it, and stops it. */
async function restoredAt(dataDir: string, size: number) {
  const restored = await startTestNode(dataDir);
  try {
    expect(restored.sequencer.size).toBe(size);
    const state = stateHash(restored.writer.flushedState());
    return { state, root: hashFromBytes(restored.sequencer.rootAt(size)) };
  } finally {
    await restored.stop();
  }
}

describe('a backup taken while payments go on', () => {
  const to = folder.path('under-load');
  let size = 0;

  beforeAll(async () => {
    const acknowledged = await node.sequencer.catchUp();
    const load = fleet.play(40);
    const argv = ['backup', '--data-dir', data, '--to', to, '--with-keys', '--json'];
    const { code, stdout, stderr } = await atomicity(argv);
    await load;
    expect([code, stderr]).toEqual([0, '']);
    size = sizeOf(stdout);
    expect(size).toBeGreaterThanOrEqual(acknowledged);
  });

  it('lists every file and leaves nothing else behind', () => {
    const manifest = JSON.parse(readFileSync(folder.path('under-load', 'manifest.json'), 'utf8'));
    expect(manifest.files.map(({ path }: { path: string }) => path)).toEqual(
      [
        'keys/log',
        'keys/operator',
        'keys/operator-identity',
        'log/events.db',
        'log/local-calendar',
        'log/tree.db',
        'log/vault.salts',
        'attestor/journal.db',
        'node.json',
      ].sort(),
    );
    expect(readdirSync(folder.path()).filter((name) => name.includes('partial'))).toEqual([]);
    expect(statSync(folder.path('under-load', 'keys', 'log')).mode & 0o077).toBe(0);
    expect(existsSync(folder.path('under-load', 'last-checkpoint'))).toBe(false);
  });

  it('restores to the same state and root, and goes on', async () => {
    const dataDir = folder.path('restored');
    const { code, stdout, stderr } = await atomicity([
      'restore',
      '--from',
      to,
      '--data-dir',
      dataDir,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain(`${size} events of ${node.config.origin}`);
    expect(stderr).toContain('No published checkpoint is known here');
    const rehearsed = await atomicity(['reconcile', '--data-dir', dataDir]);
    expect(rehearsed.code).toBe(0);
    expect(rehearsed.stdout).toContain(`${size} events of`);
    const expected = await nodeAt(size);
    expect(await restoredAt(dataDir, size)).toEqual(expected);
    const reconciled = await atomicity(['reconcile', '--data-dir', dataDir]);
    expect(reconciled.code).toBe(0);
  });
});

describe('a restored log that lags what was published', () => {
  it('is restored with a warning, and the node refuses to start and says how to recover', async () => {
    const dataDir = folder.path('lagging');
    const last = folder.path('published');
    const { note, size } = await node.sequencer.checkpoint();
    writeFileSync(last, note);
    const argv = ['restore', '--from', folder.path('old'), '--data-dir', dataDir];
    const { code, stderr } = await atomicity([...argv, '--last-checkpoint', last]);
    expect(code).toBe(1);
    expect(stderr).toContain(`behind_last_checkpoint`);
    expect(stderr).toContain(`${size} events`);
    await expect(startTestNode(dataDir)).rejects.toMatchObject({
      code: 'behind_last_checkpoint',
      message: expect.stringContaining('Restore a newer backup'),
    });
    const served = await atomicity(['serve', '--data-dir', dataDir, '--port', '0']);
    expect(served.code).toBe(1);
    expect(served.stderr).toContain('behind_last_checkpoint');
  });

  it('keeps the last checkpoint of the directory that it replaces, and the directory', async () => {
    const dataDir = folder.path('replaced');
    cpSync(folder.path('lagging'), dataDir, { recursive: true });
    const before = readFileSync(folder.path('replaced', 'last-checkpoint'), 'utf8');
    const argv = ['restore', '--from', folder.path('old'), '--data-dir', dataDir, '--json'];
    const { code, stdout } = await atomicity(argv);
    const restored = JSON.parse(stdout) as { lags: boolean; before: string };
    expect([code, restored.lags]).toEqual([1, true]);
    expect(readFileSync(folder.path('replaced', 'last-checkpoint'), 'utf8')).toBe(before);
    expect(existsSync(`${restored.before}/log/events.db`)).toBe(true);
  });

  it('does not believe a checkpoint that the log key did not sign', async () => {
    const forged = folder.path('forged');
    const { note } = await node.sequencer.checkpoint();
    writeFileSync(forged, note.replace(/\n\d+\n/, '\n7\n'));
    const dataDir = folder.path('never');
    const argv = ['restore', '--from', folder.path('old'), '--data-dir', dataDir];
    const { code, stderr } = await atomicity([...argv, '--last-checkpoint', forged]);
    expect(code).toBe(1);
    expect(stderr).toContain('last_checkpoint_unusable');
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('a backup that was tampered with', () => {
  const tampered = (name: string, change: (path: (...steps: string[]) => string) => void) => {
    const root = folder.path(`tampered-${name}`);
    cpSync(folder.path('old'), root, { recursive: true });
    change((...steps) => [root, ...steps].join('/'));
    return root;
  };

  const flip = (file: string, at: number) => {
    const bytes = readFileSync(file);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  };

  it.each([
    ['a salt', 'log/vault.salts: its content', (at: Path) => flip(at('log', 'vault.salts'), 70)],
    ['the events', 'log/events.db: its content', (at: Path) => flip(at('log', 'events.db'), 9000)],
    ['a key', 'keys/log: 64 bytes', (at: Path) => writeFileSync(at('keys', 'log'), 'a'.repeat(64))],
    ['a file less', 'log/tree.db: missing', (at: Path) => rmSync(at('log', 'tree.db'))],
    ['a file more', 'log/more: not part', (at: Path) => writeFileSync(at('log', 'more'), '')],
    ['no manifest', 'manifest.json: missing', (at: Path) => rmSync(at('manifest.json'))],
  ])('by %s is refused by name, and nothing is put in place', async (name, finding, change) => {
    const from = tampered(name.replaceAll(' ', '-'), change);
    const dataDir = folder.path('not-made');
    const { code, stderr } = await atomicity(['restore', '--from', from, '--data-dir', dataDir]);
    expect(code).toBe(1);
    expect(stderr).toContain(finding);
    expect(existsSync(dataDir)).toBe(false);
    expect(readdirSync(folder.path()).filter((entry) => entry.includes('.restore-'))).toEqual([]);
  });

  it('with a manifest to match is still not the log that was signed', async () => {
    const from = tampered('manifest', (at) => {
      // A whole other log's events under this log's tree.
      copyFileSync(folder.path('under-load', 'log', 'events.db'), at('log', 'events.db'));
      const manifest = JSON.parse(readFileSync(at('manifest.json'), 'utf8'));
      const other = JSON.parse(readFileSync(folder.path('under-load', 'manifest.json'), 'utf8'));
      const events = ({ path }: { path: string }) => path === 'log/events.db';
      const files = manifest.files.map((file: { path: string }) =>
        events(file) ? other.files.find(events) : file,
      );
      writeFileSync(at('manifest.json'), JSON.stringify({ ...manifest, files }));
    });
    const argv = ['restore', '--from', from, '--data-dir', folder.path('not-made')];
    const { code, stderr } = await atomicity(argv);
    expect(code).toBe(1);
    expect(stderr).toContain('log/vault.salts: lacks the salt of event');
  });
});

type Path = (...steps: string[]) => string;

describe('restore refuses', () => {
  const old = () => ['restore', '--from', folder.path('old'), '--data-dir'];

  it('a directory that holds another log', async () => {
    const other = await startTestNode(folder.path('other'));
    await other.stop();
    const { code, stderr } = await atomicity([...old(), folder.path('other')]);
    expect(code).toBe(1);
    expect(stderr).toContain('other_log');
    const still = openOffline(folder.path('other'));
    expect(still.config.origin).toBe(other.config.origin);
    await still.close();
  });

  it('a folder that is no data directory', async () => {
    mkdirSync(folder.path('home'));
    writeFileSync(folder.path('home', 'thesis.txt'), '');
    const { code, stderr } = await atomicity([...old(), folder.path('home')]);
    expect(code).toBe(1);
    expect(stderr).toContain('not_a_data_dir');
  });
});

it('a log without its key does not start under a new one', async () => {
  const to = folder.path('keyless');
  const backedUp = await atomicity(['backup', '--data-dir', data, '--to', to]);
  expect(backedUp.stderr).toContain('The keys are not in it');
  const dataDir = folder.path('keyless-restored');
  const { code, stderr } = await atomicity(['restore', '--from', to, '--data-dir', dataDir]);
  expect(code).toBe(0);
  expect(stderr).toContain('put it into keys/log');
  await expect(startTestNode(dataDir)).rejects.toThrow("this log's key is missing");
});

it('backup refuses a folder that holds something', async () => {
  const { code, stderr } = await atomicity([
    'backup',
    '--data-dir',
    data,
    '--to',
    folder.path('old'),
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain('backup_exists');
});
