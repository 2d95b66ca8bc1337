// `npm run demo:rails`: builds what has changed, then plays the story.
import { buildFirst } from './build-first.mjs';

buildFirst('npm run demo:rails');
await import('../dist/rails-demo/main.js');
