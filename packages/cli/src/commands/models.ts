import { EXIT, type ExitCode } from '../exit-codes.ts';
import { connect } from '../client-connection.ts';
import type { Invocation } from '../program.ts';
import type { IndexedModel, ModelFigures } from '../server-connection.ts';
import { jsonText } from '../terminal/json-text.ts';
import { formatBytes } from '../terminal/quantities.ts';
import { renderTable, type Column } from '../terminal/table.ts';
import { painterFor, printable, type Painter } from '../terminal/terminal.ts';

const COLUMNS: readonly Column[] = [
  { title: 'MODEL', align: 'left' },
  { title: 'VERSION', align: 'right' },
  { title: 'STATE', align: 'left' },
  { title: 'MEMORY', align: 'right' },
  { title: 'INFERENCES', align: 'right' },
  { title: 'LAST INFERENCE', align: 'left' },
];

export async function runModels({ options, terminal }: Invocation): Promise<ExitCode> {
  await using connection = connect(options, terminal);
  const entries = await connection.index(options.isOn('--ready'));
  if (options.isOn('--names')) {
    const names = [...new Set(entries.map((entry) => entry.name))];
    terminal.out.write(
      options.isOn('--json') ? jsonText({ names }) : names.map((name) => `${printable(name)}\n`).join(''),
    );
    return EXIT.ok;
  }
  const figures = await connection.statistics();
  if (options.isOn('--json')) {
    terminal.out.write(jsonText({ models: entries.map((entry) => modelJson(entry, figuresOf(entry, figures))) }));
  } else if (entries.length === 0) {
    terminal.out.write('no models\n');
  } else {
    terminal.out.write(modelTable(entries, figures, painterFor(terminal.out, terminal.environment)));
  }
  return EXIT.ok;
}

function figuresOf(entry: IndexedModel, figures: readonly ModelFigures[]): ModelFigures | undefined {
  return figures.find((candidate) => candidate.name === entry.name && candidate.version === entry.version);
}

function modelJson(entry: IndexedModel, figures: ModelFigures | undefined): object {
  return {
    name: entry.name,
    version: entry.version,
    state: entry.state,
    reason: entry.reason,
    memory_bytes: figures?.memoryBytes ?? 0,
    inference_count: figures?.inferenceCount ?? 0,
    last_inference_ms: figures?.lastInferenceMs ?? 0,
  };
}

/** The index as a table, and below it why each model that is not ready is not. */
export function modelTable(entries: readonly IndexedModel[], figures: readonly ModelFigures[], paint: Painter): string {
  const rows = entries.map((entry) => {
    const own = figuresOf(entry, figures);
    return [
      printable(entry.name),
      printable(entry.version === '' ? '-' : entry.version),
      paint(stateStyle(entry.state), printable(entry.state)),
      own === undefined || own.memoryBytes === 0 ? '-' : formatBytes(own.memoryBytes),
      own === undefined ? '-' : String(own.inferenceCount),
      own === undefined || own.lastInferenceMs === 0
        ? '-'
        : new Date(own.lastInferenceMs).toISOString().slice(0, 19).replace('T', ' '),
    ];
  });
  const reasons = entries
    .filter((entry) => entry.reason !== '')
    .map((entry) => `${printable(entry.name)}: ${printable(entry.reason)}\n`);
  return `${renderTable(COLUMNS, rows)}${reasons.length === 0 ? '' : `\n${reasons.join('')}`}`;
}

function stateStyle(state: string): 'green' | 'yellow' | 'red' {
  if (state === 'READY') return 'green';
  return state === 'LOADING' || state === 'UNLOADING' ? 'yellow' : 'red';
}
