/** Where a long step stands: a label and the fraction done, 0 … 1. */
export type Progress = (label: string, fraction: number) => void;

const WIDTH = 28;
const LOG_STEP = 0.25;

/**
 * A progress bar for one step at a time. On a terminal it redraws one line; elsewhere it writes a line at
 * each quarter, so that a log file stays readable. A step that never reports takes no line at all.
 */
export function progressBar(out: {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}): {
  report: Progress;
  end(): void;
} {
  let current = '';
  let written = -1;
  const finish = () => {
    if (current !== '' && out.isTTY) out.write('\n');
    current = '';
  };
  return {
    report(label, fraction) {
      const done = Math.min(1, Math.max(0, fraction));
      if (label !== current) {
        finish();
        current = label;
        written = -1;
      }
      if (out.isTTY) {
        const filled = Math.round(done * WIDTH);
        const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
        out.write(`\r  ${bar} ${String(Math.floor(done * 100)).padStart(3)} %  ${label}\u001b[K`);
      } else if (done >= written + LOG_STEP || (done === 1 && written < 1)) {
        written = done === 1 ? 1 : Math.floor(done / LOG_STEP) * LOG_STEP;
        out.write(`  ${String(Math.floor(written * 100)).padStart(3)} %  ${label}\n`);
      }
    },
    end: finish,
  };
}
