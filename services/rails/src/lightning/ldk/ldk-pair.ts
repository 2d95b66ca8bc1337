/** Two real Lightning nodes in this process with one channel between them, over TCP of the loopback. */

import { randomBytes } from 'node:crypto';
import { type Event, Event_FundingGenerationReady } from 'lightningdevkit';
import { loadLdk } from './ldk-library.ts';
import { LdkNode } from './ldk-node.ts';
import { StandInChain, transactionPaying } from './stand-in-chain.ts';

const CHANNEL_SATS = 10_000_000n;
/** What the payee's end has to begin with: enough for its reserve. */
const PUSHED_MSAT = 1_000_000_000n;
const CONFIRMATIONS = 6;
const TURNS_MAX = 100_000;

export type LdkPair = {
  readonly payer: LdkNode;
  readonly payee: LdkNode;
  /** What the payer can send in one payment, before its first. */
  readonly spendableMsat: bigint;
  readonly stop: () => Promise<void>;
};

/** Lets the sockets deliver until `reached` answers something. */
async function until<T>(what: string, reached: () => T | undefined): Promise<T> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const answer = reached();
    if (answer !== undefined) return answer;
    await new Promise(setImmediate);
  }
  throw new Error(`LDK did not come to: ${what}`);
}

async function openChannel(
  payer: LdkNode,
  payee: LdkNode,
  chain: StandInChain,
  funding: () => Event_FundingGenerationReady | undefined,
): Promise<bigint> {
  const there = payee.engine.manager.get_our_node_id();
  const { manager } = payer.engine;
  const asked = manager.create_channel(there, CHANNEL_SATS, PUSHED_MSAT, 1n, null, null);
  if (!asked.is_ok()) throw new Error('LDK opens no channel');
  payer.engine.pump();
  const ready = await until('a channel to fund', funding);
  const transaction = transactionPaying(ready.output_script, ready.channel_value_satoshis);
  const { temporary_channel_id: channel, counterparty_node_id: node } = ready;
  const given = manager.funding_transaction_generated(channel, node, transaction.bytes);
  if (!given.is_ok()) throw new Error('LDK takes no funding');
  payer.engine.pump();
  await until('a funding to publish', () => payer.engine.broadcast[0]);
  const seconds = Math.floor(Date.now() / 1_000);
  chain.mine(seconds, transaction);
  for (let i = 1; i < CONFIRMATIONS; i++) chain.mine(seconds);
  payer.engine.pump();
  payee.engine.pump();
  await until('a channel at the payee', () => payee.engine.manager.list_usable_channels()[0]);
  const usable = await until('a channel at the payer', () => manager.list_usable_channels()[0]);
  return usable.get_next_outbound_htlc_limit_msat();
}

/**
 * Starts two nodes and opens a channel of 0.1 bitcoin that do not exist, in less than a second. A second call
 * starts two others.
 */
export async function startLdkPair(): Promise<LdkPair> {
  await loadLdk();
  const chain = new StandInChain();
  let funding: Event_FundingGenerationReady | undefined;
  const onEvent = (event: Event) => {
    if (event instanceof Event_FundingGenerationReady) funding = event;
  };
  const nodeOf = (name: string) =>
    new LdkNode({
      seed: Uint8Array.from(randomBytes(32)),
      chain,
      label: `LDK ${name} in this process: a real channel on a chain that is none`,
      onEvent,
    });
  const [payer, payee] = [nodeOf('payer'), nodeOf('payee')];
  const port = await payee.engine.listen();
  await payer.engine.dial(port, payee.engine.manager.get_our_node_id());
  const isConnected = () =>
    payer.engine.peers.list_peers().length > 0 && payee.engine.peers.list_peers().length > 0;
  await until('a connection', () => isConnected() || undefined);
  const spendableMsat = await openChannel(payer, payee, chain, () => funding);
  return {
    payer,
    payee,
    spendableMsat,
    stop: async () => {
      await payer.engine.close();
      await payee.engine.close();
    },
  };
}
