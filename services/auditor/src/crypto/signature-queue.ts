/**
 * Many Ed25519 verifications beside other work: OpenSSL runs them on the process' thread pool, so a
 * second core takes them over. Each distinct one is verified once.
 */
import { verify } from 'node:crypto';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { type Hash, keyOfPartyId, type PartyId, type Signature } from '@atomicity/kernel/units/id';
import { strictSignatureShape } from '@atomicity/kernel/wire/ed25519-strict';
import { signingBytes } from '@atomicity/kernel/wire/signing-bytes';
import { publicKeyObject } from './signatures.ts';

/** Verifications under way before a producer should wait. */
const PENDING_MAX = 4096;
const BATCH_MAX = 512;

export class SignatureQueue {
  private readonly known = new Map<string, Promise<boolean>>();
  private readonly waiting: (() => void)[] = [];
  private readonly batch: (() => void)[] = [];
  private pending = 0;

  /** True if `signature` is a strict Ed25519 signature of `message` by the raw key. Never rejects. */
  check(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const name = Buffer.concat([signature, publicKey, message]).toString('latin1');
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const result = this.start(publicKey, message, signature);
    this.known.set(name, result);
    return result;
  }

  /** As `check`, over the signing bytes of an object's id. */
  checkId(key: PartyId, id: Hash, signature: Signature): Promise<boolean> {
    return this.check(keyOfPartyId(key), signingBytes(id), hexToBytes(signature));
  }

  /** Resolves when a producer may go on: at once, unless too many verifications are under way. */
  async room(): Promise<void> {
    while (this.pending > PENDING_MAX) await this.next();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.pending > 0) await this.next();
  }

  private next(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private start(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (key.length !== 32 || signature.length !== 64) return Promise.resolve(false);
    if (strictSignatureShape(key, signature) !== undefined) return Promise.resolve(false);
    const object = publicKeyObject(key);
    if (object === undefined) return Promise.resolve(false);
    this.pending += 1;
    return new Promise((resolve) => {
      this.collect(() => {
        verify(null, message, object, signature, (error, isValid) => {
          this.pending -= 1;
          resolve(error === null && isValid);
          for (const wake of this.waiting.splice(0)) wake();
        });
      });
    });
  }

  /**
   * Hands jobs to the pool in batches: waking an idle thread costs more than it takes to verify, so
   * the pool is woken once for many.
   */
  private collect(job: () => void): void {
    this.batch.push(job);
    if (this.batch.length === 1) setImmediate(() => this.flush());
    if (this.batch.length >= BATCH_MAX) this.flush();
  }

  private flush(): void {
    for (const job of this.batch.splice(0)) job();
  }
}
