// Goal: a desk is asked within bounds, and only where it may be. Method: desks that answer what they should not.

import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../opentimestamps/calendar-server.ts';
import { RailError } from '../port.ts';
import { httpInvoiceSource } from './invoice-source.ts';

const signal = new AbortController().signal;
const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('asking for an invoice', () => {
  const question = (target: string) => ({
    target,
    amountMsat: 1n,
    idempotencyKey: new Uint8Array(32),
  });
  const ask = async (target: string, origin: string, options = {}) => {
    const source = httpInvoiceSource({ origins: [origin], ...options });
    const error: unknown = await source
      .invoiceFor('tea', question(target), signal)
      .catch((reason: unknown) => reason);
    if (!(error instanceof RailError))
      throw new Error('a RailError was expected', { cause: error });
    return [error.code, error.outcome];
  };
  const answering = async (status: number, body: string) => {
    const server = await startServer((_request, response) => {
      response.writeHead(status, status === 302 ? { location: '/' } : {}).end(body);
    });
    servers.push(server);
    return server.url;
  };

  it.each([
    ['no invoice', 200, '{}', 'rail_answer_unusable'],
    ['more than an invoice', 200, '{"invoice":"x","more":1}', 'rail_answer_unusable'],
    ['too much', 200, 'x'.repeat(8_000), 'rail_answer_unusable'],
    ['a refusal', 422, '{"error":"not_accepted"}', 'rail_refused'],
    ['a way elsewhere', 302, '', 'rail_unreachable'],
  ])('%s: nothing was moved', async (_what, status, body, code) => {
    const url = await answering(status, body);
    expect(await ask(`${url}/invoice`, url)).toEqual([code, 'not_applied']);
  });

  it('goes to no place that is not configured', async () => {
    const url = await answering(200, '{"invoice":"x"}');
    for (const target of ['http://127.0.0.2:1/', 'lightning:x', url.replace('//', '//user@')]) {
      expect(await ask(target, url)).toEqual(['rail_refused', 'not_applied']);
    }
  });

  it('waits only so long', async () => {
    const server = await startServer(() => undefined);
    servers.push(server);
    expect(await ask(server.url, server.url, { timeoutMs: 20 })).toEqual([
      'rail_timeout',
      'not_applied',
    ]);
  });

  it.each([
    ['origins', { origins: [] }],
    ['origins', { origins: ['https://a.example/path'] }],
    ['timeoutMs', { origins: ['https://a.example'], timeoutMs: 0 }],
  ])('wants %s in order', (name, options) => {
    expect(() => httpInvoiceSource(options)).toThrow(name);
  });
});
