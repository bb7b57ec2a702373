/** How a shell completes a value. A list is offered as it is. */
export type CompletionKind = 'none' | 'file' | 'directory' | 'model' | readonly string[];

interface ValueSpec {
  /** As help shows it: `NAME=VALUE`. */
  readonly name: string;
  readonly completion: CompletionKind;
}

export interface OptionSpec {
  /** With its dashes: `--input`. */
  readonly flag: string;
  /** With its dash: `-i`. */
  readonly short?: string;
  /** Left out: a switch. */
  readonly value?: ValueSpec;
  readonly repeatable?: boolean;
  readonly summary: string;
  /** As help shows it; the command itself applies it. */
  readonly defaultText?: string;
  readonly environment?: string;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly required: boolean;
  readonly summary: string;
  readonly completion: CompletionKind;
}

interface ExampleSpec {
  readonly command: string;
  readonly summary: string;
}

/** Everything that help, the reference page and shell completion say about a command, and what the parser accepts. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly details: readonly string[];
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly ExampleSpec[];
  /** Hands all that follows the command's name on, unread. */
  readonly passThrough?: boolean;
}
