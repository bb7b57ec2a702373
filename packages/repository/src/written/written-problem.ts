/** Something wrong in a file, and where: line and column count from 1, 0 is unknown. */
export interface WrittenProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The text cannot be read any further. Caught where the file is known; never leaves this room. */
export class SyntaxProblem extends Error implements WrittenProblem {
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, message: string) {
    super(message);
    this.name = 'SyntaxProblem';
    this.line = line;
    this.column = column;
  }
}

/** `config.pbtxt:12:3: message`, with as much of the place as is known. */
export function formatProblem(file: string, problem: WrittenProblem): string {
  const line = problem.line > 0 ? `:${problem.line}` : '';
  const column = problem.line > 0 && problem.column > 0 ? `:${problem.column}` : '';
  return `${file}${line}${column}: ${problem.message}`;
}
