import type { Submission } from '../intake.ts';
import { BATCH_OBJECTS_MAX } from './endpoints.ts';
import { membersOf, parseJson, type ReadBody, refuse } from './json-body.ts';

const COMMAND_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Reads `{"commandId":…,"object":…}`, the object being its canonical text as one JSON string. The
 * body must be canonical JSON itself, so that a repeated key or an unknown member cannot hide.
 * Refusals: malformed_request with the member at fault.
 */
export function readSubmission(body: Uint8Array): ReadBody<Submission> {
  const parsed = parseJson(body);
  if (parsed === undefined) return refuse('', 'a JSON object in UTF-8');
  const submission = submissionOf(parsed.value, '');
  if (!submission.ok) return submission;
  return parsed.text === JSON.stringify(submission.value)
    ? submission
    : refuse('', 'canonical JSON (RFC 8785) without repeated keys');
}

/** Reads `{"objects":[…]}` with 1 to 512 submissions. Refusals as `readSubmission`. */
export function readBatch(body: Uint8Array): ReadBody<readonly Submission[]> {
  const parsed = parseJson(body);
  if (parsed === undefined) return refuse('', 'a JSON object in UTF-8');
  const members = membersOf(parsed.value, ['objects'], '');
  if (!members.ok) return members;
  const [objects] = members.value;
  if (!Array.isArray(objects)) return refuse('/objects', 'an array');
  if (objects.length < 1 || objects.length > BATCH_OBJECTS_MAX) {
    return refuse('/objects', `1 to ${BATCH_OBJECTS_MAX} objects`);
  }
  const submissions: Submission[] = [];
  for (const [i, item] of objects.entries()) {
    const submission = submissionOf(item, `/objects/${i}`);
    if (!submission.ok) return submission;
    submissions.push(submission.value);
  }
  return parsed.text === JSON.stringify({ objects: submissions })
    ? { ok: true, value: submissions }
    : refuse('', 'canonical JSON (RFC 8785) without repeated keys');
}

function submissionOf(value: unknown, at: string): ReadBody<Submission> {
  const members = membersOf(value, ['commandId', 'object'], at);
  if (!members.ok) return members;
  const [commandId, object] = members.value;
  if (typeof commandId !== 'string' || !COMMAND_ID.test(commandId)) {
    return refuse(`${at}/commandId`, '1 to 64 characters of A-Z a-z 0-9 . _ -');
  }
  if (typeof object !== 'string') return refuse(`${at}/object`, 'the canonical text, as a string');
  // In the order of canonical JSON: what JSON.stringify makes of it is compared with the body.
  return { ok: true, value: { commandId, object } };
}
