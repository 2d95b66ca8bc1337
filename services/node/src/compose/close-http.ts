/** What closing needs of an HTTP service. */
export type ClosableApp = {
  close(): Promise<void>;
  getHttpServer(): { closeIdleConnections(): void };
};

const IDLE_MS = 50;

/**
 * Takes no more connections, answers what is under way, and resolves when the last one is gone. An answer
 * that is sent meanwhile would leave its connection open for the whole keep-alive time: it is dropped as
 * soon as nothing is asked on it.
 */
export async function closeHttp(app: ClosableApp): Promise<void> {
  const server = app.getHttpServer();
  const dropping = setInterval(() => server.closeIdleConnections(), IDLE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(dropping);
  }
}
