import { RangefinderError, type ErrorCode } from '@rangefinder/base';

/** Everything that is wrong with a ranker repository, collected so that it is told at once. */
export class RankerProblems {
  readonly #lines: string[] = [];
  #code: ErrorCode | undefined;

  get count(): number {
    return this.#lines.length;
  }

  /** One a problem. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** A configuration or data that do not fit. */
  add(line: string): void {
    this.#add('INVALID_ARGUMENT', line);
  }

  /**
   * What was thrown while `file` was read: errors of ours name their place by themselves; what the system says of the file
   * is NOT_FOUND, since that is no misconfiguration. Throws it again when the work was only given up.
   */
  addThrown(file: string, thrown: unknown): void {
    if (thrown instanceof RangefinderError) {
      if (thrown.code === 'CANCELLED') throw thrown;
      for (const line of linesOf(thrown)) this.#add(thrown.code, line);
      return;
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    this.#add('NOT_FOUND', `${file}: cannot be read: ${message}`);
  }

  /** Throws one error with a line for each problem; INVALID_ARGUMENT where any of them is one. */
  throwIfAny(): void {
    const [first] = this.#lines;
    if (first === undefined) return;
    const head = this.count === 1 ? '' : `${this.count} problems in the rankers:\n`;
    throw new RangefinderError(this.#code!, head + this.#lines.join('\n'), { field: 'rankerRepository' });
  }

  #add(code: ErrorCode, line: string): void {
    this.#lines.push(line);
    if (this.#code === undefined || code === 'INVALID_ARGUMENT') this.#code = code;
  }
}

/** The lines of a configuration's error, without the one that counts them. */
function linesOf({ message }: RangefinderError): string[] {
  return message.split('\n').filter((line) => !/^\d+ problems in the configuration:$/.test(line));
}

/** Throws CANCELLED once the start was given up. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new RangefinderError('CANCELLED', 'the start was given up');
}
