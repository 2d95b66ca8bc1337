/** A throw-away PostgreSQL of the machine's own installation, on a socket in a given folder. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export type PostgresServer = {
  readonly version: string;
  /** Runs SQL and gives what psql prints, one value a line. @throws Error with psql's own words. */
  readonly sql: (text: string) => string;
  /** Runs `pgbench` with these arguments against the server. @throws Error if it fails. */
  readonly pgbench: (args: readonly string[]) => string;
  readonly stop: () => void;
};

/** Debian keeps the server's programs outside PATH. */
const DEBIAN = '/usr/lib/postgresql';

function programFolder(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN).sort((left, right) => Number(right) - Number(left));
  return versions
    .map((version) => join(DEBIAN, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pgbench')));
}

function run(program: string, args: readonly string[], input = ''): string {
  // The server refuses to run as root: then it runs as the user that Debian made for it.
  const asRoot = process.getuid?.() === 0;
  const [command, ...rest] = asRoot
    ? ['runuser', '-u', 'postgres', '--', program, ...args]
    : [program, ...args];
  const done = spawnSync(command ?? program, rest, { encoding: 'utf8', input, cwd: '/' });
  if (done.status === 0) return done.stdout;
  throw new Error(`${program}: ${done.error?.message ?? done.stderr}`);
}

/**
 * Makes a database cluster in `folder` and starts it with its durable defaults (fsync, and a commit
 * that waits for it). Undefined where PostgreSQL is not installed. Listens on a socket only.
 */
export function startPostgres(folder: string): PostgresServer | undefined {
  const programs = programFolder();
  if (programs === undefined) return undefined;
  const data = join(folder, 'postgres');
  mkdirSync(data, { recursive: true });
  chmodSync(folder, 0o755);
  if (process.getuid?.() === 0) spawnSync('chown', ['postgres', data]);
  run(join(programs, 'initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', '--no-instructions']);
  // As a machine of this size would be set up; durability is not touched.
  const settings = `-k ${data} -c listen_addresses='' -c shared_buffers=512MB -c max_wal_size=4GB -c max_connections=150`;
  const control = ['-D', data, '-w', '-l', join(data, 'log'), '-o', settings];
  run(join(programs, 'pg_ctl'), [...control, 'start']);
  const target = ['-h', data, '-U', 'bench', '-d', 'postgres'];
  const sql = (text: string): string =>
    run(join(programs, 'psql'), [...target, '-qAt', '-v', 'ON_ERROR_STOP=1', '-f', '-'], text);
  return {
    version: sql('show server_version').trim(),
    sql,
    pgbench: (args) =>
      run(join(programs, 'pgbench'), ['-h', data, '-U', 'bench', ...args, 'postgres']),
    stop: () => {
      run(join(programs, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']);
      rmSync(data, { recursive: true, force: true });
    },
  };
}
