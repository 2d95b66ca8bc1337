// Goal: the local calendar says what it is, keeps its promises over a restart and refuses bad input.
// Method: plain requests to a server on the loopback; a file that a crash cut short.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from './calendar-server.ts';
import { decodeTimestamp } from './decode.ts';
import { digestFile } from './digest-file.ts';
import { evaluateTimestamp } from './evaluate.ts';
import {
  isLocalCalendarUri,
  LOCAL_CALENDAR_LABEL,
  type LocalCalendar,
  localCalendar,
} from './local-calendar.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-local-calendar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const digest = new Uint8Array(32).fill(7);

describe('over HTTP', () => {
  let calendar: LocalCalendar;
  let server: TestServer;
  beforeEach(async () => {
    calendar = localCalendar({ basePath: '/local-calendar/' });
    server = await startServer((request, response) => calendar.handle(request, response));
  });
  afterEach(() => server.close());
  const ask = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);

  it('says that it proves nothing, in every answer and in every proof', async () => {
    const answers = [
      await ask('/local-calendar/digest', { method: 'POST', body: digest }),
      await ask('/local-calendar/timestamp/00'),
      await ask('/'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404]);
    for (const { headers } of answers) {
      expect(headers.get('x-calendar')).toBe('local calendar: proves nothing to outsiders');
    }
    const bytes = new Uint8Array(await (answers[0]?.arrayBuffer() ?? new ArrayBuffer(0)));
    const decoded = decodeTimestamp(bytes, digest.length);
    if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
    const [attested] = evaluateTimestamp(decoded.timestamp, digest);
    const uri = attested?.attestation.kind === 'pending' ? attested.attestation.uri : '';
    expect(isLocalCalendarUri(uri)).toBe(true);
    expect(uri).toContain('proves-nothing-to-outsiders');
    expect(LOCAL_CALENDAR_LABEL).toContain('proves nothing to outsiders');
  });

  it.each([
    ['an empty body', new Uint8Array(0)],
    ['65 bytes', new Uint8Array(65)],
    ['a megabyte', new Uint8Array(1_000_000)],
  ])('refuses %s and counts nothing', async (_name, body) => {
    // The server may close the connection before it has read everything.
    const status = await ask('/local-calendar/digest', { method: 'POST', body }).then(
      (answer) => answer.status,
      () => 400,
    );
    expect(status).toBe(400);
    expect(calendar.countOfDigests()).toBe(0);
  });

  it.each([
    ['GET', '/local-calendar/digest'],
    ['GET', '/digest/00'],
    ['GET', '/local-calendar/timestamp/xyz'],
    ['GET', '/local-calendarx/digest/00'],
    ['PUT', '/local-calendar/digest'],
    ['POST', '/local-calendar/confirm'],
  ])('has nothing at %s %s', async (method, path) => {
    expect((await ask(path, { method })).status).toBe(404);
  });
});

describe('the file of digests', () => {
  it('keeps promises over a restart', () => {
    const path = join(folder, 'restart');
    const first = digestFile(path);
    const before = localCalendar({ store: first });
    const promise = before.submit(digest);
    before.submit(digest);
    first.close();
    const second = digestFile(path);
    const after = localCalendar({ store: second });
    expect(after.countOfDigests()).toBe(1);
    expect(after.submit(digest)).toEqual(promise);
    expect(after.countOfDigests()).toBe(1);
    second.close();
  });

  it('drops a last line that a crash cut short', () => {
    const path = join(folder, 'torn');
    writeFileSync(path, `${'ab'.repeat(32)}\n${'cd'.repeat(5)}`);
    const store = digestFile(path);
    expect(store.digests).toEqual(['ab'.repeat(32)]);
    store.add('ef');
    store.close();
    expect(readFileSync(path, 'utf8')).toBe(`${'ab'.repeat(32)}\nef\n`);
  });

  it('refuses a file that is not one', () => {
    const path = join(folder, 'other');
    appendFileSync(path, 'hello\n');
    expect(() => digestFile(path)).toThrow('line 1 is not a digest');
  });
});

it('has nothing to confirm before something was submitted', () => {
  expect(() => localCalendar({}).confirmForTests(1)).toThrow(RangeError);
});
