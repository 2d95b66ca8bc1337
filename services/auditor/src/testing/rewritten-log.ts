/**
 * Logs that no honest book would write: the world's events edited, sealed again and signed again by the
 * log's own key. What a malicious operator can do without anybody else's keys.
 */
import { signCheckpoint } from '@atomicity/event-log/checkpoint/checkpoint';
import { CompactRange } from '@atomicity/event-log/merkle/compact-range';
import { utf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { disclosureTextHash, payloadCommitment } from '@atomicity/kernel/log/envelope';
import { ORIGIN } from '@atomicity/kernel/testing/world';
import { bundleDigest } from '../bundle/digest.ts';
import type { BundleKind } from '../bundle/records.ts';
import type { BundleSource, SourceEvent } from '../bundle/source.ts';
import { writeBundle } from '../bundle/write-bundle.ts';
import { auditTreeHasher } from '../crypto/tree-hasher.ts';
import type { AuditWorld } from './audit-world.ts';

export type Edited = {
  readonly envelope: JsonObject;
  readonly disclosure: JsonValue;
  readonly payload: JsonObject;
};

/** Gives the event as it shall be; undefined drops it. */
export type Edit = (event: Edited, type: string, index: number) => Edited | undefined;

function edited(event: SourceEvent, index: number, edit: Edit): SourceEvent | undefined {
  // What is erased stays as it is: nobody can seal it again.
  if (event.salt === null) return event;
  const envelope = JSON.parse(Buffer.from(event.envelope).toString()) as JsonObject;
  const disclosure = JSON.parse(event.disclosure ?? 'null') as JsonValue;
  const payload = JSON.parse(event.payload ?? 'null') as JsonObject;
  const changed = edit({ envelope, disclosure, payload }, String(envelope['type']), index);
  if (changed === undefined) return undefined;
  const disclosureText = changed.disclosure === null ? null : canonicalJson(changed.disclosure);
  const payloadText = canonicalJson(changed.payload);
  const sealed = {
    ...changed.envelope,
    disclosure: disclosureText === null ? null : disclosureTextHash(disclosureText),
    payloadCommitment: payloadCommitment(event.salt, payloadText),
  };
  return {
    ...event,
    envelope: utf8(canonicalJson(sealed)),
    disclosure: disclosureText,
    payload: payloadText,
  };
}

/** The world's source over other events, with one checkpoint that the log key signs. */
export async function sourceOver(
  world: AuditWorld,
  events: readonly SourceEvent[],
): Promise<BundleSource> {
  const range = new CompactRange(auditTreeHasher);
  for (const event of events) range.append(auditTreeHasher.leaf(event.envelope));
  const checkpoint = { origin: ORIGIN, size: events.length, root: range.root() };
  const note = await signCheckpoint(checkpoint, world.signer);
  return {
    ...world.source(),
    size: events.length,
    async *events() {
      yield* events;
    },
    checkpoints: async () => [note],
    anchors: async () => [],
    payloads: async () => [],
  };
}

export async function textOf(source: BundleSource, kind: BundleKind): Promise<string> {
  let text = '';
  for await (const line of writeBundle(source, kind)) text += line;
  return text;
}

/** The bundle of the world's log after an edit of its events. */
export async function rewritten(
  world: AuditWorld,
  edit: Edit,
  kind: BundleKind = 'full',
): Promise<string> {
  const events = world.records.flatMap((event, index) => edited(event, index, edit) ?? []);
  return await textOf(await sourceOver(world, events), kind);
}

/** Edits the disclosures of one event type. */
export function disclosing(type: string, edit: (disclosure: JsonObject) => JsonValue): Edit {
  return (event, eventType) =>
    eventType === type && event.disclosure !== null
      ? { ...event, disclosure: edit(event.disclosure as JsonObject) }
      : event;
}

/** A bundle's text with some lines changed and its end recomputed, as an attacker would. */
export function resealed(bundle: string, edit: (lines: string[]) => readonly string[]): string {
  const lines = edit(bundle.split('\n').slice(0, -2));
  return `${lines.join('\n')}\n${endLine(lines)}\n`;
}

function endLine(lines: readonly string[]): string {
  const digest = bundleDigest();
  for (const line of lines) digest.add(`${line}\n`);
  return canonicalJson({ type: 'end', records: lines.length, digest: digest.finish() });
}
