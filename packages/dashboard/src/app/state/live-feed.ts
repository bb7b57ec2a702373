import { useEffect, useState } from 'preact/hooks';
import { HistoryBuffer } from '../logic/history-buffer.ts';
import { absoluteUrl, fetchHistory, fetchOverview } from './api-client.ts';
import type { Overview } from './api-types.ts';

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'lost'; readonly sinceMs: number };

export interface LiveState {
  readonly connection: Connection;
  /** The newest known; stays while the connection is lost, to be shown as old. */
  readonly overview: Overview | undefined;
  readonly history: HistoryBuffer;
}

const SILENCE_MAX_MS = 5000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 5000;

/**
 * One overview a second from the server's event stream. Whatever ends the stream (an error, a status, silence), it is opened
 * again after a growing pause, and the five minutes before are asked for anew.
 */
export class LiveFeed {
  private state: LiveState = { connection: { state: 'connecting' }, overview: undefined, history: new HistoryBuffer() };
  private readonly listeners = new Set<(state: LiveState) => void>();
  private source: EventSource | undefined;
  private timer: number | undefined;
  private retryMs = RETRY_MIN_MS;

  get current(): LiveState {
    return this.state;
  }

  subscribe(listener: (state: LiveState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  start(): void {
    void this.open();
    // A laptop that slept, or a tab that was frozen, must not wait for the next retry.
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => this.hurry());
  }

  /** Takes an overview now instead of with the next tick: after a load or an unload. */
  async refresh(): Promise<void> {
    try {
      this.set({ overview: await fetchOverview() });
    } catch {
      // The stream tells about a lost connection.
    }
  }

  private hurry(): void {
    if (document.visibilityState === 'visible' && this.state.connection.state === 'lost') {
      clearTimeout(this.timer);
      void this.open();
    }
  }

  private async open(): Promise<void> {
    this.source?.close();
    this.source = undefined;
    try {
      this.state.history.reset(await fetchHistory());
    } catch {
      // Without the record the charts start empty; whether the server is there, the stream will tell.
    }
    const source = new EventSource(absoluteUrl('api/v1/events'));
    this.source = source;
    const take = (event: MessageEvent<string>): void => {
      if (this.source === source) this.receive(JSON.parse(event.data) as Overview);
    };
    source.addEventListener('message', take);
    source.addEventListener('overview', take);
    source.addEventListener('error', () => {
      if (this.source === source) this.lose();
    });
    this.watch();
  }

  private receive(overview: Overview): void {
    this.retryMs = RETRY_MIN_MS;
    this.watch();
    this.state.history.push(overview);
    this.set({ overview, connection: { state: 'live' } });
  }

  private watch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(), SILENCE_MAX_MS);
  }

  private lose(): void {
    this.source?.close();
    this.source = undefined;
    clearTimeout(this.timer);
    if (this.state.connection.state !== 'lost') this.set({ connection: { state: 'lost', sinceMs: Date.now() } });
    this.timer = setTimeout(() => void this.open(), this.retryMs);
    this.retryMs = Math.min(RETRY_MAX_MS, this.retryMs * 1.6);
  }

  private set(change: Partial<LiveState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener(this.state);
  }
}

export function useLiveState(feed: LiveFeed): LiveState {
  const [state, setState] = useState(feed.current);
  useEffect(() => feed.subscribe(setState), [feed]);
  return state;
}
