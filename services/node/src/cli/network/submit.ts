import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Command, ExitCode } from '../command.ts';
import { parseArguments } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { textOf } from './edge.ts';
import { WALLET_HELP, WALLET_SPEC, walletOf } from './wallet-options.ts';

const HELP = `atomicity submit FILE… (--network FILE | --data-dir DIR) [--url URL]

Hands signed objects to the party's node, in the order given, each once: a neighbour's delegation, an edge
that both have signed, a proof. A second time changes nothing.

${WALLET_HELP}
Exit code: 0 the node has recorded all of them; 1 it refused one; 2 a bad option.
`;

export const submit: Command = {
  name: 'submit',
  summary: 'hand signed objects to a node',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const { values, positionals } = parseArguments(argv, WALLET_SPEC, ['FILE…']);
    const texts = positionals.map((file) => ({ file, text: textOf(file) }));
    const { client } = walletOf(values);
    for (const { file, text } of texts) {
      const parsed = parseObject(text);
      if (parsed.kind === 'refused') {
        const { reason, field = '' } = parsed.refusal;
        throw new UsageError(`${file}: ${reason} ${field}`.trimEnd());
      }
      const { id, body } = parsed.object;
      const outcome = await client.submitOne({ commandId: id, text });
      const duplicate = outcome.kind === 'accepted' && outcome.duplicate;
      io.stdout(
        values.json
          ? `${JSON.stringify({ file, type: body.type, object: id, duplicate })}\n`
          : `${body.type} ${id} ${duplicate ? 'was recorded already' : 'recorded'}.\n`,
      );
    }
    return 0;
  },
};
