/** `npm run demo:rails` as a process. */
import { runDemo } from '../story/demo-process.ts';
import { parseRailsDemoOptions, RAILS_DEMO_HELP } from './options.ts';
import { playRails } from './play.ts';

const streams = { out: process.stdout, err: process.stderr };
await runDemo({
  name: 'demo:rails',
  help: RAILS_DEMO_HELP,
  parse: parseRailsDemoOptions,
  play: (options) => playRails(options, streams, new AbortController().signal),
});
