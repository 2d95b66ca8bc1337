import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpCalendar } from '@atomicity/rails/opentimestamps/calendar-client';
import { digestFile } from '@atomicity/rails/opentimestamps/digest-file';
import {
  LOCAL_CALENDAR_LABEL,
  LOCAL_CALENDAR_URI,
  localCalendar,
} from '@atomicity/rails/opentimestamps/local-calendar';
import { pacedUpgrades } from '@atomicity/rails/opentimestamps/paced-upgrades';
import { openTimestampsRail } from '@atomicity/rails/opentimestamps/rail';
import type { AnchorRail } from '@atomicity/rails/port';

export type Calendars = {
  readonly rail: AnchorRail;
  readonly label: string;
  close(): Promise<void>;
};

/** Public calendars, by address. Evidence of theirs convinces outsiders once it is in a block. */
export function publicCalendars(urls: readonly string[]): Calendars {
  const label = urls.join(', ');
  const calendars = urls.map((url) =>
    httpCalendar({ url, answersFor: ['https://*.calendar.opentimestamps.org'] }),
  );
  const close = async () => undefined;
  // The timer that upgrades is the same for every rail; calendars of others are asked seldom.
  const rail = pacedUpgrades(openTimestampsRail({ label, calendars }), { now: Date.now });
  return { rail, label, close };
}

/**
 * A calendar that this process serves on loopback, for running without a network. It is a stand-in: what
 * it promises, only this machine has promised.
 */
export async function startLocalCalendar(file: string): Promise<Calendars> {
  const store = digestFile(file);
  const calendar = localCalendar({ store });
  const server = createServer((request, response) => {
    calendar.handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = httpCalendar({
    url: `http://127.0.0.1:${port}`,
    answersFor: [LOCAL_CALENDAR_URI],
    looksUpDigests: true,
  });
  return {
    rail: openTimestampsRail({ label: LOCAL_CALENDAR_LABEL, calendars: [client] }),
    label: LOCAL_CALENDAR_LABEL,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          store.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
