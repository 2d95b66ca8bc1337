import { magnitudeOf, regionOf } from '@atomicity/kernel/routing/region';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { RoutingSignal } from '@atomicity/kernel/wire/objects';
import type { PaymentNews } from '../payment/routing-knowledge.ts';
import type { Journal } from '../ports.ts';
import { signedText } from '../signed-text.ts';
import type { RoutingPorts, RoutingSettings } from './routing-ports.ts';
import { nextSequence } from './sequence.ts';

type Topic = {
  readonly region: string;
  readonly denomination: Denomination;
  readonly magnitude: number;
  readonly observed: 'success' | 'failure';
};

const SAMPLE_MAX = 1_000;

/**
 * Tells neighbours, now and then, how payments to coarse regions went. Several payments of one topic
 * become one signal; none names a receiver or an amount.
 */
export class SignalSender {
  readonly #ports: RoutingPorts;
  readonly #settings: RoutingSettings;
  readonly #journal: Journal;
  readonly #counts = new Map<string, { readonly topic: Topic; readonly sample: number }>();

  constructor(ports: RoutingPorts, settings: RoutingSettings, journal: Journal) {
    this.#ports = ports;
    this.#settings = settings;
    this.#journal = journal;
  }

  note({ receiver, denomination, amount, observed }: PaymentNews): void {
    const magnitude = magnitudeOf(amount);
    const topic: Topic = { region: regionOf(receiver), denomination, magnitude, observed };
    const key = Object.values(topic).join(' ');
    const known = this.#counts.get(key);
    if (known === undefined && this.#counts.size >= this.#settings.topicsMax) return;
    const sample = Math.min(SAMPLE_MAX, (known?.sample ?? 0) + 1);
    this.#counts.set(key, { topic, sample });
  }

  /** Sends what has been noted since, and forgets it; what a neighbour does not take is lost. */
  async flush(neighbours: readonly PartyId[]): Promise<void> {
    const noted = [...this.#counts.values()];
    this.#counts.clear();
    for (const { topic, sample } of noted) {
      const now = this.#ports.now();
      const body: RoutingSignal = {
        v: 1,
        type: 'RoutingSignal',
        origin: this.#ports.party,
        ...topic,
        sample,
        sequence: nextSequence(this.#journal, 'signal', now),
        ttlMs: this.#settings.signalTtlMs,
        nonce: this.#ports.draw(),
      };
      const { text } = signedText(this.#ports, body);
      for (const neighbour of neighbours) await this.#send(neighbour, text);
    }
  }

  async #send(to: PartyId, text: string): Promise<void> {
    try {
      await this.#ports.neighbours.signal(to, text);
    } catch {
      // A hint: whoever is out of reach goes without it.
    }
  }
}
