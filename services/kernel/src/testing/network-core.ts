/**
 * Books of several nodes in one memory: one hosted party each, edges between them, and the messages
 * that their ends owe one another. The small router in `network-node.ts` does what an honest node
 * does; tests take its place wherever they want to lie. Nothing is random and nothing waits: time
 * passes in `advance`, messages move in `deliver` and `pump` of `network.ts`.
 */
import type { Decision } from '../book/decision.ts';
import { positionsOf } from '../credit/positions.ts';
import { policyHash } from '../routing/fee-policy.ts';
import { amount } from '../units/amount.ts';
import type { Hash, PartyId, StreamId } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { FeePolicy, WireBody } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { delegation, edge } from './accounts.ts';
import { feePolicy, offerOf } from './hop-statements.ts';
import { testNonce } from './keys.ts';
import { createTestBook, type TestBook } from './test-book.ts';
import {
  type Change,
  createWorld,
  must,
  OPERATOR,
  START,
  type TestParty,
  testParty,
  through,
  USD,
  type World,
} from './world.ts';

/** `works`: honest. `silent`: records what comes and does nothing of its own. `down`: unreachable. */
export type NodeMode = 'works' | 'silent' | 'down';

/** A node: the book of its party. Mutable: `mode` and `readingAgeMs` are a test's to set. */
export type NetworkNode = {
  readonly name: string;
  readonly party: TestParty;
  readonly book: TestBook;
  readonly policy: FeePolicy;
  readonly marginMs: number;
  /** This clock less true time, ms. */
  readonly offsetMs: number;
  mode: NodeMode;
  /** Age of the clock readings that the node goes by when it signs vouchers, ms. */
  readingAgeMs: number;
  /** As a receiver: sign a CommitSignal before the receipt of several parts. */
  commits: boolean;
};

export type Message = {
  readonly from: NetworkNode;
  readonly to: NetworkNode;
  readonly object: VerifiedObject;
};

export type Network = {
  readonly world: World;
  readonly nodes: readonly NetworkNode[];
  /** Edges by `name name`, in both orders. */
  readonly edges: ReadonlyMap<string, Hash>;
  /** Messages on their way, oldest first. A test may reorder them. */
  readonly pending: Message[];
  /** True time since the start, ms. */
  elapsedMs: number;
};

export type NetworkOptions = {
  readonly names: readonly string[];
  /** Pairs of names, with changes of the agreement (limits are 1,000,000 both ways). */
  readonly edges: readonly (readonly [string, string, Change<'EdgeAgreement'>?])[];
  /** Clock less true time, ms, by name. */
  readonly offsetsMs?: Readonly<Record<string, number>>;
  /** Fee policies by name: 1 unit and 100 bps, rounded up, where nothing is said. */
  readonly policies?: Readonly<Record<string, Partial<FeePolicy>>>;
  readonly marginMs?: number;
  readonly crypto?: 'real' | 'none';
};

const LIMIT = amount(1_000_000n);
/** Clocks may be years apart. */
const WIDE = { notBefore: unixMs(0), expiresAt: unixMs(2 * START) };

function createNode(name: string, options: NetworkOptions): NetworkNode {
  const party = testParty(name);
  const offsetMs = options.offsetsMs?.[name] ?? 0;
  const marginMs = options.marginMs ?? 1_000;
  const policy = feePolicy(party, { marginMs, ...options.policies?.[name] });
  const book = createTestBook(
    unixMs(START + offsetMs),
    testNonce(`stream ${name}`) as string as StreamId,
  );
  const node = { name, party, book, policy, marginMs, offsetMs, readingAgeMs: 0, commits: true };
  return { ...node, mode: 'works' };
}

/** Books that know one another's keys and edges, each with its hosted party and its offer. */
export function createNetwork(options: NetworkOptions): Network {
  const world = createWorld({ crypto: options.crypto ?? 'none' });
  const nodes = options.names.map((name) => createNode(name, options));
  const parties = [OPERATOR, ...nodes.map(({ party }) => party)];
  const edges = new Map<string, Hash>();
  const network: Network = { world, nodes, edges, pending: [], elapsedMs: 0 };
  for (const { book, party, policy, marginMs } of nodes) {
    const nonce = world.nonce();
    const hosting = { v: 1, type: 'PartyHosting', party: party.id, marginMs, nonce } as const;
    book.accept(...parties.map((one) => delegation(world, one, WIDE)));
    book.accept(world.object(hosting, through(OPERATOR)));
    book.accept(offerOf(world, party, policy, { at: book.now }));
  }
  for (const [one, other, change] of options.edges) {
    const ends = [nodeOf(network, one), nodeOf(network, other)] as const;
    const terms = { limitA: LIMIT, limitB: LIMIT, ...change };
    const agreement = edge(world, ends[0].party, ends[1].party, terms);
    for (const { book } of ends) book.accept(agreement);
    edges.set(`${one} ${other}`, agreement.id).set(`${other} ${one}`, agreement.id);
  }
  return network;
}

/** The node of a name. */
export function nodeOf({ nodes }: Network, name: string): NetworkNode {
  return must(
    nodes.find((node) => node.name === name),
    name,
  );
}

/** The node that hosts a party; undefined for a stranger. */
export function hostOf({ nodes }: Network, party: PartyId): NetworkNode | undefined {
  return nodes.find((node) => node.party.id === party);
}

/** The edge between two nodes. */
export function edgeBetween({ edges }: Network, one: string, other: string): Hash {
  return must(edges.get(`${one} ${other}`), `edge ${one} ${other}`);
}

/** Hash of the policy that a node published. */
export const policyOf = ({ policy }: NetworkNode): Hash => policyHash(policy);

/** Signs a body by the node's party. */
export function signed<B extends WireBody>({ world }: Network, node: NetworkNode, body: B) {
  return world.object(body, through(node.party));
}

/** Records an object as a node does: lapses that are due come first. */
export function record({ book }: NetworkNode, object: VerifiedObject): Decision {
  book.lapse();
  return book.submit(object);
}

/** Puts a message on its way; to a stranger, or to nobody, nothing is sent. */
export function send(
  { pending }: Network,
  from: NetworkNode,
  to: NetworkNode | undefined,
  object: VerifiedObject,
): void {
  if (to !== undefined && from.mode !== 'down') pending.push({ from, to, object });
}

/** What others owe a node's party less what it owes them, by its own book. */
export function positionOf({ book, party }: NetworkNode): bigint {
  return positionsOf(book.state, party.id).get(USD) ?? 0n;
}

/** The object that caused an event of the node, as its log keeps it. */
const causes = new WeakMap<NetworkNode, Map<Hash, VerifiedObject>>();

/** Keeps an object that the node may have to send again. */
export function keep(node: NetworkNode, object: VerifiedObject): void {
  const kept = causes.get(node) ?? new Map<Hash, VerifiedObject>();
  causes.set(node, kept.set(object.id, object));
}

/** An object that was kept. */
export const kept = (node: NetworkNode, id: Hash): VerifiedObject =>
  must(causes.get(node)?.get(id), 'cause');
