import { hash } from 'node:crypto';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { Call, Reply } from './calls.ts';
import { short } from './identities.ts';

/** Stands for a text in a trace. */
export const fingerprint = (text: string): string => hash('sha256', text, 'hex').slice(0, 12);

function describeText(text: string): string {
  const { body } = JSON.parse(text);
  const { type, voucher, transition, reason, intent } = body;
  if (type === 'HopReceipt') {
    const why = reason === null ? '' : ` ${reason}`;
    return `HopReceipt(${transition}${why}) ${short(voucher)} ${fingerprint(text)}`;
  }
  return `${type} ${short(intent ?? '')} ${fingerprint(text)}`;
}

/** One line for a trace, with a digest of every text. */
export function describeCall(call: Call): string {
  switch (call.kind) {
    case 'hops':
      return call.message.objects.map(describeText).join(', ') || 'ping';
    case 'state':
      return `proposes ${describeText(call.text)}`;
    case 'share':
      return `shares ${call.objects.map(({ text }) => describeText(text)).join(', ')}`;
  }
}

export function describeReply(reply: Reply): string {
  switch (reply.kind) {
    case 'hops':
      return reply.answer.answers
        .map((answer) => {
          if (answer.kind === 'answer') return describeText(answer.object);
          return answer.kind === 'refused' ? `refused ${answer.refusal.reason}` : 'none';
        })
        .join(', ');
    case 'state': {
      const { answer } = reply;
      return answer.kind === 'refused'
        ? `refused ${answer.refusal.reason}`
        : `${answer.kind} ${describeText(answer.object)}`;
    }
    case 'share':
      return reply.outcomes
        .map((one) => (one.kind === 'taken' ? 'taken' : `refused ${one.refusal.reason}`))
        .join(', ');
  }
}

/** One line for a trace, with a digest of the whole. */
export function describeEvent(event: RecordedEvent): string {
  const { type, revision, at, data } = event;
  const facts = JSON.stringify(data, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  const side = 'side' in data ? ` ${data.side}` : '';
  const subject = 'voucher' in data ? data.voucher : 'intent' in data ? data.intent : '';
  const why = 'reason' in data ? ` ${data.reason}` : '';
  return `records ${revision} ${type}${side} ${short(subject)}${why} at ${at}, ${fingerprint(facts)}`;
}
