import type { Tensor } from '@rangefinder/tensor';
import { displayWidth } from '../terminal/table.ts';
import { printable, type Painter } from '../terminal/terminal.ts';
import { compactText } from './output-text.ts';

const COLUMN_MIN = 10;

/** A line for each step as it arrives: its number, where in the recording it begins, and the outputs that are not carried over. */
export class StepReport {
  readonly #paint: Painter;
  readonly #hidden: ReadonlySet<string>;
  readonly #stepSeconds: number | undefined;
  readonly #numberWidth: number;
  #widths: readonly number[] | undefined;

  /** @param hidden outputs left out. @param stepSeconds undefined where steps are not moments of a recording. */
  constructor(steps: number, hidden: ReadonlySet<string>, stepSeconds: number | undefined, paint: Painter) {
    this.#paint = paint;
    this.#hidden = hidden;
    this.#stepSeconds = stepSeconds;
    this.#numberWidth = Math.max(4, String(steps).length);
  }

  /** Text of the step, with the heading before the first. */
  lines(step: number, outputs: readonly Tensor[]): string {
    const shown = outputs.filter((output) => !this.#hidden.has(output.name));
    const cells = shown.map(compactText);
    const heading = this.#widths === undefined ? this.#heading(shown, cells) : '';
    const widths = this.#widths ?? [];
    const time = this.#stepSeconds === undefined ? [] : [`${(step * this.#stepSeconds).toFixed(3)} s`.padStart(11)];
    const line = [
      String(step).padStart(this.#numberWidth),
      ...time,
      ...cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)),
    ].join('  ');
    return `${heading}${line.trimEnd()}\n`;
  }

  #heading(shown: readonly Tensor[], cells: readonly string[]): string {
    const names = shown.map((output) => printable(output.name));
    const widths = names.map((name, i) => Math.max(COLUMN_MIN, displayWidth(name), displayWidth(cells[i] ?? '')));
    this.#widths = widths;
    const time = this.#stepSeconds === undefined ? [] : ['time'.padStart(11)];
    const line = [
      'step'.padStart(this.#numberWidth),
      ...time,
      ...names.map((name, i) => name.padEnd(widths[i] ?? 0)),
    ].join('  ');
    return `${this.#paint('bold', line.trimEnd())}\n`;
  }
}
