import type { JSX } from 'preact';
import { Icon } from '../icon.tsx';

interface FileButtonProps {
  readonly label: string;
  readonly accept: string;
  readonly onFile: (file: File) => void;
}

/** The browser's own file field, dressed as a button; it keeps focus and keyboard as they are. */
export function FileButton({ label, accept, onFile }: FileButtonProps): JSX.Element {
  return (
    <label class="button button-small button-quiet file-button">
      <Icon name="upload" />
      {label}
      <input
        type="file"
        accept={accept}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) onFile(file);
          // The same file again must count as a change.
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}
