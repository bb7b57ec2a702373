import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { COMMANDS } from './command-table.ts';
import { EXIT_MEANINGS } from './exit-codes.ts';

/** docs/cli.md, whole. A test compares; `rangefinder completion reference` prints it. */
export function referencePage(): string {
  return `# The command line

<!-- Generated from packages/cli/src/command-table.ts; change it there, then run: npm run --silent rangefinder -- completion reference > docs/cli.md -->

In a checkout: \`npm run rangefinder -- COMMAND …\`. Installed: \`rangefinder COMMAND …\` on Node 24 or later.

| command | does |
|---|---|
${COMMANDS.map((command) => `| [\`${command.name}\`](#rangefinder-${command.name}) | ${command.summary} |`).join('\n')}

${COMMANDS.map(section).join('\n')}
## Exit codes

| code | meaning |
|---|---|
${Object.entries(EXIT_MEANINGS)
  .map(([code, meaning]) => `| ${code} | ${meaning} |`)
  .join('\n')}

## For scripts

With \`--json\` a command writes exactly one JSON document to standard output and nothing to standard error. A failure is
\`{"error": {"code": "NOT_FOUND", "message": "…", "field": "…"}}\`: \`code\` is a row of the error catalogue, or \`USAGE\`,
\`UNREACHABLE\` or \`INTERRUPTED\`; \`field\` is left out where there is none. 64-bit integers keep all digits. NaN and the infinities are
the strings \`"NaN"\`, \`"Infinity"\` and \`"-Infinity"\`.

Colours appear on terminals only, and never when \`NO_COLOR\` is set.
`;
}

function usageLine(command: CommandSpec): string {
  const words = command.arguments.map((argument) => (argument.required ? argument.name : `[${argument.name}]`));
  const options = command.passThrough === true || command.options.length > 0 ? ['[options]'] : [];
  return ['rangefinder', command.name, ...words, ...options].join(' ');
}

function section(command: CommandSpec): string {
  const parts = [
    `## rangefinder ${command.name}`,
    command.summary,
    `\`\`\`\n${usageLine(command)}\n\`\`\``,
    ...command.details,
    ...(command.arguments.length === 0
      ? []
      : [
          `| argument | |\n|---|---|\n${command.arguments.map((argument) => `| \`${argument.name}\` | ${cell(argument.summary)} |`).join('\n')}`,
        ]),
    ...(command.options.length === 0
      ? []
      : [`| option | | default |\n|---|---|---|\n${command.options.map(optionRow).join('\n')}`]),
    ...command.examples.map((example) => `${example.summary}\n\n\`\`\`sh\n${example.command}\n\`\`\``),
  ];
  return `${parts.join('\n\n')}\n`;
}

function optionRow(option: OptionSpec): string {
  const short = option.short === undefined ? '' : `\`${option.short}\`, `;
  const value = option.value === undefined ? '' : ` ${option.value.name}`;
  const environment = option.environment === undefined ? '' : `\`${option.environment}\`, else `;
  return `| ${short}\`${option.flag}${value}\` | ${cell(option.summary)} | ${environment}${cell(option.defaultText ?? '')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
