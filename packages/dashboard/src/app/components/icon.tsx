import type { JSX } from 'preact';

/** Outlines on a 16 × 16 grid, drawn for this page. */
const PATHS = {
  overview: 'M2.5 9.5v4M6.2 5.5v8M9.8 8v5.5M13.5 2.5v11',
  flask: 'M6 2v4.5L2.8 12a1.4 1.4 0 0 0 1.2 2h8a1.4 1.4 0 0 0 1.2-2L10 6.5V2M5 2h6M4.6 10h6.8',
  ranked: 'M2.5 4h11M2.5 8h7.5M2.5 12h4.5',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  moon: 'M13.5 9.5A5.8 5.8 0 0 1 6.5 2.5a5.8 5.8 0 1 0 7 7z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  load: 'M8 2v7.5M4.8 6.6L8 9.8l3.2-3.2M2.5 13.5h11',
  unload: 'M8 9.8V2.2M4.8 5.4L8 2.2l3.2 3.2M2.5 13.5h11',
  reload: 'M13.2 6.5A5.5 5.5 0 1 0 13.5 9M13.5 2.8v3.9H9.6',
  chevron: 'M6 3.5L10.5 8 6 12.5',
  upload: 'M8 10.5V2.5M4.8 5.5L8 2.3l3.2 3.2M2.5 10.5v3h11v-3',
  download: 'M8 2.5v8M4.8 7.5L8 10.7l3.2-3.2M2.5 10.5v3h11v-3',
  dice: 'M2.5 2.5h11v11h-11zM5.5 5.5h.01M10.5 5.5h.01M8 8h.01M5.5 10.5h.01M10.5 10.5h.01',
  erase: 'M6 13.5L2.3 9.8a1 1 0 0 1 0-1.4l5.6-5.6a1 1 0 0 1 1.4 0l4 4a1 1 0 0 1 0 1.4L8 13.5zM5 5.7l5.4 5.4M6 13.5h8',
  feedback: 'M3 6.5h8a2.5 2.5 0 0 1 0 5H8M5.8 3.5L2.8 6.5l3 3',
  run: 'M4.5 2.8v10.4L13 8z',
  stop: 'M4 4h8v8H4z',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4l3.4 3.4',
  warning: 'M8 2.2L1.8 13.2h12.4zM8 6.5v3.2M8 11.4h.01',
  external: 'M6.5 3H3v10h10V9.5M9 2.5h4.5V7M13.2 2.8L7.5 8.5',
  close: 'M4 4l8 8M12 4l-8 8',
  wave: 'M1.5 8h1.6l1.6-4.5 2.6 9 2.6-11L12 10l1-2h1.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path
        class="logo-frame"
        d="M4 11V8a4 4 0 0 1 4-4h3M21 4h3a4 4 0 0 1 4 4v3M28 21v3a4 4 0 0 1-4 4h-3M11 28H8a4 4 0 0 1-4-4v-3"
      />
      <circle class="logo-left" cx="13.4" cy="16" r="5.6" />
      <circle class="logo-right" cx="18.6" cy="16" r="5.6" />
    </svg>
  );
}
