// `npm run demo:network`: builds what has changed, then plays the story.
import { buildFirst } from './build-first.mjs';

buildFirst('npm run demo:network');
await import('../dist/network-demo/main.js');
