import { join } from 'node:path';
import { walletFinalizer } from '@atomicity/client/delivery';
import { PeerClient } from '@atomicity/client/peer-client';
import { randomNonce } from '@atomicity/client/signer';
import type { EventStore } from '@atomicity/event-log/port';
import type { Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import { noteCoreOf } from '@atomicity/kernel/book/note-cores';
import type { BookState } from '@atomicity/kernel/book/state';
import type { Hash, Nonce } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { type LogLine, logNothing } from '@atomicity/ledger/log-line';
import type { LedgerMetrics } from '@atomicity/ledger/metrics';
import type { PaymentNetwork, ReceiptMirror } from '@atomicity/ledger/peer-port';
import type { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import type { Clock } from '@atomicity/ledger/writer/book-clock';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { EdgeStateDesk } from '@atomicity/router/edge-states/edge-state-desk';
import { HopAgent } from '@atomicity/router/hop-agent';
import { EvidenceFile } from '@atomicity/router/mirror/evidence-file';
import { ReceiptMirror as MirrorFile } from '@atomicity/router/mirror/receipt-mirror';
import { RoutingDesk } from '@atomicity/router/offers/routing-desk';
import type { AgentPorts, BookPort, Finalizer, PeerPort } from '@atomicity/router/ports';
import { ShareFile } from '@atomicity/router/sharing/share-file';
import { ShareOutbox } from '@atomicity/router/sharing/share-outbox';
import type { DataDir } from '../compose/data-dir.ts';
import type { Operator } from '../compose/operator.ts';
import { bookPort } from './book-port.ts';
import { DelegationTexts } from './delegation-texts.ts';
import { HopIndex, vouchersOf } from './hop-index.ts';
import { Inquiry } from './inquiry.ts';
import { introduceParty } from './introduce-party.ts';
import type { NetworkConfig } from './network-config.ts';
import { networkMetrics } from './network-metrics.ts';
import { paymentNetwork } from './payment-network.ts';
import { shareMetrics } from './share-metrics.ts';
import { shareDelivery, shareLog } from './share-ports.ts';

export type NetworkParts = {
  readonly config: NetworkConfig;
  readonly dir: DataDir;
  readonly operator: Operator;
  readonly writer: BookWriter;
  readonly store: EventStore;
  readonly sequencer: Sequencer;
  readonly pool: VerificationPool;
  readonly metrics: LedgerMetrics;
  readonly clock: Clock;
  readonly logLine?: LogLine | undefined;
  readonly onFatal: (error: unknown) => void;
  /** Stands between the router and its peers: for rehearsals of dishonest nodes. */
  readonly wrapPeers?: ((peers: PeerPort) => PeerPort) | undefined;
};

/** A node's part of the network. */
export type RunningNetwork = {
  readonly network: PaymentNetwork;
  readonly mirror: ReceiptMirror;
  /** Takes what the book recorded, once it is durable, in order. */
  see(events: readonly RecordedEvent[], state: BookState): void;
  /** Goes on with everything that the book and the journal hold. Call it when the node can be reached. */
  start(): void;
  /** Sends nothing any more. A second call does nothing. */
  close(): void;
};

/** Files in a node's `router` folder. Both belong into backups. */
export const MIRROR_FILE = 'mirror.db';
export const EVIDENCE_FILE = 'evidence.db';
/** How far each neighbour has got. Not backed up: without it, everything is delivered again. */
const SHARE_FILE = 'shared.db';

const EVIDENCE_LIMITS = { textsPerIntent: 512, textsMax: 1_000_000 } as const;
/** UTF-16 code units of one receipt on average, for the room that a party has. */
const RECEIPT_SIZE = 8192;
/** Offers are fetched so often in the life of one, and not more often than once in this time. */
const PULLS_PER_TTL = 4;
const PULL_MS_MIN = 250;

/**
 * Composes the router of a node: its party introduced to the book, the agent over the book's writer,
 * the way to the peers, offers, metrics. Nothing is sent before `start`.
 * @throws NetworkConfigError when the book refuses what the configuration says.
 */
export async function openNetwork(parts: NetworkParts): Promise<RunningNetwork> {
  await introduceParty(parts.config, parts.operator, parts);
  const { config, dir, writer } = parts;
  const client = peerClient(config, parts.clock);
  const delegations = new DelegationTexts();
  delegations.note(config.delegation);
  for (const { delegation } of config.peers) if (delegation !== null) delegations.note(delegation);
  const mirror = new MirrorFile(join(dir.router, MIRROR_FILE), {
    textsPerParty: config.limits.mirroredPerParty,
    sizePerParty: config.limits.mirroredPerParty * RECEIPT_SIZE,
  });
  const evidence = new EvidenceFile(join(dir.router, EVIDENCE_FILE), EVIDENCE_LIMITS);
  const hops = new HopIndex(writer.flushedState());
  const shared = { ...portsOf(parts), journal: mirror.journal(), evidence };
  const share = openShare(parts, shared);
  const router = openRouter(parts, shared, { client, delegations, hops, outbox: share.outbox });
  const { agent, desk, states } = router;
  return {
    network: paymentNetwork({
      config,
      agent,
      desk,
      states,
      hops,
      delegations,
      inquiry: new Inquiry({ ...shared, hops, client }),
      ...shared,
    }),
    mirror,
    see(events, state) {
      hops.apply(events, state);
      share.outbox.see(events, state);
      const vouchers = events.flatMap(vouchersOf);
      if (vouchers.length > 0) agent.wake(vouchers);
    },
    start() {
      share.outbox.start();
      desk.start();
      states.start();
      agent.recover();
    },
    close() {
      router.stop();
      share.close();
      client.close();
      mirror.close();
      evidence.close();
    },
  };
}

type SharedPorts = Pick<
  AgentPorts,
  'party' | 'book' | 'verify' | 'sign' | 'now' | 'draw' | 'after'
> &
  Required<Pick<AgentPorts, 'journal' | 'evidence'>>;

type Reach = {
  readonly client: PeerClient;
  readonly delegations: DelegationTexts;
  readonly hops: HopIndex;
  readonly outbox: ShareOutbox;
};

/** Brings what this book records of the party's edges and keys to the books of their other ends. */
function openShare(parts: NetworkParts, ports: Pick<SharedPorts, OutboxPort>) {
  const { config, dir, writer, store, metrics, clock, logLine = logNothing } = parts;
  const file = new ShareFile(join(dir.router, SHARE_FILE));
  const delivery = shareDelivery(config, clock);
  const neighbours = config.peers.map(({ party }) => party);
  const gauges = { neighbours, outbox: () => outbox, store: file, now: ports.now };
  const outbox: ShareOutbox = new ShareOutbox({
    ...ports,
    ...shareMetrics(metrics.registry, gauges, logLine),
    log: shareLog(store, writer.flushedState().stream),
    share: delivery,
    store: file,
  });
  const close = () => {
    outbox.stop();
    delivery.close();
    file.close();
  };
  return { outbox, close };
}

type OutboxPort = 'party' | 'book' | 'sign' | 'now' | 'draw' | 'after';

function peerClient({ key, peers, limits }: NetworkConfig, clock: Clock): PeerClient {
  return new PeerClient({
    key,
    peers: new Map(peers.map(({ party, url }) => [party, url])),
    now: () => clock.now(),
    timeoutMs: limits.peerTimeoutMs,
  });
}

/** What agent, offers and states have in common: party, book, clock, chance. */
function portsOf(parts: NetworkParts) {
  const { config, writer, pool, clock } = parts;
  const { party, key } = config;
  return {
    party,
    book: bookPort(parts),
    verify: verifier(pool, writer),
    sign: (id: Hash) => ({ by: party, key: key.id, sig: key.signId(id) }),
    now: () => unixMs(Math.max(clock.now(), writer.flushedState().at)),
    draw: randomNonce,
    after,
  };
}

/** The agent with its offers and the states of its edges. `stop` is no failure of it. */
function openRouter(parts: NetworkParts, shared: SharedPorts, reach: Reach) {
  const { config, metrics, onFatal } = parts;
  const { client, delegations, hops, outbox } = reach;
  const counters = networkMetrics(metrics.registry, {
    open: () => hops.open(),
    pendingCount: () => agent.pendingCount,
    now: shared.now,
  });
  const { party, delegation, offerTtlMs } = config;
  const neighbours = {
    offers: async (of: typeof party) => {
      const heard = await client.offers(of);
      for (const { delegation: text } of heard) if (text !== null) delegations.note(text);
      return heard;
    },
    signal: (to: typeof party, text: string) => client.signal(to, party, text),
  };
  const routing = { ...shared, counters, neighbours, delegation };
  const pullMs = Math.max(PULL_MS_MIN, Math.floor(offerTtlMs / PULLS_PER_TTL));
  const desk = new RoutingDesk(routing, config.fees, { offerTtlMs, pullMs });
  const states = new EdgeStateDesk({
    ...shared,
    counters,
    propose: (to, edge, text) => client.propose(to, party, edge, text),
    delegationText: (of, key) => delegations.find(of, key),
    shared: outbox,
  });
  const peers: PeerPort = { send: (to, message) => client.send(to, message) };
  let isStopping = false;
  const ports: AgentPorts = {
    ...shared,
    counters,
    peers: parts.wrapPeers?.(peers) ?? peers,
    finalizer: finalizerOf(config, shared.book),
    onHalt: (reason) => {
      if (!isStopping) onFatal(new Error(`the router stopped: ${reason}`));
    },
  };
  const agent = new HopAgent(ports, { routing: desk, settings: config.sending });
  const stop = () => {
    isStopping = true;
    desk.stop();
    states.stop();
    agent.stop();
  };
  return { agent, desk, states, stop };
}

/** Every signature and opening, as the ledger checks what it takes in. */
function verifier(pool: VerificationPool, writer: BookWriter) {
  return async (text: string): Promise<VerifiedObject | Refusal> => {
    const lookUp = (voucher: Hash) => noteCoreOf(writer.flushedState(), voucher);
    const [verification] = await pool.verify([text], lookUp);
    if (verification === undefined) throw new Error('one verdict for one text');
    return verification.kind === 'verified' ? verification.object : verification.refusal;
  };
}

/** Signs with the party's wallet, or not at all: then the wallet finalizes by itself. */
function finalizerOf({ finalizer, wallet }: NetworkConfig, book: BookPort): Finalizer {
  if (finalizer === 'off' || wallet === null) {
    return { commit: async () => undefined, finalize: async () => undefined };
  }
  return walletFinalizer(wallet, (intent) => nonceOf(book, intent), randomNonce);
}

/** The nonce of an intent that the book has recorded. */
async function nonceOf(book: BookPort, intent: Hash): Promise<Nonce | undefined> {
  const known = book.state().intents.get(intent);
  const text = known === undefined ? undefined : await book.causeText(known.eventId);
  const parsed = text === undefined ? undefined : parseObject(text);
  if (parsed?.kind !== 'parsed') return undefined;
  const { body } = parsed.object;
  return body.type === 'PaymentIntent' ? body.nonce : undefined;
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
