import type { Command, ExitCode } from '../command.ts';
import { id, parseArguments, parseOptions } from '../options.ts';
import { hopTable, paymentText } from './payment-text.ts';
import { WALLET_HELP, WALLET_SPEC, walletOf } from './wallet-options.ts';

const PAYMENT_HELP = `atomicity payment INTENT (--network FILE | --data-dir DIR) [--url URL]

What the party's node knows of a payment: order, progress, delivery and hops.

${WALLET_HELP}
Exit code: 0 shown; 1 the node knows no such payment, or did not answer; 2 a bad option.
`;

export const payment: Command = {
  name: 'payment',
  summary: 'show a payment across nodes',
  help: PAYMENT_HELP,
  async run(argv, io): Promise<ExitCode> {
    const { values, positionals } = parseArguments(argv, WALLET_SPEC, ['INTENT']);
    const intent = id(positionals[0] ?? '', 'INTENT');
    const found = await walletOf(values).client.payment(intent);
    io.stdout(values.json ? `${JSON.stringify(found)}\n` : paymentText(found));
    return 0;
  },
};

const HOPS_HELP = `atomicity hops [--intent ID] (--network FILE | --data-dir DIR) [--url URL]

Hops of payments across nodes that the party's node has open, or those of one intent.

  --intent ID         only this one, with hops that have ended
${WALLET_HELP}
Exit code: 0 shown, also when there is none; 1 the node did not answer; 2 a bad option.
`;

export const hops: Command = {
  name: 'hops',
  summary: 'list open hops of payments across nodes',
  help: HOPS_HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, { ...WALLET_SPEC, intent: { type: 'string' } } as const);
    const intent = values.intent === undefined ? undefined : id(values.intent, '--intent');
    const found = await walletOf(values).client.hops(intent);
    io.stdout(values.json ? `${JSON.stringify(found)}\n` : hopTable(found['hops']));
    return 0;
  },
};
