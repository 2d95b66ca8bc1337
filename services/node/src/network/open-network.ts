import { walletFinalizer } from '@atomicity/client/delivery';
import { PeerClient } from '@atomicity/client/peer-client';
import { randomNonce, type Signer } from '@atomicity/client/signer';
import type { EventStore } from '@atomicity/event-log/port';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import { noteCoreOf } from '@atomicity/kernel/book/note-cores';
import type { BookState } from '@atomicity/kernel/book/state';
import { type Hash, type Nonce } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { LogLine } from '@atomicity/ledger/log-line';
import type { LedgerMetrics } from '@atomicity/ledger/metrics';
import type { PaymentNetwork, ReceiptMirror } from '@atomicity/ledger/peer-port';
import type { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import type { Clock } from '@atomicity/ledger/writer/book-clock';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { HopAgent } from '@atomicity/router/hop-agent';
import type { RoutingKnowledge } from '@atomicity/router/payment/routing-knowledge';
import type { AgentPorts, BookPort, Finalizer, PeerPort } from '@atomicity/router/ports';
import type { DataDir } from '../compose/data-dir.ts';
import type { Operator } from '../compose/operator.ts';
import { every, type Timer } from '../compose/timer.ts';
import { bookPort } from './book-port.ts';
import { HopIndex, vouchersOf } from './hop-index.ts';
import { introduceParty } from './introduce-party.ts';
import type { NetworkConfig } from './network-config.ts';
import { networkMetrics } from './network-metrics.ts';
import { OfferBoard } from './offer-board.ts';
import { OfferExchange } from './offer-exchange.ts';
import { paymentNetwork } from './payment-network.ts';
import { openRouterStores, type RouterStores } from './router-stores.ts';

export type NetworkParts = {
  readonly config: NetworkConfig;
  readonly dir: DataDir;
  readonly operator: Operator;
  readonly writer: BookWriter;
  readonly store: EventStore;
  readonly pool: VerificationPool;
  readonly metrics: LedgerMetrics;
  readonly clock: Clock;
  readonly logLine: LogLine;
  readonly onFatal: (error: unknown) => void;
  /** Stands between the router and its peers: for rehearsals of dishonest nodes. */
  readonly wrapPeers?: ((peers: PeerPort) => PeerPort) | undefined;
};

/** A node's part of the network. */
export type RunningNetwork = {
  readonly network: PaymentNetwork;
  readonly mirror: ReceiptMirror | undefined;
  /** Takes what the book recorded, once it is durable, in order. Never throws. */
  see(events: readonly RecordedEvent[], state: BookState): void;
  /** Goes on with everything that the book and the journal hold. Call it when the node can be reached. */
  start(): void;
  /** Sends nothing any more. A second call does nothing. */
  close(): Promise<void>;
};

/** Offers are renewed so often in their life, and not more often than this. */
const ROUNDS_PER_TTL = 4;
const ROUND_MS_MIN = 500;

/**
 * Composes the router of a node: its party introduced to the book, the agent over the book's writer,
 * the way to the peers, offers, metrics. Nothing is sent before `start`.
 * @throws NetworkConfigError when the book refuses what the configuration says.
 */
export async function openNetwork(parts: NetworkParts): Promise<RunningNetwork> {
  const { config, writer, pool, store, clock, onFatal } = parts;
  await introduceParty(config, parts.operator, { writer, pool });
  const context: Context = {
    ...parts,
    signer: { by: config.party, key: config.key },
    book: bookPort(writer, store),
    hops: new HopIndex(writer.flushedState()),
    now: () => unixMs(Math.max(clock.now(), writer.flushedState().at)),
    verify: verifier(pool, writer),
    client: peerClient(config, clock),
    stores: openRouterStores(parts.dir.router, { ...config.limits, now: () => clock.now() }),
  };
  const { exchange, board } = await openOffers(context);
  const router = openAgent(context, board, exchange);
  let round: Timer | undefined;
  return {
    network: networkOf(context, board, router.agent),
    mirror: context.stores.mirror,
    see(events, state) {
      context.hops.apply(events, state);
      const vouchers = events.flatMap(vouchersOf);
      if (vouchers.length > 0) router.agent.wake(vouchers);
    },
    start() {
      const everyMs = Math.max(ROUND_MS_MIN, config.offerTtlMs / ROUNDS_PER_TTL);
      round = every(everyMs, () => exchange.round(), onFatal);
      exchange.round().catch(onFatal);
      router.agent.recover();
    },
    async close() {
      router.stop();
      context.client.close();
      await round?.stop();
      context.stores.close();
    },
  };
}

type Context = NetworkParts & {
  readonly signer: Signer;
  readonly book: BookPort;
  readonly hops: HopIndex;
  readonly now: () => UnixMs;
  readonly verify: (text: string) => Promise<VerifiedObject | Refusal>;
  readonly client: PeerClient;
  readonly stores: RouterStores;
};

function peerClient({ key, peers, limits }: NetworkConfig, clock: Clock): PeerClient {
  return new PeerClient({
    key,
    peers: new Map(peers.map(({ party, url }) => [party, url])),
    now: () => clock.now(),
    timeoutMs: limits.peerTimeoutMs,
  });
}

async function openOffers(context: Context) {
  const { config, book, verify, now, client } = context;
  const board = new OfferBoard({ party: config.party, state: book.state, verify, now });
  await board.know(config.delegation);
  for (const { delegation } of config.peers) if (delegation !== null) await board.know(delegation);
  const exchange = new OfferExchange({ ...context, board, peers: client, draw: randomNonce });
  return { board, exchange };
}

/** The agent; `stop` is no failure of it. */
function openAgent(context: Context, board: OfferBoard, exchange: OfferExchange) {
  const { config, signer, book, client, now, verify, stores, hops, metrics, onFatal } = context;
  const peers: PeerPort = { send: (to, message) => client.send(to, message) };
  let isStopping = false;
  const ports: AgentPorts = {
    party: config.party,
    book,
    peers: context.wrapPeers?.(peers) ?? peers,
    verify,
    sign: (id) => ({ by: signer.by, key: signer.key.id, sig: signer.key.signId(id) }),
    now,
    draw: randomNonce,
    after,
    finalizer: finalizerOf(config, book),
    journal: stores.journal,
    evidence: stores.evidence,
    counters: networkMetrics(metrics.registry, {
      open: () => hops.open(),
      pendingCount: () => agent.pendingCount,
      now,
    }),
    onHalt: (reason) => {
      if (!isStopping) onFatal(new Error(`the router stopped: ${reason}`));
    },
  };
  const routing: RoutingKnowledge = {
    index: () => board.index(),
    learn: (outcomes, at) => board.learn(outcomes, at),
    isSignedBy: (object, party, at) => board.isSignedBy(object, party, at),
    tell: (news) => exchange.tell(news),
  };
  const agent = new HopAgent(ports, { routing });
  const stop = () => {
    isStopping = true;
    agent.stop();
  };
  return { agent, stop };
}

function networkOf(context: Context, board: OfferBoard, agent: HopAgent): PaymentNetwork {
  const { config, book, hops } = context;
  return paymentNetwork({
    party: config.party,
    peers: new Set(config.peers.map(({ party }) => party)),
    agent,
    book,
    hops,
    states: context,
    offers: () => board.told(),
    signal: (from, text) => board.signal(from, text),
  });
}

/** Off the event loop as everything else that the ledger takes in. */
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
