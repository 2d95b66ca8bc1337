// Goal: the HTTP client against real servers on the loopback. Method: the contract suite over the
// local calendar and over a double of the public server, then a table of servers that misbehave.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterEach, describe, expect, it } from 'vitest';
import { RailError } from '../port.ts';
import { rootFromDisplay } from './bitcoin.ts';
import { httpCalendar } from './calendar-client.ts';
import { describeCalendarContract } from './calendar-contract.ts';
import { startServer, type TestServer } from './calendar-server.ts';
import { LOCAL_CALENDAR_URI, localCalendar } from './local-calendar.ts';
import { publicCalendarDouble } from './public-calendar-double.ts';

describeCalendarContract('local calendar over HTTP', async () => {
  const local = localCalendar({ basePath: '/local-calendar' });
  const server = await startServer((request, response) => local.handle(request, response));
  return {
    calendar: httpCalendar({
      url: `${server.url}/local-calendar`,
      answersFor: [LOCAL_CALENDAR_URI],
      looksUpDigests: true,
    }),
    confirm: () => rootFromDisplay(local.confirmForTests(7).merkleRoot) ?? new Uint8Array(0),
    stop: server.close,
  };
});

describeCalendarContract('double of the public calendar', async () => {
  const double = publicCalendarDouble('https://bob.btc.calendar.example.org');
  const server = await startServer((request, response) => double.handle(request, response));
  return {
    calendar: httpCalendar({
      url: server.url,
      answersFor: ['https://*.calendar.example.org'],
    }),
    confirm: () => double.confirm(7),
    stop: server.close,
  };
});

const never = new AbortController().signal;
const digest = sha256(new Uint8Array(1));

describe('a calendar that misbehaves', () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;
  const answering =
    (status: number, body: string | Uint8Array): Handler =>
    (_request, response) => {
      response.statusCode = status;
      response.setHeader('location', '/elsewhere');
      response.end(body);
    };
  const rows: readonly (readonly [string, Handler, string, string])[] = [
    ['400', answering(400, 'digest too long'), 'rail_refused', 'not_applied'],
    ['503', answering(503, 'later'), 'rail_refused', 'unknown'],
    ['204', answering(204, ''), 'rail_refused', 'unknown'],
    ['a redirect', answering(302, ''), 'rail_unreachable', 'unknown'],
    ['an empty answer', answering(200, ''), 'rail_answer_unusable', 'unknown'],
    ['what is no timestamp', answering(200, '<html>'), 'rail_answer_unusable', 'unknown'],
    ['10,001 bytes', answering(200, new Uint8Array(10_001)), 'rail_answer_unusable', 'unknown'],
    [
      'half an answer',
      (_request, response) => {
        response.setHeader('content-length', '100');
        response.write('half');
        response.destroy();
      },
      'rail_unreachable',
      'unknown',
    ],
    [
      'a closed connection',
      (_request, response) => response.destroy(),
      'rail_unreachable',
      'unknown',
    ],
    ['nothing', () => undefined, 'rail_timeout', 'unknown'],
  ];

  it.each(rows)('answers with %s', async (_name, handle, code, outcome) => {
    server = await startServer(handle);
    // Only the server that says nothing comes to the limit; the others answer at once.
    const timeoutMs = code === 'rail_timeout' ? 1 : 60_000;
    const calendar = httpCalendar({ url: server.url, timeoutMs });
    await expect(calendar.submit(digest, never)).rejects.toMatchObject({ code, outcome });
    await expect(calendar.timestampOf(digest, never)).rejects.toMatchObject({
      code,
      outcome: 'not_applied',
    });
  });

  it('is not there: nothing was sent', async () => {
    const gone = await startServer(() => undefined);
    await gone.close();
    const calendar = httpCalendar({ url: gone.url });
    const failure = await calendar.submit(digest, never).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RailError);
    expect(failure).toMatchObject({ code: 'rail_unreachable', outcome: 'not_applied' });
  });

  it('is given up by the caller before it was asked', async () => {
    const calendar = httpCalendar({ url: 'http://127.0.0.1:9' });
    const stopped = AbortSignal.abort();
    await expect(calendar.submit(digest, stopped)).rejects.toMatchObject({
      outcome: 'not_applied',
    });
  });

  it('cannot put control characters into our logs', async () => {
    server = await startServer(answering(400, 'line\n\u001b[31mred'));
    const calendar = httpCalendar({ url: server.url });
    await expect(calendar.submit(digest, never)).rejects.toMatchObject({
      facts: { status: 400, answer: 'line___31mred' },
    });
  });
});

describe('addresses', () => {
  it.each(['ftp://a', 'http://a?b', 'http://u:p@a', 'http://a#b', 'local-calendar:x'])(
    'refuses %s as a calendar',
    (url) => {
      expect(() => httpCalendar({ url })).toThrow(RangeError);
    },
  );

  const calendar = httpCalendar({
    url: 'https://a.pool.example.org/',
    answersFor: ['https://*.calendar.example.org'],
  });
  it.each([
    ['https://a.pool.example.org', true],
    ['https://bob.btc.calendar.example.org', true],
    ['https://bob.btc.calendar.example.org/', true],
    ['http://bob.btc.calendar.example.org', false],
    ['https://calendar.example.org', false],
    ['https://.calendar.example.org', false],
    ['https://evil.example.com/.calendar.example.org', false],
    ['https://evil:80.calendar.example.org', false],
    ['http://169.254.169.254', false],
  ])('asks about %s: %s', (uri, asked) => {
    expect(calendar.answersFor(uri)).toBe(asked);
  });
});
