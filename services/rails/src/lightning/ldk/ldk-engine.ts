/**
 * One LDK node without its books: keys, channels and peers over TCP. It does what is asked and hands on events
 * in their order; nothing runs by a clock, as nothing on a loopback needs one.
 */

import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  BestBlock,
  BroadcasterInterface,
  ChainMonitor,
  ChainParameters,
  ChannelManager,
  ChannelMonitorUpdateStatus,
  DefaultMessageRouter,
  DefaultRouter,
  type Event,
  Event_PendingHTLCsForwardable,
  EventHandler,
  FeeEstimator,
  IgnoringMessageHandler,
  KeysManager,
  Logger,
  MaxDustHTLCExposure,
  MultiThreadedLockableScore,
  Network,
  NetworkGraph,
  Option_FilterZ,
  Option_SocketAddressZ,
  PeerManager,
  Persist,
  ProbabilisticScorer,
  ProbabilisticScoringDecayParameters,
  ProbabilisticScoringFeeParameters,
  Result_CVec_u8ZPeerHandleErrorZ_OK,
  Result_NoneReplayEventZ,
  SocketDescriptor,
  UserConfig,
} from 'lightningdevkit';
import type { StandInChain } from './stand-in-chain.ts';

const REGTEST = Network.LDKNetwork_Regtest;
const SATS_PER_1000_WEIGHT = 253;
const DUST_EXPOSURE_MSAT_MAX = 5_000_000_000n;
let descriptors = 0n;

function forgetfulPersist(): Persist {
  const done = ChannelMonitorUpdateStatus.LDKChannelMonitorUpdateStatus_Completed;
  return Persist.new_impl({
    persist_new_channel: () => done,
    update_persisted_channel: () => done,
    archive_persisted_channel: () => undefined,
  });
}

function wholeChannelConfig(): UserConfig {
  const config = UserConfig.constructor_default();
  const handshake = config.get_channel_handshake_config();
  // A single payment may use all of a channel; by default it is a tenth.
  handshake.set_max_inbound_htlc_value_in_flight_percent_of_channel(100);
  config.set_channel_handshake_config(handshake);
  const channel = config.get_channel_config();
  // Below about 2,300 satoshis a payment is dust on a chain; by default two at a time are refused as too much.
  channel.set_max_dust_htlc_exposure(
    MaxDustHTLCExposure.constructor_fixed_limit_msat(DUST_EXPOSURE_MSAT_MAX),
  );
  config.set_channel_config(channel);
  return config;
}

export class LdkEngine {
  readonly manager: ChannelManager;
  readonly peers: PeerManager;
  /** Transactions that the node would publish. */
  readonly broadcast: Uint8Array[] = [];
  readonly #monitor: ChainMonitor;
  readonly #onEvent: (event: Event) => void;
  readonly #handler: EventHandler;
  readonly #pending: Event[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #pumping = false;
  #again = false;

