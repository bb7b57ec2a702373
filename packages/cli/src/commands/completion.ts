import { usageFailure } from '../command-failure.ts';
import { COMMANDS } from '../command-table.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../program.ts';
import { referencePage } from '../reference-page.ts';
import { jsonText } from '../terminal/json-text.ts';

const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: () => bashCompletion(COMMANDS),
  zsh: () => zshCompletion(COMMANDS),
  fish: () => fishCompletion(COMMANDS),
  reference: referencePage,
};

export async function runCompletion({ arguments: [shell = ''], options, terminal }: Invocation): Promise<ExitCode> {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell]?.() : undefined;
  if (script === undefined)
    throw usageFailure(`SHELL: expected bash, zsh or fish, found ${JSON.stringify(shell)}`, 'SHELL');
  terminal.out.write(options.isOn('--json') ? jsonText({ shell, script }) : script);
  return EXIT.ok;
}
