import { formatConfigPath, type ConfigPath } from '@rangefinder/base';
import { formatProblem } from './written-problem.ts';

/** A model configuration as one file or request has it: checked against the schema, not yet against a model. */
export interface WrittenConfig {
  /** `config.pbtxt`, `model.yaml`, or how else messages call it. */
  readonly file: string;
  /** Field names and shapes of `ModelConfig`, nothing filled in. */
  readonly value: Readonly<Record<string, unknown>>;
  /** What was accepted but has no effect; complete lines. */
  readonly warnings: readonly string[];
  readonly places: PlaceIndex;
}

/** Where each value stands in its file and how the person called it. */
export class PlaceIndex {
  readonly #places = new Map<string, { readonly line: number; readonly name: string }>();

  set(path: ConfigPath, line: number, name: string): void {
    this.#places.set(formatConfigPath(path), { line, name });
  }

  /** Line of the value, or of the closest one around it; 0 when there is none. */
  lineOf(path: ConfigPath): number {
    return this.#closest(path)?.place.line ?? 0;
  }

  /** The path in the words of the person who wrote the file. */
  nameOf(path: ConfigPath): string {
    const closest = this.#closest(path);
    if (closest === undefined || closest.length === 0) return formatConfigPath(path);
    const rest = formatConfigPath(path.slice(closest.length));
    if (rest === '') return closest.place.name;
    return rest.startsWith('[') ? `${closest.place.name}${rest}` : `${closest.place.name}.${rest}`;
  }

  #closest(path: ConfigPath): { place: { line: number; name: string }; length: number } | undefined {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(formatConfigPath(path.slice(0, length)));
      if (place !== undefined) return { place, length };
    }
    return undefined;
  }
}

/** `config.pbtxt:12: max_batch_size: expected …`. */
export function problemLine(file: string, places: PlaceIndex, path: ConfigPath, message: string): string {
  const name = places.nameOf(path);
  return formatProblem(file, {
    line: places.lineOf(path),
    column: 0,
    message: name === '' ? message : `${name}: ${message}`,
  });
}
