import { usageFailure } from './command-failure.ts';

/** What was typed for a command's options, under their flags. */
export class OptionValues {
  readonly #values: Readonly<Record<string, unknown>>;

  /** @param values by flag, with dashes: text, a list of texts for repeatable options, true for a switch that is on. */
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  isOn(flag: string): boolean {
    return this.#values[flag] === true;
  }

  text(flag: string): string | undefined {
    const value = this.#values[flag];
    return typeof value === 'string' ? value : undefined;
  }

  list(flag: string): readonly string[] {
    const value = this.#values[flag];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** @throws exit 2 for anything but a whole number within the bounds. */
  integer(flag: string, min: number, max: number): number | undefined {
    const value = this.text(flag);
    if (value === undefined) return undefined;
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max))
      throw usageFailure(
        `${flag}: expected a whole number from ${min} to ${max}, found ${JSON.stringify(value)}`,
        flag,
      );
    return number;
  }

  /** `NAME=VALUE` pairs in the order given; VALUE may hold more `=`. @throws exit 2 where the `=` or the name is missing. */
  pairs(flag: string, form: string): readonly (readonly [name: string, value: string])[] {
    return this.list(flag).map((text) => {
      const at = text.indexOf('=');
      if (at <= 0) throw usageFailure(`${flag}: expected ${form}, found ${JSON.stringify(text)}`, flag);
      return [text.slice(0, at), text.slice(at + 1)] as const;
    });
  }
}
