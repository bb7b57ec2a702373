import { BoundedMap } from './bounded-map.ts';

/** An order that was answered: the first places of it, as a cursor or a fallback shows them. */
export interface KeptOrder {
  readonly ids: readonly string[];
  readonly scores: readonly number[];
  /** Of each: whether the heavy ranker scored it, else what `lower` says. */
  readonly byHeavy: readonly boolean[];
  readonly lower: 'light' | 'source';
  /** Items in all, these included. */
  readonly available: number;
}

/** Orders by request, for cursors, and by user, for when nothing else can be had. Both are bounded; the oldest go first. */
export class KeptPages {
  readonly #byRequest: BoundedMap<KeptOrder>;
  readonly #byUser: BoundedMap<KeptOrder>;

  constructor(capacity: { readonly requests: number; readonly users: number }) {
    this.#byRequest = new BoundedMap(capacity.requests);
    this.#byUser = new BoundedMap(capacity.users);
  }

  keepRequest(user: string, requestId: string, order: KeptOrder): void {
    this.#byRequest.set(requestKey(user, requestId), order);
  }

  ofRequest(user: string, requestId: string): KeptOrder | undefined {
    return this.#byRequest.get(requestKey(user, requestId));
  }

  keepUser(user: string, order: KeptOrder): void {
    this.#byUser.set(user, order);
  }

  ofUser(user: string): KeptOrder | undefined {
    return this.#byUser.get(user);
  }
}

/** A cursor only works for the user whose request it came from. */
function requestKey(user: string, requestId: string): string {
  return JSON.stringify([user, requestId]);
}
