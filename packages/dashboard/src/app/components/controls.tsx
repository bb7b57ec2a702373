import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { displayState } from '../logic/model-state.ts';
import type { ModelState } from '../state/api-types.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';

interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly icon?: IconName;
  readonly onClick: () => void;
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly disabled?: boolean;
  /** Shown on hover and read aloud; says why when disabled. */
  readonly title?: string;
  readonly busy?: boolean;
  readonly small?: boolean;
}

/** A disabled button stays in the tab order, so that its reason can be reached by keyboard. */
export function Button({
  children,
  icon,
  onClick,
  kind = 'plain',
  disabled = false,
  title,
  busy = false,
  small = false,
}: ButtonProps): JSX.Element {
  const blocked = disabled || busy;
  return (
    <button
      type="button"
      class={`button button-${kind}${small ? ' button-small' : ''}${children === undefined ? ' button-icon' : ''}`}
      aria-disabled={blocked}
      aria-busy={busy}
      aria-label={children === undefined ? title : undefined}
      title={title}
      onClick={blocked ? undefined : onClick}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}

const STATE_WORDS: Readonly<Record<ModelState | 'IDLE', string>> = {
  READY: 'Ready',
  LOADING: 'Loading',
  UNLOADING: 'Unloading',
  UNAVAILABLE: 'Unavailable',
  IDLE: 'Not loaded',
};

export function StatePill({
  state,
  reason = '',
}: {
  readonly state: ModelState;
  readonly reason?: string;
}): JSX.Element {
  const shown = displayState(state, reason);
  return (
    <span class={`pill pill-${shown.toLowerCase()}`}>
      <span class="pill-dot" aria-hidden="true" />
      {STATE_WORDS[shown]}
    </span>
  );
}

export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    await copyText(text);
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1600);
  };
  return (
    <Button small kind="quiet" icon={copied ? 'check' : 'copy'} title={label} onClick={() => void copy()}>
      {copied ? 'Copied' : label}
    </Button>
  );
}

/** The clipboard API exists on secure pages only; a server on a plain address in the house needs the older way. */
async function copyText(text: string): Promise<void> {
  if (isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  // oxlint-disable-next-line typescript/no-deprecated -- nothing else copies on a page that is not secure
  document.execCommand('copy');
  area.remove();
}

export function CodeBlock({
  text,
  label,
  children,
}: {
  readonly text: string;
  readonly label: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="code">
      <div class="code-bar">
        <span>{label}</span>
        <CopyButton text={text} />
      </div>
      {/* Scrolls, so it takes the focus for keyboards. */}
      <pre tabIndex={0} aria-label={label}>
        {children ?? text}
      </pre>
    </div>
  );
}

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly icon?: IconName }[];
  readonly onChange: (value: T) => void;
  readonly iconsOnly?: boolean;
}

/** One of a few; radio buttons underneath, so arrow keys work. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
  iconsOnly = false,
}: SegmentedProps<T>): JSX.Element {
  const group = useRef(`segmented-${Math.random().toString(36).slice(2)}`);
  return (
    <div class="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label
          key={option.value}
          class={option.value === value ? 'segment segment-on' : 'segment'}
          title={iconsOnly ? option.label : undefined}
        >
          <input
            type="radio"
            name={group.current}
            value={option.value}
            checked={option.value === value}
            aria-label={option.label}
            onChange={() => onChange(option.value)}
          />
          {option.icon === undefined ? null : <Icon name={option.icon} />}
          {iconsOnly ? null : <span>{option.label}</span>}
        </label>
      ))}
    </div>
  );
}

export function Notice({
  kind,
  title,
  children,
}: {
  readonly kind: 'error' | 'warning' | 'info';
  readonly title?: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <Icon name="warning" />
      <div>
        {title === undefined ? null : <strong>{title}</strong>}
        {children === undefined ? null : <div class="notice-body">{children}</div>}
      </div>
    </div>
  );
}
