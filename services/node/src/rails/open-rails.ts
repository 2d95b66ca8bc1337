/** The rails of a configuration, opened on the node's data directory. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { blobRetentionMs, ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import { readAccountKey } from '@atomicity/rails/ethereum/account-key';
import { ethereumRail } from '@atomicity/rails/ethereum/anchor-rail';
import { beaconBlobs } from '@atomicity/rails/ethereum/beacon-blobs';
import { type BlobArchive, openBlobArchive } from '@atomicity/rails/ethereum/blob-archive';
import { feeOracle } from '@atomicity/rails/ethereum/fee-oracle';
import { nodeKzg } from '@atomicity/rails/ethereum/kzg/kzg';
import { httpInvoiceSource } from '@atomicity/rails/lightning/invoice-source';
import { lndNode } from '@atomicity/rails/lightning/lnd';
import { lightningRail } from '@atomicity/rails/lightning/rail';
import { bitcoindHeaders } from '@atomicity/rails/opentimestamps/bitcoind-headers';
import type { BlockHeaders } from '@atomicity/rails/opentimestamps/block-headers';
import { httpCalendar } from '@atomicity/rails/opentimestamps/calendar-client';
import { esploraHeaders } from '@atomicity/rails/opentimestamps/esplora-headers';
import { pacedUpgrades } from '@atomicity/rails/opentimestamps/paced-upgrades';
import { openTimestampsRail } from '@atomicity/rails/opentimestamps/rail';
import type { AnchorRail } from '@atomicity/rails/port';
import type { PayingRail } from '@atomicity/settler/batch/choose-settlement';
import { createPublicClient, http } from 'viem';
import { chainView, depthOf, routeOf } from './ethereum-setup.ts';
import type { NodeRails, OpenRails, RailsPlace } from './node-rails.ts';
import {
  type BitcoinFile,
  type EthereumFile,
  type LightningFile,
  type OpenTimestampsFile,
  type RailsConfig,
  RailsConfigError,
} from './rails-config.ts';

/** Blobs and their state inside `rails` of the data directory. */
const BLOBS_FOLDER = 'blobs';
/** What the Ethereum rail remembers of its account's nonces. */
const ETHEREUM_FOLDER = 'ethereum';

/** Decimals of the smallest unit of Lightning: a millisatoshi. */
const MSAT_DECIMALS = 11;

/**
 * Opens what the configuration names. Files with secrets are read here; a network that does not answer now
 * keeps no node from starting.
 * @throws the adapters' errors for files and options that can't be used; they name the member or the file.
 */
export function openRailsOf(config: RailsConfig): OpenRails {
  return async (place) => {
    const { opentimestamps, ethereum, lightning, schedule } = config;
    const anchoring: AnchorRail[] = [];
    if (opentimestamps !== null) {
      const open = async () => openTimestamps(opentimestamps, place);
      anchoring.push(await named('opentimestamps', open));
    }
    const chain =
      ethereum === null ? undefined : await named('ethereum', () => openEthereum(ethereum, place));
    if (chain !== undefined) anchoring.push(chain.rail);
    const paying =
      lightning === null
        ? undefined
        : await named('lightning', async () => openLightning(lightning, place));
    const samples = schedule.lowFee?.samplesMax ?? 0;
    const rails: NodeRails = {
      rails: [...anchoring, ...(paying === undefined ? [] : [paying.rail])],
      everyBatch: anchoring.map(({ name }) => name),
      policy: schedule,
      pays: paying?.pays,
      chain: ethereum === null || samples === 0 ? undefined : viewOf(ethereum, samples),
      blobs: chain === undefined ? undefined : (now) => chain.archive.deadlines(now),
      close: async () => undefined,
    };
    return rails;
  };
}

/** What an adapter refuses of its options is a fault of the configuration: its member is named. */
async function named<T>(member: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    // Errors with names of their own say what is wrong; the file system's name the path.
    const isPlain =
      error instanceof Error && ['Error', 'RangeError'].includes(error.name) && !('code' in error);
    if (!isPlain) throw error;
    throw new RailsConfigError(`${member}: ${error.message}`, { cause: error });
  }
}

