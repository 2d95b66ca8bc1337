// `npm run demo:fleet`: builds what has changed, then plays the story.
import { buildFirst } from './build-first.mjs';

buildFirst('npm run demo:fleet');
await import('../dist/fleet-demo/main.js');