  constructor(seed: Uint8Array, chain: StandInChain, onEvent: (event: Event) => void) {
    const seconds = Math.floor(Date.now() / 1_000);
    const fees = FeeEstimator.new_impl({ get_est_sat_per_1000_weight: () => SATS_PER_1000_WEIGHT });
    const broadcaster = BroadcasterInterface.new_impl({
      broadcast_transactions: (transactions) => void this.broadcast.push(...transactions),
    });
    const logger = Logger.new_impl({ log: () => undefined });
    const none = Option_FilterZ.constructor_none();
    const persist = forgetfulPersist();
    const monitor = ChainMonitor.constructor_new(none, broadcaster, logger, fees, persist);
    const keys = KeysManager.constructor_new(seed, BigInt(seconds), 42);
    const entropy = keys.as_EntropySource();
    const graph = NetworkGraph.constructor_new(REGTEST, logger);
    const decay = ProbabilisticScoringDecayParameters.constructor_default();
    const scorer = ProbabilisticScorer.constructor_new(decay, graph, logger);
    const score = MultiThreadedLockableScore.constructor_new(scorer.as_Score()).as_LockableScore();
    const scoring = ProbabilisticScoringFeeParameters.constructor_default();
    const router = DefaultRouter.constructor_new(graph, logger, entropy, score, scoring);
    this.manager = ChannelManager.constructor_new(
      fees,
      monitor.as_Watch(),
      broadcaster,
      router.as_Router(),
      DefaultMessageRouter.constructor_new(graph, entropy).as_MessageRouter(),
      logger,
      entropy,
      keys.as_NodeSigner(),
      keys.as_SignerProvider(),
      wholeChannelConfig(),
      ChainParameters.constructor_new(REGTEST, BestBlock.constructor_from_network(REGTEST)),
      seconds,
    );
    const ignoring = IgnoringMessageHandler.constructor_new();
    this.peers = PeerManager.constructor_new(
      this.manager.as_ChannelMessageHandler(),
      ignoring.as_RoutingMessageHandler(),
      ignoring.as_OnionMessageHandler(),
      ignoring.as_CustomMessageHandler(),
      seconds,
      entropy.get_secure_random_bytes(),
      logger,
      keys.as_NodeSigner(),
    );
    this.#monitor = monitor;
    this.#onEvent = onEvent;
    this.#handler = EventHandler.new_impl({
      handle_event: (event) => {
        this.#pending.push(event);
        return Result_NoneReplayEventZ.constructor_ok();
      },
    });
    chain.watch(this.manager.as_Confirm());
    chain.watch(monitor.as_Confirm());
  }

  /** Sends what is to be sent and hands on every event, until nothing is left to do. */
  pump(): void {
    // An event's handler asks for more work, which the loop that runs already does.
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.peers.process_events();
        this.manager.as_EventsProvider().process_pending_events(this.#handler);
        this.#monitor.as_EventsProvider().process_pending_events(this.#handler);
        for (const event of this.#pending.splice(0)) {
          this.#again = true;
          // LDK would have us wait a moment, so that an observer can't link hops; there is one hop.
          if (event instanceof Event_PendingHTLCsForwardable) {
            this.manager.process_pending_htlc_forwards();
          } else this.#onEvent(event);
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Takes connections on a free port of 127.0.0.1, which it answers. */
  async listen(): Promise<number> {
    const server = createServer((socket) => {
      const descriptor = this.#attach(socket);
      const nowhere = Option_SocketAddressZ.constructor_none();
      this.peers.new_inbound_connection(descriptor, nowhere);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  /** Opens an encrypted connection to a node that listens on 127.0.0.1. */
  async dial(port: number, node: Uint8Array): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('error', reject);
    });
    const descriptor = this.#attach(socket);
    const nowhere = Option_SocketAddressZ.constructor_none();
    const begun = this.peers.new_outbound_connection(node, descriptor, nowhere);
    if (!(begun instanceof Result_CVec_u8ZPeerHandleErrorZ_OK)) throw new Error('no handshake');
    socket.write(begun.res);
  }

  #attach(socket: Socket): SocketDescriptor {
    descriptors += 1n;
    const id = descriptors;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const descriptor = SocketDescriptor.new_impl({
      send_data: (data) => {
        // The socket keeps what it can't send at once.
        socket.write(Uint8Array.from(data));
        return data.length;
      },
      disconnect_socket: () => void socket.destroy(),
      eq: (other) => other.hash() === id,
      hash: () => id,
    });
    socket.on('data', (data) => {
      if (!this.peers.read_event(descriptor, Uint8Array.from(data)).is_ok()) socket.destroy();
      this.pump();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.#sockets.delete(socket)) return;
      this.peers.socket_disconnected(descriptor);
      this.pump();
    });
    return descriptor;
  }

  /** Ends every connection. The node is of no more use then. */
  async close(): Promise<void> {
    const sockets = [...this.#sockets];
    this.#sockets.clear();
    for (const socket of sockets) socket.destroy();
    const server = this.#server;
    if (server === undefined) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
