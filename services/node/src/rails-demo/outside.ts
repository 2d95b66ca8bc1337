/** The world outside the node, which lives on while settlers are killed: a calendar, a chain, two Lightning nodes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { deployAnchorRegistry } from '@atomicity/contracts/script/deploy-anchor-registry';
import type { PartyId } from '@atomicity/kernel/units/id';
import { startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import { invoiceDesk } from '@atomicity/rails/lightning/invoice-desk';
import { invoiceDeskHandler } from '@atomicity/rails/lightning/invoice-desk-http';
import {
  type InvoiceJournal,
  openInvoiceJournal,
} from '@atomicity/rails/lightning/invoice-journal';
import { type LdkHost, startLdkHost } from '@atomicity/rails/lightning/ldk/start-ldk-host';
import { LocalBitcoin } from '@atomicity/rails/opentimestamps/local-bitcoin';
import { localBitcoinHandler } from '@atomicity/rails/opentimestamps/local-bitcoin-server';
import { type LocalCalendar, localCalendar } from '@atomicity/rails/opentimestamps/local-calendar';
import {
  createClient,
  createPublicClient,
  createTestClient,
  http,
  type PublicClient,
  parseEther,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { Closing } from '../story/play-story.ts';
import { BITCOIN_CONFIRMATIONS, type RailName, type RailPlaces } from './settler-order.ts';

export type Outside = {
  readonly places: RailPlaces;
  readonly publisher: `0x${string}`;
  readonly chain: PublicClient;
  readonly calendar: LocalCalendar;
  readonly bitcoin: LocalBitcoin;
  readonly lightning: LdkHost;
  readonly invoices: InvoiceJournal;
  /** Lets the world of one rail move on by a little. */
  advance(rail: RailName): Promise<void>;
};

/** Requests that the desk gets within a minute: a drill asks for many. */
const INVOICES_PER_MINUTE = 100_000;

const readerOf = (url: string): PublicClient =>
  createPublicClient({ transport: http(url, { retryCount: 0 }), cacheTime: 0 });

async function serve(handle: RequestListener, closing: Closing): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering =
  (handle: (...parameters: Parameters<RequestListener>) => Promise<unknown>): RequestListener =>
  (request, response) => {
    handle(request, response).catch(() => response.destroy());
  };

function secretFile(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
}

async function openBitcoin(closing: Closing) {
  const bitcoin = new LocalBitcoin();
  const calendar = localCalendar({ chain: bitcoin });
  const calendarUrl = await serve(answering(calendar.handle.bind(calendar)), closing);
  const headers = await serve(answering(localBitcoinHandler({ chain: bitcoin })), closing);
  return { bitcoin, calendar, place: { calendar: calendarUrl, headers } };
}

async function openChain(folder: string, closing: Closing) {
  const chain = await startLocalChain();
  closing.push(() => chain.stop());
  const transport = http(chain.url, { retryCount: 0 });
  const control = createTestClient({ mode: 'anvil', transport });
  const deployer = privateKeyToAccount(generatePrivateKey());
  const key = generatePrivateKey();
  const publisher = privateKeyToAccount(key).address;
  for (const address of [deployer.address, publisher]) {
    await control.setBalance({ address, value: parseEther('1000') });
  }
  const client = createClient({ account: deployer, transport });
  const { chainId, registry } = await deployAnchorRegistry({ client });
  const place = {
    url: chain.url,
    chainId,
    registry: lower(registry),
    keyFile: secretFile(folder, 'publisher-key', key),
    folder: join(folder, 'ethereum'),
  };
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  return { control, reader: readerOf(chain.url), publisher: lower(publisher), place };
}

const lower = (address: `0x${string}`): `0x${string}` => `0x${address.slice(2).toLowerCase()}`;

async function openLightning(folder: string, creditor: PartyId, closing: Closing) {
  const lightning = await startLdkHost();
  closing.push(() => lightning.stop());
  const invoices = await openInvoiceJournal(join(folder, 'invoices'));
  const desk = invoiceDesk({
    node: lightning.payee,
    journal: invoices,
    creditors: [creditor],
    amountMsatMin: 1n,
    amountMsatMax: 10_000_000_000n,
    invoicesPerMinuteMax: INVOICES_PER_MINUTE,
    now: () => Date.now(),
  });
  const place = {
    url: lightning.url,
    tokenFile: secretFile(folder, 'lightning-token', lightning.token),
    label: lightning.payer.label,
    payee: await lightning.payee.nodeId(AbortSignal.timeout(10_000)),
    desk: await serve(answering(invoiceDeskHandler(desk)), closing),
  };
  return { lightning, invoices, place };
}

/** Opens all of it; what was opened is closed by `closing`, newest first. */
export async function openOutside(
  folder: string,
  creditor: PartyId,
  closing: Closing,
): Promise<Outside> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { bitcoin, calendar, place: opentimestamps } = await openBitcoin(closing);
  const chain = await openChain(folder, closing);
  const { lightning, invoices, place } = await openLightning(folder, creditor, closing);
  let confirmed = 0;
  const advances: Readonly<Record<RailName, () => Promise<void>>> = {
    opentimestamps: async () => {
      const seconds = Math.floor(Date.now() / 1000);
      const digests = calendar.countOfDigests();
      if (digests > confirmed) calendar.confirmInChain(seconds);
      confirmed = digests;
      bitcoin.mineMore(BITCOIN_CONFIRMATIONS, seconds);
    },
    ethereum: () => chain.control.mine({ blocks: 1 }),
    lightning: async () => undefined,
  };
  return {
    places: { opentimestamps, ethereum: chain.place, lightning: place },
    publisher: chain.publisher,
    chain: chain.reader,
    calendar,
    bitcoin,
    lightning,
    invoices,
    advance: (rail) => advances[rail](),
  };
}
