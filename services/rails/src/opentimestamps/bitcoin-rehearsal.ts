/**
 * A rehearsal of the whole way to Bitcoin on the loopback: a calendar, and a stand-in chain that it confirms
 * into, served as Esplora and as a Bitcoin node. All of it is made up, says so, and proves nothing to outsiders.
 */

import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import type { Calendar } from './calendar.ts';
import { httpCalendar } from './calendar-client.ts';
import { startServer } from './calendar-server.ts';
import { LocalBitcoin, type LocalBlock } from './local-bitcoin.ts';
import { localBitcoinHandler } from './local-bitcoin-server.ts';
import {
  type DigestStore,
  type LocalCalendar,
  localCalendar,
  memoryDigestStore,
  REHEARSAL_CALENDAR_URI,
} from './local-calendar.ts';

export type BitcoinRehearsal = {
  readonly chain: LocalBitcoin;
  readonly calendar: LocalCalendar;
  /** Where the calendar listens; its pending attestations name `REHEARSAL_CALENDAR_URI`. */
  readonly calendarUrl: string;
  /** Where the chain listens: Esplora's paths, and a Bitcoin node's calls at `/`. */
  readonly chainUrl: string;
  /** The calendar as the rail asks it. */
  readonly client: Calendar;
  /**
   * Puts what is pending into a block with five others on top of it.
   *
   * @throws {RangeError} if nothing is pending.
   */
  confirm(seconds: number): LocalBlock;
  /** Stops both servers and removes the cookie file. */
  close(): Promise<void>;
};

const MORE_BLOCKS = 5;

/**
 * Starts both servers on ports of their own.
 *
 * @param options.store digests of an earlier start; those that it confirmed are pending again, as the chain
 *   begins anew.
 * @param options.cookieFile where the node's cookie is written, readable by this user alone; without it there
 *   is no Bitcoin node, only Esplora.
 */
export async function startBitcoinRehearsal(
  options: { readonly store?: DigestStore; readonly cookieFile?: string } = {},
): Promise<BitcoinRehearsal> {
  const { store = memoryDigestStore(), cookieFile } = options;
  const chain = new LocalBitcoin();
  const calendar = localCalendar({ store, chain });
  const cookie = `__cookie__:${randomBytes(32).toString('hex')}`;
  if (cookieFile !== undefined) writeFileSync(cookieFile, cookie, { mode: 0o600 });
  const chainServer = await startServer(
    localBitcoinHandler({ chain, ...(cookieFile === undefined ? {} : { cookie }) }),
  );
  const calendarServer = await startServer((request, response) =>
    calendar.handle(request, response),
  );
  return {
    chain,
    calendar,
    calendarUrl: calendarServer.url,
    chainUrl: chainServer.url,
    client: httpCalendar({
      url: calendarServer.url,
      answersFor: [REHEARSAL_CALENDAR_URI],
      looksUpDigests: true,
    }),
    confirm(seconds) {
      const block = calendar.confirmInChain(seconds);
      chain.mineMore(MORE_BLOCKS, seconds + 600);
      return block;
    },
    async close() {
      await Promise.all([chainServer.close(), calendarServer.close()]);
      if (cookieFile !== undefined) rmSync(cookieFile, { force: true });
    },
  };
}
