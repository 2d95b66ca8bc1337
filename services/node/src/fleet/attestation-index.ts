import type { EventStore, Position } from '@atomicity/event-log/port';
import { parseEnvelope } from '@atomicity/kernel/log/envelope';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { SpendProof } from '@atomicity/rails/ethereum/registry-port';

/** Spend proofs of the log by nullifier, from the public part of the events that record them. */
export class AttestationIndex {
  readonly #store: Pick<EventStore, 'readEnvelopes'>;
  readonly #proofs = new Map<FieldHex, SpendProof>();
  #from: Position | 'start' = 'start';
  #reading: Promise<void> = Promise.resolve();

  constructor(store: Pick<EventStore, 'readEnvelopes'>) {
    this.#store = store;
  }

  /** The recorded proof of a period; reads what the log has gained since the last call. */
  async find(nullifier: FieldHex): Promise<SpendProof | undefined> {
    const known = this.#proofs.get(nullifier);
    if (known !== undefined) return known;
    const reading = this.#reading.then(() => this.#catchUp());
    // A read that fails is its caller's error, not that of the next.
    this.#reading = reading.catch(() => undefined);
    await reading;
    return this.#proofs.get(nullifier);
  }

  async #catchUp(): Promise<void> {
    for await (const batch of this.#store.readEnvelopes(this.#from)) {
      for (const { envelope, disclosure, position } of batch) {
        this.#from = position;
        const parsed = parseEnvelope(envelope);
        if (parsed.kind === 'refused' || parsed.envelope.type !== 'PeriodAttested') continue;
        const proof = disclosure === null ? undefined : proofOf(disclosure);
        const nullifier = proof?.signals[5];
        if (proof !== undefined && nullifier !== undefined) this.#proofs.set(nullifier, proof);
      }
    }
  }
}

/** The public part of the event is the signed object as it was recorded. */
function proofOf(disclosure: string): SpendProof | undefined {
  const parsed = parseObject(disclosure);
  if (parsed.kind !== 'parsed' || parsed.object.body.type !== 'AttestationSummary')
    return undefined;
  const { circuit, publicSignals: signals, proof } = parsed.object.body;
  return { circuit: `${circuit.name}-${circuit.tier}`, signals, proof };
}
