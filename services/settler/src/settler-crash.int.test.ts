// Goal: kill -9 at any point never makes a second counted submission and never loses a planned root.
// Method: a child process on the SQLite store is killed with SIGKILL at every step boundary, and by the
// calendar in the middle of a response; then a child that is left alone finishes the work. The
// calendars live in this process and count distinct digests.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import { type Hash, hashFromBytes } from '@atomicity/kernel/units/id';
import { startServer, type TestServer } from '@atomicity/rails/opentimestamps/calendar-server';
import { decodeProof } from '@atomicity/rails/opentimestamps/decode';
import { evaluate } from '@atomicity/rails/opentimestamps/evaluate';
import { LOCAL_CALENDAR_URI, localCalendar } from '@atomicity/rails/opentimestamps/local-calendar';
import { publicCalendarDouble } from '@atomicity/rails/opentimestamps/public-calendar-double';
import { afterEach, expect, it } from 'vitest';
import type { CrashOrder } from './crash-child.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const entry = fileURLToPath(new URL(`./crash-child${extension}`, import.meta.url));
const rootOf = (name: string) => hashFromBytes(createHash('sha256').update(name).digest());
const URI = 'https://double.example.org';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type End = { readonly signal: NodeJS.Signals | null; readonly anchors: readonly Anchor[] };

class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'atomicity-settler-crash-'));
  readonly server: TestServer;
  readonly roots: readonly Hash[];
  readonly looksUpDigests: boolean;
  readonly countOfDigests: () => number;
  /** What the calendar does to a request in place of answering it. */
  interfere: ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) | undefined;
  child: ChildProcess | undefined;

  constructor(server: TestServer, looksUpDigests: boolean, countOfDigests: () => number) {
    this.server = server;
    this.looksUpDigests = looksUpDigests;
    this.countOfDigests = countOfDigests;
    // A process start takes the time here: one root will do where nothing is looked up.
    this.roots = looksUpDigests ? [rootOf('one'), rootOf('two')] : [rootOf('one')];
  }

  run(dieAt: number): Promise<End> {
    const order: CrashOrder = {
      folder: this.folder,
      stream: '5a'.repeat(16),
      calendarUrl: this.server.url,
      answersFor: this.looksUpDigests ? LOCAL_CALENDAR_URI : URI,
      looksUpDigests: this.looksUpDigests,
      roots: this.roots,
      dieAt,
    };
    const child = spawn(process.execPath, ['--conditions=source', entry, JSON.stringify(order)]);
    this.child = child;
    let output = '';
    let complaint = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      complaint += data.toString();
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (signal === null && code !== 0) reject(new Error(complaint));
        else resolve({ signal, anchors: signal === null ? JSON.parse(output) : [] });
      });
    });
  }

  /** A child that is left alone; then nothing may be missing, and nothing counted twice. */
  async finish(): Promise<void> {
    const { anchors } = await this.run(0);
    expect(anchors.map(({ subject, status }) => ({ root: subject.root, status }))).toEqual(
      this.roots.toReversed().map((root) => ({ root, status: 'pending' })),
    );
    for (const { subject, proof } of anchors) {
      const decoded = decodeProof(Uint8Array.from(Buffer.from(proof ?? '', 'hex')));
      if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
      expect(Buffer.from(decoded.proof.digest).toString('hex')).toBe(subject.root);
      const kinds = evaluate(decoded.proof).map(({ attestation }) => attestation.kind);
      expect(kinds).toEqual(['pending']);
    }
    expect(this.countOfDigests()).toBe(this.roots.length);
  }

  async end(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true });
  }
}

const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.end()));
});

async function worldOn(
  handle: Handler,
  looksUpDigests: boolean,
  countOfDigests: () => number,
): Promise<World> {
  const server = await startServer(async (request, response) => {
    if (await world.interfere?.(request, response)) return;
    await handle(request, response);
  });
  const world = new World(server, looksUpDigests, countOfDigests);
  worlds.push(world);
  return world;
}

const makers = {
  'the local calendar, which looks digests up': () => {
    const calendar = localCalendar({});
    const count = () => calendar.countOfDigests();
    return worldOn((request, response) => calendar.handle(request, response), true, count);
  },
  'a public calendar, which cannot': () => {
    const double = publicCalendarDouble(URI);
    return worldOn(double.handle, false, () => new Set(double.posted).size);
  },
};

for (const [name, make] of Object.entries(makers)) {
  it(`killed at every step boundary, with ${name}`, async () => {
    let deaths = 0;
    let roots = 0;
    for (let dieAt = 1; ; dieAt += 1) {
      const world = await make();
      roots = world.roots.length;
      const { signal } = await world.run(dieAt);
      if (signal === null) break;
      expect(signal).toBe('SIGKILL');
      deaths += 1;
      await world.finish();
    }
    // A root is an append for its plan, a submission and an append: each has two sides.
    expect(deaths).toBe(6 * roots);
  });

  it(`killed again and again, a step later each time, with ${name}`, async () => {
    const world = await make();
    let dieAt = 1;
    while ((await world.run(dieAt)).signal !== null) dieAt += 1;
    expect(dieAt).toBeGreaterThan(2);
    await world.finish();
  });

  it(`killed by the calendar in the middle of a response, with ${name}`, async () => {
    for (const moment of ['before counting', 'after counting', 'half way'] as const) {
      const world = await make();
      world.interfere = async (request, response) => {
        if (request.method !== 'POST') return false;
        world.interfere = undefined;
        if (moment === 'before counting') world.child?.kill('SIGKILL');
        else killInResponse(world, response, moment === 'half way');
        return moment === 'before counting';
      };
      expect((await world.run(0)).signal).toBe('SIGKILL');
      expect(world.countOfDigests()).toBe(moment === 'before counting' ? 0 : 1);
      await world.finish();
    }
  });
}

/** Lets the calendar do its work, and kills the child when the answer is about to go out. */
function killInResponse(world: World, response: ServerResponse, half: boolean): void {
  response.end = (answer?: unknown) => {
    if (half && answer instanceof Uint8Array) {
      // The first half is on its way before the child dies.
      response.write(answer.subarray(0, answer.length >> 1), () => world.child?.kill('SIGKILL'));
    } else {
      world.child?.kill('SIGKILL');
    }
    return response;
  };
}
