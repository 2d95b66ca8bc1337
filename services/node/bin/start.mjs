// `npm start`: builds what has changed, then runs the main job.
import { buildFirst } from './build-first.mjs';

buildFirst('npm start');
await import('../dist/start.js');
