/** Two-phase transfers without signatures: what the books cost when nobody has to be believed. */

import { decide } from '@atomicity/kernel/book/decide';
import type { BookEvent } from '@atomicity/kernel/book/events';
import { evolve } from '@atomicity/kernel/book/evolve';
import { openBook } from '@atomicity/kernel/book/open-book';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { eventId } from '@atomicity/kernel/log/envelope';
import { delegation, edge } from '@atomicity/kernel/testing/accounts';
import {
  createWorld,
  HOUR,
  OPERATOR,
  ORIGIN,
  START,
  STREAM,
  testParty,
  USD,
} from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import {
  type Hash,
  nonceFromBytes,
  type PartyId,
  parseSignature,
} from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import type { WireBody } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';

const NO_SIGNATURE = parseSignature('00'.repeat(64));

/** A transfer: the hold and the receipt. Its intent is part of the set-up: PostgreSQL has no such thing. */
export type Transfer = readonly [VerifiedObject, VerifiedObject];

export type TransferWorkload = {
  readonly setup: readonly VerifiedObject[];
  readonly transfers: readonly Transfer[];
};

let drawn = 0;
function draw() {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, drawn++);
  return nonceFromBytes(bytes);
}

/** An object that says it was verified, for measuring what comes after that. */
function unsigned(body: WireBody, by: PartyId, key: PartyId): VerifiedObject {
  if (NO_SIGNATURE === undefined) throw new Error('128 hex digits');
  const signatures = [{ by, key, sig: NO_SIGNATURE }];
  const id = objectId(body);
  const object = { id, body, signatures, text: encodeObject(body, signatures) };
  return verified(object, { signatures: 'all_verified', opening: 'checked' });
}

/** `count` transfers spread over `edges` edges, all at the time START. */
export function buildTransfers(edges: number, count: number): TransferWorkload {
  const world = createWorld();
  const payer = testParty('payer');
  const payees = Array.from({ length: edges }, (_, i) => testParty(`payee ${i}`));
  const setup: VerifiedObject[] = [
    delegation(world, payer),
    ...payees.map((p) => delegation(world, p)),
  ];
  const limit = amount(10n ** 15n);
  const lines = payees.map((payee) => edge(world, payer, payee, { limitA: limit, limitB: limit }));
  setup.push(...lines);
  const transfers = Array.from({ length: count }, (_, i): Transfer => {
    const payee = payees[i % edges];
    const line = lines[i % edges];
    if (payee === undefined || line === undefined) throw new Error('an edge for each transfer');
    const value = amount(BigInt(1 + (i % 97)));
    const intent = unsigned(
      {
        v: 1,
        type: 'PaymentIntent',
        receiver: payee.id,
        denomination: USD,
        amount: value,
        expiresAt: unixMs(START + 9 * HOUR),
        description: '',
        policyHash: null,
        constraints: { maxFeeBps: 0, latencyMs: 1_000 },
        delivery: null,
        nonce: draw(),
      },
      payee.id,
      payee.key.id,
    );
    const voucher = unsigned(
      {
        v: 1,
        type: 'CapacityVoucher',
        intent: intent.id,
        edge: line.id,
        from: payer.id,
        to: payee.id,
        denomination: USD,
        amount: value,
        fee: amount(0n),
        at: START,
        expiresAt: unixMs(START + 8 * HOUR),
        policyHash: null,
        prevReceipt: null,
        grant: null,
        route: null,
        nonce: draw(),
      },
      payer.id,
      payer.key.id,
    );
    const receipt = unsigned(
      {
        v: 1,
        type: 'FinalizeReceipt',
        intent: intent.id,
        voucher: voucher.id,
        amount: value,
        fee: amount(0n),
        at: START,
        notes: [],
        delivery: null,
        nonce: draw(),
      },
      payee.id,
      payee.key.id,
    );
    setup.push(intent);
    return [voucher, receipt];
  });
  return { setup, transfers };
}

/** A book in memory, without a log. */
export class MemoryBook {
  state: BookState = emptyBook(STREAM, ORIGIN);
  readonly #now: UnixMs = START;

  constructor() {
    this.#record('open', [openBook({ name: 'bench', origin: ORIGIN, operator: OPERATOR.id })]);
  }

  submit(object: VerifiedObject): void {
    const decision = decide(
      this.state,
      { kind: 'object', commandId: object.id, object },
      this.#now,
    );
    if (decision.kind !== 'accepted')
      throw new Error(`${object.body.type}: ${JSON.stringify(decision)}`);
    this.#record(object.id, decision.events);
  }

  #record(commandId: string, events: readonly BookEvent[]): void {
    for (const [ordinal, event] of events.entries()) {
      const id: Hash = eventId(STREAM, commandId, ordinal);
      const revision = this.state.revision + 1;
      this.state = evolve(this.state, {
        ...event,
        stream: STREAM,
        revision,
        at: this.#now,
        eventId: id,
      });
    }
  }
}
