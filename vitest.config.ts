import { defineConfig } from 'vitest/config';

// Tests run on the TypeScript sources: the `source` export condition of every workspace
// package points at src/, for this process and for the workers and children it starts.
const conditions = ['source', 'node'];

const project = (name: string, include: string[]) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks' as const,
    execArgv: ['--conditions=source'],
    testTimeout: 300_000,
    hookTimeout: 900_000,
  },
});

export default defineConfig({
  test: {
    // By default one core is left out, which is half of two.
    maxWorkers: '100%',
    projects: [
      // What npm alone can bring: `npm test`.
      project('main', [
        'services/**/*.test.ts',
        'circuits/test/**/*.test.ts',
        'contracts/test/**/*.test.ts',
        'test/**/*.test.ts',
      ]),
      // Large circuits, minutes of compiling: `npm run test:proofs`.
      project('proofs', ['circuits/test/large/**/*.proofs.ts']),
      // Needs a C compiler: `npm run test:faults`.
      project('faults', ['test/faults/**/*.fault.ts']),
      // Needs reference implementations in other languages: `npm run test:oracles`.
      project('oracles', ['test/oracles/**/*.oracle.ts']),
      // Needs Go, and builds lnd and btcd with it: `npm run test:lnd`.
      project('lnd', ['test/lnd/**/*.lnd.ts']),
    ],
  },
});
