import { setTimeout as pause } from 'node:timers/promises';
import { orderPayment } from '@atomicity/client/delivery';
import type { NodeClient } from '@atomicity/client/node-client';
import { randomNonce } from '@atomicity/client/signer';
import { isJsonObject, type JsonObject } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { CliIo, Command, ExitCode } from '../command.ts';
import { parseArguments, required, units, wholeNumber } from '../options.ts';
import { textOf } from './edge.ts';
import { parseInvoice } from './invoice-file.ts';
import { paymentText } from './payment-text.ts';
import { WALLET_HELP, WALLET_SPEC, walletOf } from './wallet-options.ts';

const HELP = `atomicity pay INVOICE --max-fee N [options]

Pays an invoice through the party's node: signs an order and lets the node find the way. The order bounds
what it may cost whatever happens; nothing is owed to anybody until the receiver finalizes.

  --max-fee N         routing fees at most, in units of the invoice's denomination
  --max-probe-spend N what probes may ever hold, amounts and fees together       (0: no probes)
  --within SECONDS    how long the node may try, 1 … 86400                       (60)
  --wait              until it has ended
${WALLET_HELP}
Exit code: 0 paid (with --wait) or taken on; 1 refused, failed or lapsed; 2 a bad option.
`;

const SPEC = {
  ...WALLET_SPEC,
  'max-fee': { type: 'string' },
  'max-probe-spend': { type: 'string', default: '0' },
  within: { type: 'string', default: '60' },
  wait: { type: 'boolean', default: false },
} as const;

const POLL_MS = 100;
/** How long an ended order is waited for beyond its time: hops may still be answering. */
const LINGER_MS = 30_000;

export const pay: Command = {
  name: 'pay',
  summary: 'pay an invoice through other nodes',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const { values, positionals } = parseArguments(argv, SPEC, ['INVOICE']);
    const [file = ''] = positionals;
    const maxFee = units(required(values['max-fee'], 'max-fee'), 'max-fee');
    const maxProbeSpend = units(values['max-probe-spend'], 'max-probe-spend');
    const seconds = wholeNumber(values.within, 'within', { min: 1, max: 86_400 });
    const asked = parseInvoice(file, textOf(file));
    const { signer, client } = walletOf(values);
    const expiresAt = unixMs(io.now() + seconds * 1000);
    const order = orderPayment(signer, asked, { maxFee, maxProbeSpend, expiresAt }, randomNonce);
    const { intent, delegation } = asked;
    let payment = await client.pay({ delegation, intent, order: order.text });
    if (values.wait) payment = await ended(client, asked.id, expiresAt + LINGER_MS, io);
    io.stdout(values.json ? `${JSON.stringify(payment)}\n` : paymentText(payment));
    const status = statusOf(payment);
    const isGood = values.wait
      ? status === 'finalized'
      : status !== 'failed' && status !== 'lapsed';
    return isGood ? 0 : 1;
  },
};

function statusOf({ progress }: JsonObject): string {
  return isJsonObject(progress) ? String(progress['status']) : 'unknown';
}

/** The payment once it has ended, or as it stands at `until`. */
async function ended(
  client: NodeClient,
  intent: Hash,
  until: number,
  io: CliIo,
): Promise<JsonObject> {
  for (;;) {
    const payment = await client.payment(intent);
    const isEnd = ['finalized', 'lapsed', 'failed'].includes(statusOf(payment));
    if (isEnd || io.now() > until) return payment;
    await pause(POLL_MS);
  }
}
