/** `npm run demo:fleet` as a process. */
import { runDemo } from '../story/demo-process.ts';
import { FLEET_DEMO_HELP, parseFleetDemoOptions } from './options.ts';
import { playFleet } from './play.ts';

const streams = { out: process.stdout, err: process.stderr };
await runDemo({
  name: 'demo:fleet',
  help: FLEET_DEMO_HELP,
  parse: parseFleetDemoOptions,
  play: (options) => playFleet(options, streams, new AbortController().signal),
});
