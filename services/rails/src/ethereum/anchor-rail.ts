/**
 * The Ethereum rail: a batch's root in the AnchorRegistry, its payload in blobs or in the call.
 *
 * A batch takes effect once: everything signed for it has one nonce, of which the chain takes one, and the
 * registry takes a batch of this account once.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import type { TransactionReceipt } from 'viem';
import {
  type AnchorEvidence,
  type AnchorRail,
  type BatchContent,
  type LookUp,
  type RailCost,
  RailError,
  type Submission,
  type Upgrade,
} from '../port.ts';
import { AnchorChain } from './anchor-chain.ts';
import {
  checkPayload,
  chooseForm,
  draftOf,
  offered,
  publisherOf,
  redraft,
  signAnchor,
} from './anchor-draft.ts';
import { checkOptions, type EthereumRailOptions } from './anchor-options.ts';
import { asUnknown, contentOf, keptBlobs, notSeen, publicationOf } from './anchor-submission.ts';
import { readBackPublished } from './beacon-blobs.ts';
import { BlobArchiveError } from './blob-archive.ts';
import { railRefused } from './chain-errors.ts';
import type { Hex } from './context.ts';
import { type EthereumAnchor, readEthereumEvidence } from './evidence/verify-evidence.ts';
import { type FeeQuote, firstOffer, isUnderpriced, raisedOffer } from './fee-bounds.ts';
import { type FeeOracle, feeOracle } from './fee-oracle.ts';
import { NonceJournal } from './nonce-journal.ts';
import {
  decodePrepared,
  encodePrepared,
  PREVIOUS_MAX,
  type PreparedAnchor,
} from './prepared-anchor.ts';
import { sidecarVersion, withSidecar } from './sidecar.ts';

const ABANDONED_BLOCKS = 300;
/** A transaction that nobody keeps is sent so often before it is replaced. */
const SENDS_MAX = 4;

/** Where the batch's transactions stand, as far as the node knows. */
type Standing = { readonly head: number; readonly used: number };

class EthereumRail implements AnchorRail {
  readonly name = 'ethereum';
  readonly label: string;
  readonly repeatIsSameSubmission = true;
  readonly #options: EthereumRailOptions;
  readonly #chain: AnchorChain;
  readonly #fees: FeeOracle;
  readonly #journal: NonceJournal;
  /** Two batches must not choose a nonce at the same time. */
  #preparing: Promise<unknown> = Promise.resolve();

  constructor(options: EthereumRailOptions, journal: NonceJournal) {
    const { url, place, fromBlock = 0, requestMs = 30_000 } = options;
    this.#options = options;
    this.#journal = journal;
    this.#chain = new AnchorChain({ url, place, fromBlock, requestMs });
    this.#fees = feeOracle(this.#chain.client, options.fees);
    this.label = options.label ?? `EVM chain ${place.chainId}`;
  }

  prepare(submission: Submission): Promise<Uint8Array> {
    const turn = this.#preparing.then(() => this.#prepare(contentOf(submission)));
    this.#preparing = turn.catch(() => undefined);
    return turn;
  }

  async submit(submission: Submission, signal: AbortSignal): Promise<AnchorEvidence> {
    const content = contentOf(submission);
    const prepared = this.#preparedOf(submission, content);
    if (prepared === undefined) throw railRefused('nothing was prepared', {});
    const raw = await this.#rawOf(prepared, content);
    await this.#journal.sending(prepared.nonce, prepared.batch);
    // From here on it may be out: whatever fails leaves its fate open, and it is looked up.
    try {
      const failure = await this.#chain.send(raw);
      // A node that took long over a large transaction may well have it.
      const refusal = failure?.code === 'rail_timeout' ? undefined : failure;
      const receipt = await this.#included(prepared, refusal, signal);
      return await this.#evidence(receipt, content);
    } catch (error) {
      throw asUnknown(error);
    }
  }

