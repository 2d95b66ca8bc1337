import type { Hash } from '@atomicity/kernel/units/id';

/** Payloads of batches by their SHA-256: what is closed can be sent again whenever it has to be. */
export interface PayloadSource {
  /** The payload, checked against its hash; undefined if there is none. */
  read(payload: Hash): Promise<Uint8Array | undefined>;
}
