/** One line on a terminal that says how far a check is. */
import type { AuditIo } from './command-files.ts';

/** A bundle that takes less than this needs no progress line. */
const PROGRESS_FROM = 0.05;

/** Redraws itself on standard error; silent unless that is a terminal. `end` removes it. */
export function progressLine(io: AuditIo): {
  report(step: string, fraction: number): void;
  end(): void;
} {
  let shown = '';
  return {
    report(step, fraction) {
      if (!io.interactive || (shown === '' && fraction > 1 - PROGRESS_FROM)) return;
      const line = `${step}: ${Math.floor(fraction * 100)} %`;
      if (line === shown) return;
      shown = line;
      io.stderr(`\r${line}\u001b[K`);
    },
    end() {
      if (shown !== '') io.stderr('\r\u001b[K');
    },
  };
}
