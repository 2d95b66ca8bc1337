import type { AnchorList, AnchorStateView, AnchorView, LoggedEvent, LogView } from '../log-view.ts';
import { readAbandoning, readNothing } from './anchor-body.ts';
import { maySee } from './caller.ts';
import { endpoint } from './endpoints.ts';
import { jsonBytes, readOrRefuse } from './json-request.ts';
import {
  callerOfRequest,
  type LedgerReply,
  type LedgerRequest,
  parameter,
} from './ledger-request.ts';
import { RefusedRequest } from './problem.ts';
import { controller } from './routing.ts';
import { ANCHORS, LOG_VIEW } from './tokens.ts';

/** Evidence of 64 KiB each, in hex: 13 MB at most. */
const ANCHORS_MAX = 100;
const BATCHES_MAX = 1000;
/** Evidence of these names an edge, its creditor, an amount, and the preimage that was paid for. */
const BILATERAL_RAILS: ReadonlySet<string> = new Set(['lightning']);
/** A full tile never changes; a partial one is replaced by a wider one. */
const FULL_TILE_CACHE = 'public, max-age=31536000, immutable';
const NO_CACHE = 'no-cache';

/** The transparency log and its anchors. */
export class LogController {
  readonly #log: LogView;
  readonly #anchors: AnchorList;

  constructor(log: LogView, anchors: AnchorList) {
    this.#log = log;
    this.#anchors = anchors;
  }

  async getCheckpoint(_request: LedgerRequest, reply: LedgerReply): Promise<string> {
    const checkpoint = found(await this.#log.checkpoint());
    reply.header('content-type', endpoint('getCheckpoint').response.contentType);
    reply.header('cache-control', NO_CACHE);
    return checkpoint;
  }

  async getTile(request: LedgerRequest, reply: LedgerReply): Promise<Buffer> {
    const path = parameter(request, '*');
    const tile = found(await this.#log.tile(path));
    reply.header('content-type', endpoint('getTile').response.contentType);
    reply.header('cache-control', path.includes('.p/') ? NO_CACHE : FULL_TILE_CACHE);
    return Buffer.from(tile);
  }

  async getInclusionProof(request: LedgerRequest): Promise<{
    readonly index: number;
    readonly size: number;
    readonly path: readonly string[];
  }> {
    const index = Number(parameter(request, 'index'));
    const size = Number(parameter(request, 'size'));
    return { index, size, path: found(await this.#log.inclusion(index, size)) };
  }

  async getConsistencyProof(request: LedgerRequest): Promise<{
    readonly from: number;
    readonly to: number;
    readonly path: readonly string[];
  }> {
    const from = Number(parameter(request, 'from'));
    const to = Number(parameter(request, 'to'));
    return { from, to, path: found(await this.#log.consistency(from, to)) };
  }

  async getEvent(request: LedgerRequest): Promise<LoggedEvent> {
    return found(await this.#log.event(Number(parameter(request, 'index'))));
  }

  /** Parties read the anchors without what evidence says of other parties. */
  async getAnchors(request: LedgerRequest): Promise<{ readonly anchors: readonly AnchorView[] }> {
    const anchors = await this.#anchors.newest(ANCHORS_MAX);
    if (maySee(callerOfRequest(request), [])) return { anchors };
    const without = (anchor: AnchorView) =>
      BILATERAL_RAILS.has(anchor.rail) ? { ...anchor, proof: null } : anchor;
    return { anchors: anchors.map(without) };
  }

  getBatches(): ReturnType<AnchorList['batches']> {
    return this.#anchors.batches(BATCHES_MAX);
  }

  async askBatch(request: LedgerRequest): Promise<{ readonly asked: true }> {
    readOrRefuse(readNothing(jsonBytes(request)));
    if (!this.#anchors.askBatch()) throw new RefusedRequest({ reason: 'not_found' });
    return { asked: true };
  }

  async abandonAnchor(request: LedgerRequest): Promise<AnchorStateView> {
    const reason = readOrRefuse(readAbandoning(jsonBytes(request)));
    return found(await this.#anchors.abandon(parameter(request, 'anchor'), reason));
  }
}

controller(LogController, [LOG_VIEW, ANCHORS]);

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new RefusedRequest({ reason: 'not_found' });
  return value;
}
