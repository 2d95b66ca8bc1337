/** What a settler process of the demonstration is told, and the rail that it makes of it. */
import { readFileSync } from 'node:fs';
import { blobRetentionMs, ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import type { StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { ethereumRail } from '@atomicity/rails/ethereum/anchor-rail';
import { openBlobArchive } from '@atomicity/rails/ethereum/blob-archive';
import { httpInvoiceSource } from '@atomicity/rails/lightning/invoice-source';
import { lightningRail } from '@atomicity/rails/lightning/rail';
import { remoteLightningNode } from '@atomicity/rails/lightning/remote-node';
import { REGTEST_EASIEST_BITS } from '@atomicity/rails/opentimestamps/block-header';
import { httpCalendar } from '@atomicity/rails/opentimestamps/calendar-client';
import { esploraHeaders } from '@atomicity/rails/opentimestamps/esplora-headers';
import {
  REHEARSAL_CALENDAR_LABEL,
  REHEARSAL_CALENDAR_URI,
} from '@atomicity/rails/opentimestamps/local-calendar';
import { openTimestampsRail } from '@atomicity/rails/opentimestamps/rail';
import type { AnchorRail } from '@atomicity/rails/port';
import { privateKeyToAccount } from 'viem/accounts';
import { keptKzg } from './kept-kzg.ts';

export const RAILS = ['opentimestamps', 'ethereum', 'lightning'] as const;
export type RailName = (typeof RAILS)[number];

/** Where the rails of the demonstration are; secrets stand in files. */
export type RailPlaces = {
  readonly opentimestamps: { readonly calendar: string; readonly headers: string };
  readonly ethereum: {
    readonly url: string;
    readonly chainId: number;
    readonly registry: `0x${string}`;
    readonly keyFile: string;
    /** Nonces, and under it the archive of blobs. */
    readonly folder: string;
  };
  readonly lightning: {
    readonly url: string;
    readonly tokenFile: string;
    readonly label: string;
    readonly payee: string;
    /** Origin of the payee's desk for invoices. */
    readonly desk: string;
  };
};

export type SettlerOrder = {
  readonly rail: RailName;
  readonly places: RailPlaces;
  /** Folder of the event store. */
  readonly log: string;
  readonly stream: StreamId;
  /** Folder of the batches' payloads. */
  readonly payloads: string;
};

/** Blocks from an anchor's own to the newest before the demonstration calls it final. */
export const ETHEREUM_DEPTH = 2;
export const BITCOIN_CONFIRMATIONS = 6;

const GWEI = 10n ** 9n;
const ALARM_MS = 3 * 86_400_000;

function bitcoin({ calendar, headers }: RailPlaces['opentimestamps']): AnchorRail {
  return openTimestampsRail({
    label: REHEARSAL_CALENDAR_LABEL,
    calendars: [
      httpCalendar({ url: calendar, answersFor: [REHEARSAL_CALENDAR_URI], looksUpDigests: true }),
    ],
    blockHeaders: esploraHeaders({
      urls: [headers],
      confirmations: BITCOIN_CONFIRMATIONS,
      easiestBits: REGTEST_EASIEST_BITS,
    }),
  });
}

async function ethereum(place: RailPlaces['ethereum']): Promise<AnchorRail> {
  const { url, chainId, registry, keyFile, folder } = place;
  const kzg = keptKzg(`${folder}/kzg`);
  const archive = await openBlobArchive({
    folder: `${folder}/blobs`,
    kzg,
    retention: { retentionMs: blobRetentionMs(ETHEREUM_MAINNET), alarmMs: ALARM_MS },
    now: () => unixMs(Date.now()),
  });
  const key = readFileSync(keyFile, 'utf8').trim();
  return await ethereumRail({
    url,
    place: { chainId, registry },
    signer: privateKeyToAccount(`0x${key.slice(2)}`),
    folder,
    archive,
    kzg,
    // The demonstration is about blobs, whatever is cheaper here.
    route: () => 'blob',
    depth: () => ETHEREUM_DEPTH,
    caps: {
      maxFeePerGas: 200n * GWEI,
      maxPriorityFeePerGas: 10n * GWEI,
      maxFeePerBlobGas: 200n * GWEI,
    },
    pollMs: 25,
    label: 'a local EVM chain: proves nothing to outsiders',
  });
}

function lightning(place: RailPlaces['lightning']): AnchorRail {
  const token = readFileSync(place.tokenFile, 'utf8').trim();
  const { url, label, payee, desk } = place;
  return lightningRail({
    node: remoteLightningNode({ url, name: 'payer', token, label }),
    invoices: httpInvoiceSource({ origins: [desk] }),
    payeesOf: () => [payee],
    network: 'regtest',
    now: () => Date.now(),
  });
}

/** The rail that an order names. */
export async function railOf({ rail, places }: SettlerOrder): Promise<AnchorRail> {
  switch (rail) {
    case 'opentimestamps':
      return bitcoin(places.opentimestamps);
    case 'ethereum':
      return await ethereum(places.ethereum);
    case 'lightning':
      return lightning(places.lightning);
  }
}
