/** Debian's python3-opentimestamps as a child process, and its words for what a proof says. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { decodeProof } from '@atomicity/rails/opentimestamps/decode';
import type { Attested } from '@atomicity/rails/opentimestamps/evaluate';
import type { DetachedProof } from '@atomicity/rails/opentimestamps/proof';

export class ReferenceLibrary {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #reader: Interface;
  readonly #lines: AsyncIterator<string>;
  #complaint = '';

  constructor() {
    const script = fileURLToPath(new URL('./opentimestamps.py', import.meta.url));
    // Debian's interpreter: another python3 in the path would not find Debian's library. -I, because the
    // script has the library's name and must not be imported in its place.
    this.#child = spawn('/usr/bin/python3', ['-I', '-W', 'ignore', script]);
    this.#child.stdin.on('error', (error) => {
      this.#complaint += error.message;
    });
    this.#child.stderr.on('data', (data: Buffer) => {
      this.#complaint += data.toString();
    });
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** One request, one answer; requests come one after another. @throws if the library is not there or fails. */
  async ask(request: Record<string, unknown>): Promise<Record<string, unknown>> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the reference library did not answer:\n${this.#complaint}`);
    const answer: Record<string, unknown> = JSON.parse(value);
    return answer;
  }

  close(): void {
    this.#reader.close();
    this.#child.kill();
  }
}

export const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
export const fromHex = (hex: unknown) => Uint8Array.from(Buffer.from(String(hex), 'hex'));

/** Our view in the script's words, sorted: the library's own order depends on its hash seed. */
export function words(attested: readonly Attested[]): readonly string[] {
  return attested
    .map(({ message, attestation }) =>
      JSON.stringify({
        message: toHex(message),
        attestation:
          attestation.kind === 'unknown'
            ? { kind: 'unknown', tag: toHex(attestation.tag), payload: toHex(attestation.payload) }
            : attestation,
      }),
    )
    .toSorted();
}

export function theirWords(attested: unknown): readonly string[] {
  if (!Array.isArray(attested)) throw new Error('no attestations in the answer');
  return attested.map((one) => JSON.stringify(one)).toSorted();
}

export function proofIn(bytes: Uint8Array): DetachedProof {
  const decoded = decodeProof(bytes);
  if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
  return decoded.proof;
}
