import { useEffect, useState } from 'preact/hooks';
import { errorMessage } from './api-client.ts';

export interface Resource<T> {
  readonly value: T | undefined;
  readonly error: string | undefined;
}

/** What `fetch` resolves to, asked for again whenever a key changes, and every so often when a period is given. */
export function useResource<T>(fetch: () => Promise<T>, keys: readonly unknown[], everyMs?: number): Resource<T> {
  const [resource, setResource] = useState<Resource<T>>({ value: undefined, error: undefined });
  useEffect(() => {
    let current = true;
    let timer: number | undefined;
    const ask = async (): Promise<void> => {
      try {
        const value = await fetch();
        if (current) setResource({ value, error: undefined });
      } catch (error) {
        if (current) setResource((before) => ({ value: before.value, error: errorMessage(error) }));
      }
      if (current && everyMs !== undefined) timer = setTimeout(() => void ask(), everyMs);
    };
    setResource({ value: undefined, error: undefined });
    void ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, keys);
  return resource;
}