/**
 * A secret of another program, which its group may share. One that is not there yet is for who reads it to name.
 * @throws Error naming the member and the file.
 */
function keptPrivate(member: string, file: string): void {
  if (process.platform === 'win32' || !existsSync(file)) return;
  if ((statSync(file).mode & 0o007) !== 0) {
    throw new Error(`${member}: ${file} must not be readable by everybody`);
  }
}

function openTimestamps(
  { calendars, quorum, bitcoin }: OpenTimestampsFile,
  { now }: RailsPlace,
): AnchorRail {
  const rail = openTimestampsRail({
    label: calendars.map(({ url }) => url).join(', '),
    calendars: calendars.map(({ url, answersFor }) => httpCalendar({ url, answersFor })),
    quorum,
    ...(bitcoin === null ? {} : { blockHeaders: headersOf(bitcoin) }),
  });
  return pacedUpgrades(rail, { now });
}

function headersOf(bitcoin: BitcoinFile): BlockHeaders {
  const { confirmations, allowPlainHttp } = bitcoin;
  if (bitcoin.kind === 'esplora') {
    const { urls, quorum } = bitcoin;
    return esploraHeaders({ urls, quorum, confirmations, allowPlainHttp });
  }
  const { url, cookieFile } = bitcoin;
  keptPrivate('bitcoin: cookieFile', cookieFile);
  const credentials = { kind: 'cookie', cookieFile } as const;
  return bitcoindHeaders({ url, credentials, confirmations, allowPlainHttp });
}

async function openEthereum(
  file: EthereumFile,
  { dir, now, logLine }: RailsPlace,
): Promise<{ readonly rail: AnchorRail; readonly archive: BlobArchive }> {
  const { rpc: url, chainId, registry, fromBlock, caps, confirmations, deeper, beacon } = file;
  const kzg = nodeKzg();
  const retentionMs = blobRetentionMs(ETHEREUM_MAINNET);
  const archive = await openBlobArchive({
    folder: join(dir.rails, BLOBS_FOLDER),
    kzg,
    retention: { retentionMs, alarmMs: file.retentionAlarmMs },
    now,
  });
  const rail = await ethereumRail({
    url,
    place: { chainId, registry: `0x${registry.slice(2)}` },
    signer: readAccountKey(file.key, chainId),
    folder: join(dir.rails, ETHEREUM_FOLDER),
    archive,
    kzg,
    route: routeOf(file),
    depth: depthOf(confirmations, deeper),
    caps,
    fromBlock,
    ...(beacon === null ? {} : { beacon: beaconOf(beacon) }),
    onReadBackFailure: (error) =>
      logLine('warn', 'blobs could not be read back', { error: String(error) }),
  });
  return { rail, archive };
}

function beaconOf({ url, genesisTime, slotSeconds }: NonNullable<EthereumFile['beacon']>) {
  return beaconBlobs({ url, blockId: { kind: 'slot', genesisTime, slotSeconds } });
}

function viewOf(file: EthereumFile, samples: number): NonNullable<NodeRails['chain']> {
  const client = createPublicClient({ transport: http(file.rpc, { retryCount: 0 }) });
  return chainView(feeOracle(client), file, Math.min(samples, 1024));
}

function openLightning(
  file: LightningFile,
  { now }: RailsPlace,
): { readonly rail: AnchorRail; readonly pays: PayingRail } {
  const { lnd, network, debtors, payees, invoiceOrigins, amountMsatMax } = file;
  keptPrivate('lnd: macaroonFile', lnd.macaroonFile);
  const nodes = new Map(payees.map((payee) => [payee.party, payee.nodes]));
  const rail = lightningRail({
    node: lndNode(lnd),
    invoices: httpInvoiceSource({ origins: invoiceOrigins }),
    payeesOf: ({ creditor }) => nodes.get(creditor) ?? [],
    network,
    amountMsatMax,
    feeBaseMsat: file.feeBaseMsat,
    feeMillionths: file.feeMillionths,
    now,
  });
  const unit = { code: 'BTC', decimals: MSAT_DECIMALS, min: 1n, max: amountMsatMax };
  return { rail, pays: { rail: rail.name, unit, debtors: new Set(debtors) } };
}
