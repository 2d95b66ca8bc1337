import type { PeerClient } from '@atomicity/client/peer-client';
import { type DrawNonce, type Signer, signObject } from '@atomicity/client/signer';
import { policyHash } from '@atomicity/kernel/routing/fee-policy';
import { offeredEdgesOf } from '@atomicity/kernel/routing/own-edges';
import { magnitudeOf, regionOf } from '@atomicity/kernel/routing/region';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import type {
  BodyOf,
  FeePolicy,
  RoutingOffer,
  RoutingSignal,
} from '@atomicity/kernel/wire/objects';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { LogLine } from '@atomicity/ledger/log-line';
import type { PaymentNews } from '@atomicity/router/payment/routing-knowledge';
import type { BookPort } from '@atomicity/router/ports';
import type { NetworkConfig } from './network-config.ts';
import type { OfferBoard } from './offer-board.ts';

export type OfferExchangeParts = {
  readonly config: Pick<
    NetworkConfig,
    'party' | 'fees' | 'marginMs' | 'offerTtlMs' | 'peers' | 'delegation'
  >;
  readonly signer: Signer;
  readonly board: OfferBoard;
  readonly book: BookPort;
  readonly peers: Pick<PeerClient, 'offers' | 'signal'>;
  readonly verify: (text: string) => Promise<VerifiedObject | Refusal>;
  readonly now: () => UnixMs;
  readonly draw: DrawNonce;
  readonly logLine: LogLine;
};

/** Hints that wait to be told; more of them are not: they are a soft prior only. */
const NEWS_MAX = 32;
/** How long a hint counts. */
const SIGNAL_TTL_MS = 60_000;

/**
 * Keeps this node's offers fresh, fetches those of its peers, and tells neighbours coarsely how
 * payments went. Each round does all three; one peer's silence holds up nobody.
 */
export class OfferExchange {
  readonly #parts: OfferExchangeParts;
  readonly #news: PaymentNews[] = [];
  readonly #silent = new Set<string>();
  #sequence = 0;

  constructor(parts: OfferExchangeParts) {
    this.#parts = parts;
  }

  /** Takes the news of a payment that ended; told with the next round. */
  tell(news: PaymentNews): void {
    if (this.#news.length < NEWS_MAX) this.#news.push(news);
  }

  /** Publishes, listens, tells. @throws Error when the own book can't take an own offer. */
  async round(): Promise<void> {
    await this.publish();
    await Promise.all([this.listen(), this.#tellNews()]);
  }

  /**
   * Signs an offer for each denomination with a fee, from the book's edges of now; recorded in the
   * own book, which prices what comes in by it.
   */
  async publish(): Promise<void> {
    const { config, board, book, signer, verify } = this.#parts;
    for (const terms of config.fees) {
      const { party: hop, marginMs } = config;
      const { text } = signObject(this.#offer({ ...terms, hop, marginMs }), [signer]);
      const object = await verify(text);
      if ('reason' in object) throw new Error(`own offer: ${object.reason}`);
      const outcome = await book.submit(object);
      if (outcome.kind === 'failed') return;
      if (outcome.kind === 'refused') throw new Error(`own offer: ${outcome.refusal.reason}`);
      board.post(object as VerifiedObject<BodyOf<'RoutingOffer'>>, config.delegation);
    }
  }

  /** Asks every peer for what it offers. Gives how many answered. */
  async listen(): Promise<number> {
    const { config, board, peers } = this.#parts;
    const rounds = config.peers.map(async ({ party }) => {
      const offers = await peers.offers(party);
      return board.hear(party, offers);
    });
    const results = await Promise.allSettled(rounds);
    results.forEach((result, i) => {
      this.#note(config.peers[i]?.party ?? '', result.status === 'fulfilled');
    });
    return results.filter(({ status }) => status === 'fulfilled').length;
  }

  /** A line when a peer falls silent and when it is back, none in between. */
  #note(peer: string, answered: boolean): void {
    const place = this.#parts.config.peers.findIndex(({ party }) => party === peer);
    if (answered && this.#silent.delete(peer)) {
      this.#parts.logLine('info', 'a peer answers again', { peer: place });
    }
    if (answered || this.#silent.has(peer)) return;
    this.#silent.add(peer);
    this.#parts.logLine('warn', 'a peer does not answer', { peer: place });
  }

  #offer(policy: FeePolicy): RoutingOffer {
    const { book, config, now, draw } = this.#parts;
    const at = now();
    return {
      v: 1,
      type: 'RoutingOffer',
      policy,
      policyHash: policyHash(policy),
      sequence: this.#next(at),
      at,
      ttlMs: config.offerTtlMs,
      edges: offeredEdgesOf(book.state(), config.party, policy.denomination, at),
      nonce: draw(),
    };
  }

  async #tellNews(): Promise<void> {
    const { config, peers, signer } = this.#parts;
    for (const news of this.#news.splice(0)) {
      const { text } = signObject(this.#signal(news), [signer]);
      const sent = config.peers.map(({ party }) => peers.signal(party, config.party, text));
      // A hint that is lost is none.
      await Promise.allSettled(sent);
    }
  }

  #signal({ receiver, denomination, amount, observed }: PaymentNews): RoutingSignal {
    const { config, draw, now } = this.#parts;
    return {
      v: 1,
      type: 'RoutingSignal',
      origin: config.party,
      region: regionOf(receiver),
      denomination,
      magnitude: magnitudeOf(amount),
      observed,
      sample: 1,
      sequence: this.#next(now()),
      ttlMs: SIGNAL_TTL_MS,
      nonce: draw(),
    };
  }

  /** Rises within the process by one, and over restarts with the seconds of the clock. */
  #next(now: UnixMs): number {
    this.#sequence = Math.max(this.#sequence + 1, Math.floor(unixMs(now) / 1000));
    return this.#sequence;
  }
}
