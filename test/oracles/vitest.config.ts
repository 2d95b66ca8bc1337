import { defineConfig } from 'vitest/config';

// Cross-checks with programs that npm does not bring; CI installs them, `npm test` leaves them out.
export default defineConfig({
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    pool: 'forks',
    execArgv: ['--conditions=source'],
    include: ['test/oracles/**/*.oracle.ts'],
    testTimeout: 120_000,
  },
});
