import { hash } from 'node:crypto';
import type { PeerAnswer, PeerMessage } from '@atomicity/router/ports';
import { short } from './identities.ts';

function describeText(text: string): string {
  const { body } = JSON.parse(text);
  const { type, voucher, transition, reason, intent } = body;
  if (type === 'HopReceipt') {
    const why = reason === null ? '' : ` ${reason}`;
    return `HopReceipt(${transition}${why}) ${short(voucher)} ${fingerprint(text)}`;
  }
  return `${type} ${short(intent ?? '')} ${fingerprint(text)}`;
}

/** Stands for a text in a trace. */
export const fingerprint = (text: string): string => hash('sha256', text, 'hex').slice(0, 12);

/** One line for a trace, with a digest of every text. */
export function describePeerTexts(value: PeerMessage | PeerAnswer): string {
  if ('objects' in value) return value.objects.map(describeText).join(', ') || 'ping';
  return value.answers
    .map((answer) => {
      if (answer.kind === 'answer') return describeText(answer.object);
      return answer.kind === 'refused' ? `refused ${answer.refusal.reason}` : 'none';
    })
    .join(', ');
}