  async lookUp(submission: Submission): Promise<LookUp> {
    const content = contentOf(submission);
    const { batch } = content.batch;
    const prepared = this.#preparedOf(submission, content);
    const publisher = publisherOf(this.#options);
    const { number: head } = await this.#chain.head();
    // The count first: what used the nonce by then has left its record when that is asked for.
    const used = await this.#chain.nonce(publisher, 'latest');
    if (await this.#chain.isAnchored(publisher, batch)) {
      return { kind: 'applied', evidence: await this.#recorded(prepared, content) };
    }
    if (prepared === undefined) return { kind: 'not_applied' };
    const step = Math.ceil((this.#options.abandonedBlocks ?? ABANDONED_BLOCKS) / 4);
    await this.#journal.touch(prepared.nonce, batch, head, step);
    const receipt = await this.#receiptOf(prepared);
    if (receipt?.status === 'success') {
      return { kind: 'applied', evidence: await this.#evidence(receipt, content) };
    }
    const at = { head, used };
    return used > prepared.nonce
      ? await this.#afterNonce(prepared, content, at, receipt)
      : await this.#beforeNonce(prepared, content, at);
  }

  async upgrade(
    evidence: AnchorEvidence,
    signal: AbortSignal,
    submission?: Submission,
  ): Promise<Upgrade> {
    const anchor = this.#shown(evidence, submission);
    const { number: head } = await this.#chain.head();
    // A node that is behind, or a chain that is shorter for now, decides nothing.
    if (head < anchor.blockNumber) return { kind: 'unchanged' };
    const canonical = await this.#chain.blockHashAt(anchor.blockNumber);
    if (canonical !== anchor.blockHash) {
      await this.#published(anchor, false);
      return { kind: 'dropped', code: 'reorged' };
    }
    const depth = head - anchor.blockNumber + 1;
    if (depth < this.#options.depth(submission?.content?.batch.values)) {
      return { kind: 'unchanged' };
    }
    await this.#readBack(anchor, signal);
    return { kind: 'confirmed', evidence, height: anchor.blockNumber };
  }

  costOf({ bytes }: AnchorEvidence): RailCost | undefined {
    const verdict = readEthereumEvidence(bytes);
    return verdict.kind === 'shown' ? { unit: 'wei', amount: verdict.anchor.costWei } : undefined;
  }

  async #prepare(content: BatchContent): Promise<Uint8Array> {
    checkPayload(content);
    const { batch } = content.batch;
    const options = this.#options;
    const { caps, abandonedBlocks = ABANDONED_BLOCKS } = options;
    const publisher = publisherOf(options);
    const { number: head } = await this.#chain.head();
    const used = await this.#chain.nonce(publisher, 'latest');
    const holds = this.#journal.from(used);
    const held = holds.find(
      (hold) => hold.batch !== batch && head - hold.touchedAt < abandonedBlocks,
    );
    if (held !== undefined) {
      const facts = { nonce: held.nonce, batch: held.batch };
      throw railRefused('another batch holds the account’s next nonce', facts);
    }
    const before = holds.find((hold) => hold.batch === batch) ?? holds[0];
    const nonce = before?.nonce ?? (await this.#chain.nonce(publisher, 'pending'));
    const quote = await this.#fees.quote();
    // What may wait for a block under this nonce gives way only to more of the same kind.
    const sent = before?.isSent === true ? before : undefined;
    const form = sent?.form ?? chooseForm(content, quote, options);
    const offer = offered(
      sent === undefined
        ? firstOffer(quote, caps, form)
        : raisedOffer(sent.offer, quote, caps, form),
    );
    const draft = await draftOf(content, form, { options, chain: this.#chain });
    const terms = { nonce, offer, previous: [], signedAt: head };
    const bytes = encodePrepared(await signAnchor(content, draft, terms, options));
    const isSent = sent !== undefined;
    await this.#journal.hold({ nonce, batch, form, offer, isSent, sends: 0, touchedAt: head });
    return bytes;
  }

  /** @throws {RailError} (not_applied) for what was prepared elsewhere: its fate can't be told here. */
  #preparedOf({ prepared }: Submission, { batch }: BatchContent): PreparedAnchor | undefined {
    if (prepared === undefined) return undefined;
    const read = decodePrepared(prepared);
    const { place } = this.#options;
    const isOurs =
      read?.batch === batch.batch &&
      read.chainId === place.chainId &&
      read.registry === place.registry &&
      read.publisher === publisherOf(this.#options);
    if (read === undefined || !isOurs) {
      throw railRefused('what was prepared is for another batch, account or registry', {});
    }
    return read;
  }

  async #rawOf(prepared: PreparedAnchor, content: BatchContent): Promise<Hex> {
    const { archive, kzg, sidecarV1From = 0 } = this.#options;
    if (prepared.form === 'calldata') return prepared.raw;
    const { timestamp } = await this.#chain.head();
    const blobs = await keptBlobs(prepared.versionedHashes, content, archive);
    return await withSidecar(prepared.raw, blobs, sidecarVersion(timestamp, sidecarV1From), kzg);
  }

  /** Waits until something signed for the batch is in a block. */
  async #included(
    prepared: PreparedAnchor,
    refusal: RailError | undefined,
    signal: AbortSignal,
  ): Promise<TransactionReceipt> {
    const { inclusionMs = 30_000, pollMs = 1_000 } = this.#options;
    const until = performance.now() + inclusionMs;
    const { hash, nonce } = prepared;
    for (;;) {
      const receipt = await this.#receiptOf(prepared);
      if (receipt?.status === 'success') return receipt;
      if (receipt !== undefined) throw railRefused('the transaction reverted', { hash, nonce });
      if (refusal !== undefined) throw refusal;
      if (performance.now() >= until) throw notSeen(prepared);
      await pause(pollMs, undefined, { signal }).catch(() => {
        throw notSeen(prepared);
      });
    }
  }

  async #receiptOf(prepared: PreparedAnchor): Promise<TransactionReceipt | undefined> {
    for (const hash of [prepared.hash, ...prepared.previous.toReversed()]) {
      const receipt = await this.#chain.receipt(hash);
      if (receipt !== undefined) return receipt;
    }
    return undefined;
  }

  /** The evidence of a batch that the registry has, whatever was prepared for it. */
  async #recorded(prepared: PreparedAnchor | undefined, content: BatchContent) {
    const own = prepared === undefined ? undefined : await this.#receiptOf(prepared);
    if (own?.status === 'success') return await this.#evidence(own, content);
    const hash = await this.#chain.anchoredBy(publisherOf(this.#options), content.batch.batch);
    const receipt = hash === undefined ? undefined : await this.#chain.receipt(hash);
    if (receipt !== undefined) return await this.#evidence(receipt, content);
    throw new RailError({
      code: 'rail_answer_unusable',
      outcome: 'unknown',
      shortMessage: 'the registry has the batch, and the node no event of it',
    });
  }

  /** Evidence of a receipt; the archive learns where the blobs are. */
  async #evidence(receipt: TransactionReceipt, content: BatchContent): Promise<AnchorEvidence> {
    const hashes = await this.#chain.versionedHashes(receipt.transactionHash);
    const blobs = await keptBlobs(hashes, content, this.#options.archive);
    const evidence = { bytes: await this.#chain.evidence(receipt, blobs) };
    const [{ batch }, anchor] = [content, this.#shown(evidence)];
    if (anchor.batch !== batch.batch || anchor.root !== batch.subject.root) {
      throw railRefused('the registry has another root for the batch', { batch: batch.batch });
    }
    await this.#published(anchor, true);
    return evidence;
  }

  /** The nonce is used, and not by an anchor of the batch. */
  async #afterNonce(
    { nonce }: PreparedAnchor,
    { batch }: BatchContent,
    { head }: Standing,
    reverted: TransactionReceipt | undefined,
  ): Promise<LookUp> {
    // Only what is deep enough to rest a batch on can make what was prepared void for good.
    const settled = head - this.#options.depth(batch.values) + 1;
    const publisher = publisherOf(this.#options);
    const isSettled = settled >= 0 && (await this.#chain.nonce(publisher, settled)) > nonce;
    if (!isSettled) return { kind: 'unknown' };
    return { kind: 'void', code: reverted === undefined ? 'nonce_taken' : 'reverted' };
  }

  /** The nonce is free: it waits, was lost on its way, or never left. */
  async #beforeNonce(
    prepared: PreparedAnchor,
    content: BatchContent,
    { head, used }: Standing,
  ): Promise<LookUp> {
    let isKnown = false;
    for (const hash of [prepared.hash, ...prepared.previous]) {
      isKnown ||= await this.#chain.isKnown(hash);
    }
    const again: LookUp = isKnown ? { kind: 'unknown' } : { kind: 'not_applied' };
    const { stuckBlocks = 10 } = this.#options;
    const waited = head - prepared.signedAt;
    const isBehind = used < prepared.nonce;
    // Behind another nonce no fee helps.
    if (isBehind && (waited < stuckBlocks || this.#isHeld(prepared, { head, used }))) return again;
    const quote = await this.#fees.quote();
    if (isBehind) {
      return await this.#replacement({ ...prepared, nonce: used }, content, quote, 'nonce_gap');
    }
    const isTooCheap = isUnderpriced(prepared.offer, quote, prepared.form);
    if (isTooCheap && (!isKnown || waited >= Math.ceil(stuckBlocks / 4))) {
      return await this.#replacement(prepared, content, quote, 'underpriced');
    }
    if (waited < stuckBlocks) return again;
    if (isKnown) return await this.#replacement(prepared, content, quote, 'stuck');
    // Nodes take it and forget it: what they keep must be worth more to them.
    if (this.#journal.sends(prepared.nonce, prepared.batch) >= SENDS_MAX) {
      return await this.#replacement(prepared, content, quote, 'not_kept');
    }
    return again;
  }

  /** Whether another batch will use one of the nonces before this one's. */
  #isHeld({ nonce, batch }: PreparedAnchor, { head, used }: Standing): boolean {
    const { abandonedBlocks = ABANDONED_BLOCKS } = this.#options;
    return this.#journal.from(used).some((hold) => {
      return hold.nonce < nonce && hold.batch !== batch && head - hold.touchedAt < abandonedBlocks;
    });
  }

  /** A dearer transaction with the same nonce; unknown where the caps allow none, until fees fall. */
  async #replacement(
    prepared: PreparedAnchor,
    content: BatchContent,
    quote: FeeQuote,
    code: string,
  ): Promise<LookUp> {
    const { caps } = this.#options;
    const { form, nonce } = prepared;
    const raised = raisedOffer(prepared.offer, quote, caps, form);
    if (raised.kind === 'above_cap' || prepared.previous.length >= PREVIOUS_MAX) {
      return { kind: 'unknown' };
    }
    const { offer } = raised;
    const previous = [...prepared.previous, prepared.hash];
    const terms = { nonce, offer, previous, signedAt: quote.block };
    const draft = redraft(content, prepared);
    const replacement = await signAnchor(content, draft, terms, this.#options);
    const { batch } = prepared;
    const touchedAt = quote.block;
    await this.#journal.hold({ nonce, batch, form, offer, isSent: true, sends: 0, touchedAt });
    return { kind: 'replace', prepared: encodePrepared(replacement), code };
  }

  /** @throws {RailError} (not_applied) for evidence of something else. */
  #shown({ bytes }: AnchorEvidence, submission?: Submission): EthereumAnchor {
    const verdict = readEthereumEvidence(bytes);
    const { chainId, registry } = this.#options.place;
    const reason =
      verdict.kind === 'refused'
        ? verdict.reason
        : verdict.anchor.chainId !== chainId || verdict.anchor.registry !== registry
          ? 'other_registry'
          : undefined;
    const other =
      submission !== undefined &&
      verdict.kind === 'shown' &&
      verdict.anchor.root !== hashFromBytes(submission.root);
    if (verdict.kind === 'shown' && reason === undefined && !other) return verdict.anchor;
    throw new RailError({
      code: 'rail_answer_unusable',
      outcome: 'not_applied',
      shortMessage: 'the evidence shows no anchor of this root here',
      facts: { reason: reason ?? 'other_root' },
    });
  }

  /** An archive that lost the batch is told of: the anchor is what the chain says, and does not wait for it. */
  async #published({ batch, versionedHashes, ...at }: EthereumAnchor, isThere: boolean) {
    const { archive, onReadBackFailure = () => undefined } = this.#options;
    if (versionedHashes.length === 0) return;
    await archive.published(batch, isThere ? publicationOf(at) : null).catch((error: unknown) => {
      if (!(error instanceof BlobArchiveError)) throw error;
      onReadBackFailure(error);
    });
  }

  /** Proves once that the network has what the archive has. The anchor does not depend on it. */
  async #readBack(anchor: EthereumAnchor, signal: AbortSignal): Promise<void> {
    const { archive, beacon, place, onReadBackFailure = () => undefined } = this.#options;
    if (beacon === undefined || anchor.versionedHashes.length === 0) return;
    await this.#published(anchor, true);
    // Earlier batches too, whose turn came while the beacon node was away.
    await readBackPublished(archive, place.chainId, beacon, onReadBackFailure, signal);
  }
}

/**
 * Opens the rail named `ethereum`: reads the journal of nonces in its folder, and asks the chain nothing yet.
 * Chain and registry are checked before the first answer is believed.
 *
 * @throws {RangeError} for an option out of range; Error for a journal that is damaged.
 */
export async function ethereumRail(options: EthereumRailOptions): Promise<AnchorRail> {
  checkOptions(options);
  const { place, folder } = options;
  const file = join(folder, `nonces-${place.chainId}-${publisherOf(options).slice(2)}.json`);
  return new EthereumRail(options, await NonceJournal.open(file));
}
