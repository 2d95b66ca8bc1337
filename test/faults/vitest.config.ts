import { defineConfig } from 'vitest/config';

// The fault tests that need Linux and a C compiler: `npm run test:faults`.
export default defineConfig({
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    pool: 'forks',
    execArgv: ['--conditions=source'],
    include: ['test/faults/**/*.faults.ts'],
    testTimeout: 600_000,
  },
});
