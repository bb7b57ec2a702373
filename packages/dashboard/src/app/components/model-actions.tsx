import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { controlModel, errorMessage } from '../state/api-client.ts';
import type { ModelState, ServerOverview } from '../state/api-types.ts';
import type { LiveFeed } from '../state/live-feed.ts';
import { Button } from './controls.tsx';
import type { ToastBoard } from './toasts.tsx';

interface ModelActionsProps {
  readonly model: string;
  readonly state: ModelState;
  readonly control: ServerOverview['modelControl'];
  readonly feed: LiveFeed;
  readonly toasts: ToastBoard;
  readonly labelled?: boolean;
}

const WHY_NOT = {
  none: 'Models are fixed at start. Start the server with --model-control-mode explicit to load and unload from here.',
  poll: 'The server follows its model folder by itself (poll). Start it with --model-control-mode explicit to load and unload from here.',
  explicit: undefined,
};

/** Load, reload and unload act on a model with all its versions. */
export function ModelActions({
  model,
  state,
  control,
  feed,
  toasts,
  labelled = false,
}: ModelActionsProps): JSX.Element {
  const [busy, setBusy] = useState<'load' | 'unload' | undefined>(undefined);
  const whyNot = WHY_NOT[control];
  const act = async (action: 'load' | 'unload'): Promise<void> => {
    setBusy(action);
    try {
      await controlModel(model, action);
      toasts.show({ kind: 'done', text: `${model} is ${action === 'load' ? 'loaded' : 'unloaded'}.` });
    } catch (error) {
      toasts.show({ kind: 'failed', text: `Could not ${action} ${model}: ${errorMessage(error)}` });
    } finally {
      setBusy(undefined);
      await feed.refresh();
    }
  };
  const moving = state === 'LOADING' || state === 'UNLOADING';
  const blocked = whyNot !== undefined || moving || busy !== undefined;
  const word = state === 'READY' ? 'Reload' : 'Load';
  return (
    <span class="actions" role="group" aria-label={`Control ${model}`}>
      <Button
        small={!labelled}
        icon={state === 'READY' ? 'reload' : 'load'}
        busy={busy === 'load'}
        disabled={blocked}
        title={whyNot ?? `${word} ${model}`}
        onClick={() => void act('load')}
        {...(labelled ? { children: word } : {})}
      />
      <Button
        small={!labelled}
        icon="unload"
        busy={busy === 'unload'}
        disabled={blocked || state !== 'READY'}
        title={whyNot ?? (state === 'READY' ? `Unload ${model}` : `${model} is not loaded`)}
        onClick={() => void act('unload')}
        {...(labelled ? { children: 'Unload' } : {})}
      />
    </span>
  );
}
