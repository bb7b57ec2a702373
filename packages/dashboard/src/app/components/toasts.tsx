import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './controls.tsx';
import { Icon } from './icon.tsx';

export interface Toast {
  readonly kind: 'done' | 'failed';
  readonly text: string;
}

type Entry = Toast & { readonly id: number };
type Listener = (toast: Toast) => void;

const DONE_SHOWN_MS = 4000;

/** Short news from anywhere on the page to its corner. */
export class ToastBoard {
  private readonly listeners = new Set<Listener>();

  show(toast: Toast): void {
    for (const listener of this.listeners) listener(toast);
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** Failures stay until they are closed. */
export function Toasts({ board }: { readonly board: ToastBoard }): JSX.Element {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const close = (id: number): void => setEntries((before) => before.filter((entry) => entry.id !== id));
  useEffect(
    () =>
      board.subscribe((toast) => {
        const entry = { ...toast, id: performance.now() };
        setEntries((before) => [...before.slice(-3), entry]);
        if (toast.kind === 'done') setTimeout(() => close(entry.id), DONE_SHOWN_MS);
      }),
    [board],
  );
  return (
    <div class="toasts" aria-live="polite">
      {entries.map((entry) => (
        <div key={entry.id} class={`toast toast-${entry.kind}`} role={entry.kind === 'failed' ? 'alert' : 'status'}>
          <Icon name={entry.kind === 'done' ? 'check' : 'warning'} />
          <p>{entry.text}</p>
          <Button kind="quiet" small icon="close" title="Close" onClick={() => close(entry.id)} />
        </div>
      ))}
    </div>
  );
}
