/** `npm run demo:network` as a process. */
import { runDemo } from '../story/demo-process.ts';
import { DEMO_HELP, parseDemoOptions } from './options.ts';
import { playNetwork } from './play.ts';

await runDemo({
  name: 'demo:network',
  help: DEMO_HELP,
  parse: parseDemoOptions,
  play: (options) => playNetwork(options, process.stdout),
});
