import { stripVTControlCharacters } from 'node:util';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Rows under titles, columns as wide as their widest cell and two spaces apart, no spaces at line ends. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => displayWidth(line[i] ?? ''))));
  const render = (line: readonly string[]): string =>
    columns
      .map((column, i) => {
        const cell = line[i] ?? '';
        const space = ' '.repeat((widths[i] ?? 0) - displayWidth(cell));
        return column.align === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return `${lines.map(render).join('\n')}\n`;
}

/** Columns that a text takes in a terminal: escape sequences none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (/\p{Mark}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
