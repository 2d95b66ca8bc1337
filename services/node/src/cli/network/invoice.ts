import { invoice as signInvoice } from '@atomicity/client/delivery';
import { randomNonce } from '@atomicity/client/signer';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { Command, ExitCode } from '../command.ts';
import { denomination, parseOptions, required, units, wholeNumber } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { writeNewFile } from '../write-new-file.ts';
import { invoiceText } from './invoice-file.ts';
import { WALLET_HELP, WALLET_SPEC, walletOf } from './wallet-options.ts';

const HELP = `atomicity invoice --amount N --denomination CODE/SCALE --out FILE [options]

Asks to be paid from other nodes: signs an intent, records it with the party's node, and writes a file for
whoever shall pay. Nothing arrives but the whole of it, or at least --min of it, or nothing.

  --amount N          units of the denomination
  --denomination D    CODE/SCALE, as USD/6
  --min N             the least that is taken                                    (all of it)
  --parts N           parts that the node waits for, 1 … 16                      (4)
  --within SECONDS    how long it may be paid, 10 … 2592000                      (3600)
  --max-fee-bps N     what the payer should pay for routing at most              (10000)
  --description TEXT  at most 256 characters; the payer sees it
  --out FILE          the invoice; a new file
${WALLET_HELP}
Exit code: 0 asked; 1 the node refused; 2 a bad option.
`;

const SPEC = {
  ...WALLET_SPEC,
  amount: { type: 'string' },
  denomination: { type: 'string' },
  min: { type: 'string' },
  parts: { type: 'string', default: '4' },
  within: { type: 'string', default: '3600' },
  'max-fee-bps': { type: 'string', default: '10000' },
  description: { type: 'string', default: '' },
  out: { type: 'string' },
} as const;

export const invoice: Command = {
  name: 'invoice',
  summary: 'ask to be paid from other nodes',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const asked = units(required(values.amount, 'amount'), 'amount');
    const least = values.min === undefined ? asked : units(values.min, 'min');
    if (asked === amount(0n) || least === amount(0n) || least > asked) {
      throw new UsageError('--min: 1 … --amount');
    }
    const seconds = wholeNumber(values.within, 'within', { min: 10, max: 2_592_000 });
    const out = required(values.out, 'out');
    const { config, signer, client } = walletOf(values);
    if (config.wallet === null) throw new UsageError('--network: it names no wallet');
    const maxFeeBps = wholeNumber(values['max-fee-bps'], 'max-fee-bps', { min: 0, max: 10_000 });
    const terms = {
      denomination: denomination(required(values.denomination, 'denomination'), 'denomination'),
      amount: asked,
      minDeliverable: least,
      partsMax: wholeNumber(values.parts, 'parts', { min: 1, max: 16 }),
      expiresAt: unixMs(io.now() + seconds * 1000),
      description: values.description,
      constraints: { maxFeeBps, latencyMs: seconds * 1000 },
    };
    const { id, text, body } = signInvoice(signer, config.wallet, terms, randomNonce);
    await client.submitOne({ commandId: id, text });
    await writeNewFile(out, 'out', [invoiceText({ intent: text, delegation: config.delegation })]);
    io.stdout(
      values.json
        ? `${JSON.stringify({ intent: id, amount: `${asked}`, expiresAt: body.expiresAt, file: out })}\n`
        : `${id}\n\n${out} asks for ${asked} ${body.denomination}, at least ${least}, ` +
            `until ${new Date(body.expiresAt).toISOString()}.\n`,
    );
    return 0;
  },
};
