/**
 * Titles as the films' posters spell them. The data set has titles that a spreadsheet took for numbers, titles with the
 * article at the end, and accented letters that were written as Windows-1252 and read as Mac OS Roman (`LÈon` for `Léon`).
 */
export function cleanTitle(raw: string | number | null, year: number): string {
  if (raw === null || raw === '') return `Untitled (${year})`;
  const spaced = repairLetters(String(raw)).replace(/\s+/g, ' ').trim();
  const inverted = /^(.+), (The|A|An)$/.exec(spaced);
  return inverted === null ? spaced : `${inverted[2]} ${inverted[1]}`;
}

/** Mac OS Roman's characters at 0x80…0xff, in order. */
const MAC_ROMAN =
  'ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø' +
  '¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ';

function repairLetters(text: string): string {
  const windows1252 = new TextDecoder('windows-1252');
  return Array.from(text, (character) => {
    const place = MAC_ROMAN.indexOf(character);
    return place < 0 ? character : windows1252.decode(Uint8Array.of(0x80 + place));
  }).join('');
}
