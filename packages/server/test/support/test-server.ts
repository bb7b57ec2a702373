import type { TestContext } from 'node:test';
import type { Logger } from '@rangefinder/base';
import type { AdjustableLogLevel, LogLevel } from '../../src/logging/log-level.ts';
import { serverOptions } from '../../src/options/option-sources.ts';
import { startServer, type RunningServer, type ServerParts } from '../../src/server.ts';
import { modelFolder, TEST_MODELS, type BuiltinModelFiles } from './model-folder.ts';

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Keeps what is logged, for tests to look at. */
export class RecordingLogger implements Logger, AdjustableLogLevel {
  level: LogLevel = 'debug';
  readonly lines: LogLine[] = [];

  debug(fields: object, message: string): void {
    this.#add('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#add('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#add('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#add('error', fields, message);
  }

  child(): Logger {
    return this;
  }

  #add(level: string, fields: object, message: string): void {
    this.lines.push({ level, fields: fields as LogLine['fields'], message });
  }
}

export interface TestServer {
  readonly server: RunningServer;
  readonly url: string;
  readonly port: number;
  readonly logger: RecordingLogger;
}

/** The real server over the builtin engine, on ports of the system's choice, closed after the test. */
export async function testServer(
  t: TestContext,
  options: Readonly<Record<string, unknown>> = {},
  parts: ServerParts = {},
  models: Readonly<Record<string, BuiltinModelFiles>> = TEST_MODELS,
): Promise<TestServer> {
  const logger = new RecordingLogger();
  const modelRepository = parts.models === undefined ? [await modelFolder(t, models)] : [];
  const server = await startServer(
    serverOptions({
      modelRepository,
      httpPort: 0,
      grpcPort: 0,
      grpc: false,
      metricsPort: 0,
      metrics: false,
      ...options,
    }),
    { logger, ...parts },
  );
  t.after(() => server.close(0));
  return { server, url: server.httpUrl, port: server.httpAddress.port, logger };
}
