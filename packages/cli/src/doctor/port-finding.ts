import { connect } from 'node:http2';
import { createServer } from 'node:net';
import type { Finding } from './finding.ts';

const ASK_TIMEOUT_MS = 1000;

/** Whether the server could listen there: by listening, for a moment. */
export async function portFinding(name: string, host: string, port: number): Promise<Finding> {
  const failure = await listenBriefly(host, port);
  const details = { host, port, free: failure === undefined };
  const base = { section: 'server', name, details } as const;
  if (failure === undefined) return { ...base, status: 'ok', summary: `${host}:${port} is free`, advice: '' };
  if (failure !== 'EADDRINUSE') {
    const advice = failure === 'EACCES' ? 'Choose a port above 1023.' : 'Choose another address.';
    return { ...base, status: 'problem', summary: `${host}:${port} cannot be listened on (${failure})`, advice };
  }
  const occupant = await serverNameAt(host, port);
  if (occupant !== undefined)
    return {
      ...base,
      status: 'note',
      summary: `${host}:${port} is in use by a running server (${occupant})`,
      advice: '',
    };
  return {
    ...base,
    status: 'problem',
    summary: `${host}:${port} is in use by another program`,
    advice: `Stop that program, or start the server with --${name.replace(' ', '-')} and another number.`,
  };
}

/** The error code that kept it from listening; undefined when it could. */
function listenBriefly(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** What an inference server on that port calls itself; for a metrics port, that it is one. */
async function serverNameAt(host: string, port: number): Promise<string | undefined> {
  const address = host.includes(':') ? `[${host}]` : host;
  for (const path of ['/v2', '/metrics']) {
    try {
      const response = await fetch(`http://${address}:${port}${path}`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
      const body = await response.text();
      const name = /^\s*\{[^]*"name"\s*:\s*"([\w .-]{1,64})"/.exec(body)?.[1];
      if (response.ok && name !== undefined) return name;
      if (response.ok && body.includes('nv_inference_')) return 'inference metrics';
    } catch {
      // Whatever listens there does not speak HTTP/1: a gRPC server, or another program.
    }
  }
  return (await speaksHttp2(`http://${address}:${port}`)) ? 'gRPC' : undefined;
}

/** Whether what listens there answers an HTTP/2 preface with settings. */
function speaksHttp2(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(url);
    const settle = (answered: boolean): void => {
      resolve(answered);
      session.destroy();
    };
    session.once('remoteSettings', () => settle(true));
    session.once('error', () => settle(false));
    session.once('close', () => settle(false));
    session.setTimeout(ASK_TIMEOUT_MS, () => settle(false));
  });
}
