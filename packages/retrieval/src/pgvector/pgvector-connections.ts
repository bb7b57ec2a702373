import type { Pool, PoolClient } from 'pg';
import { RangefinderError } from '@rangefinder/base';
import { abortError, throwIfAborted } from '../abort-error.ts';
import { withinLimit } from '../remote/call-limit.ts';
import { cancelStatement, type BackendKey } from './pgvector-cancel.ts';
import { pgvectorFailure, sqlState } from './pgvector-failure.ts';
import type { CompiledPgvectorOptions } from './pgvector-options.ts';

export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** A row, with every value as Postgres writes it. */
export type Row = readonly (string | null)[];

/** How long a statement that was cancelled may take to end before its connection is given up. */
const CANCELLED_MS = 1_000;
const IDLE_MS = 30_000;

/** Postgres sends text; the values are numbers for the most part, and whoever asks knows which. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value };

/** A pool of connections whose statements end when their signal aborts: here at once, at the server as soon as it can. */
export class PgvectorConnections {
  readonly #options: CompiledPgvectorOptions;
  readonly #pool: Pool;

  private constructor(options: CompiledPgvectorOptions, pool: Pool) {
    this.#options = options;
    this.#pool = pool;
    // Without listeners a lost connection would end the process; the next statement shows that it is gone.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
  }

  /** Loads the driver, which nobody else needs; connects with the first statement. */
  static async load(options: CompiledPgvectorOptions): Promise<PgvectorConnections> {
    const { Pool } = await import('pg');
    const { target, connectionsMax, connectMs, statementMs } = options;
    const pool = new Pool({
      host: target.host,
      port: target.port,
      ...(target.user === undefined ? {} : { user: target.user }),
      ...(target.password === undefined ? {} : { password: target.password }),
      ...(target.database === undefined ? {} : { database: target.database }),
      ssl: target.tls,
      max: connectionsMax,
      connectionTimeoutMillis: connectMs,
      idleTimeoutMillis: IDLE_MS,
      keepAlive: true,
      application_name: 'rangefinder',
      ...(statementMs === 0 ? {} : { statement_timeout: statementMs }),
    });
    return new PgvectorConnections(options, pool);
  }

  /** Without a signal it may take as long as a search. */
  async run(statement: Statement, signal?: AbortSignal): Promise<readonly Row[]> {
    const { name, searchMs } = this.#options;
    const within = (limit: AbortSignal): Promise<readonly Row[]> =>
      this.#withClient(limit, (client) => runOn(client, statement));
    return signal === undefined ? withinLimit({ name, limitMs: searchMs }, within) : within(signal);
  }

  /** All or none of what `work` runs. */
  async transaction(work: (run: (statement: Statement) => Promise<readonly Row[]>) => Promise<void>): Promise<void> {
    await this.#withClient(undefined, async (client) => {
      await client.query('BEGIN');
      try {
        await work((statement) => runOn(client, statement));
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #withClient<T>(signal: AbortSignal | undefined, use: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    if (signal?.aborted === true) client.release();
    throwIfAborted(signal);
    const work = use(client);
    const aborted = signal === undefined ? undefined : abortionOf(signal);
    try {
      const result = await (aborted === undefined ? work : Promise.race([work, aborted.promise]));
      client.release();
      return result;
    } catch (thrown) {
      if (signal?.aborted === true) {
        void this.#abandon(client, work);
        throw abortError(signal);
      }
      // After an error that Postgres itself told, the connection is as good as before.
      client.release(sqlState(thrown) === '' || sqlState(thrown).startsWith('57P'));
      throw pgvectorFailure(this.#options, thrown);
    } finally {
      aborted?.forget();
    }
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (thrown) {
      const { name, connectMs, connectionsMax } = this.#options;
      const isCrowded = this.#pool.totalCount >= connectionsMax && this.#pool.idleCount === 0;
      if (isCrowded && sqlState(thrown) === '') {
        const text = `${name}: all ${connectionsMax} connections were busy for ${connectMs} ms: see connectionsMax`;
        throw new RangefinderError('UNAVAILABLE', text, { cause: thrown });
      }
      throw pgvectorFailure(this.#options, thrown);
    }
  }

  /** Has the statement stopped, and the connection back in the pool when it was; it takes nobody else's place till then. */
  async #abandon(client: PoolClient, work: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), CANCELLED_MS);
    });
    const ended = Promise.all([
      work.then(
        () => '00000',
        (error: unknown) => sqlState(error),
      ),
      cancelStatement(this.#options.target, client as unknown as BackendKey),
    ]).then(([state]) => state !== '');
    const isUsable = await Promise.race([ended, tooLong]);
    clearTimeout(timer);
    client.release(!isUsable);
  }
}

async function runOn(client: PoolClient, { text, values = [] }: Statement): Promise<readonly Row[]> {
  const { rows } = await client.query({ text, values: [...values], rowMode: 'array', types: AS_TEXT });
  return rows as readonly Row[];
}

function abortionOf(signal: AbortSignal): { readonly promise: Promise<never>; forget(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const stop = (): void => reject(abortError(signal));
  signal.addEventListener('abort', stop);
  return { promise, forget: () => signal.removeEventListener('abort', stop) };
}
