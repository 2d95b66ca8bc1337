/** Entry of the standalone auditor: `node atomicity-audit.mjs BUNDLE --trust FILE`. */
import { processIo } from './process-io.ts';
import { runAudit } from './run-audit.ts';

const argv = process.argv.slice(2);
// As `atomicity audit …` and as `atomicity-audit …` alike.
if (argv[0] === 'audit') argv.shift();
process.exitCode = await runAudit(argv, processIo());
