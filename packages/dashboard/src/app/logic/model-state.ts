import type { ModelState } from '../state/api-types.ts';

/** Reasons, in the server's words, for which a model is rightly away and nobody needs to be alarmed. */
const RIGHTLY_AWAY = /^(unloaded|not loaded|evicted|no longer selected|removed from the repository)\b/i;

/** How a version fares: its state, but a model that was never asked for or was unloaded is `IDLE`, not a failure. */
export function displayState(state: ModelState, reason: string): ModelState | 'IDLE' {
  return state === 'UNAVAILABLE' && (reason === '' || RIGHTLY_AWAY.test(reason)) ? 'IDLE' : state;
}
