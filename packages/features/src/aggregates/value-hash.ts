/**
 * A value as a number of 53 bits for counting distinct ones: two MurmurHash3 finalisers over UTF-16 code units. Numbers and
 * bigints of the same integer are the same value; text is never equal to a number.
 */
export function valueHash(value: string | number | bigint | boolean): number {
  const text = typeof value === 'string' ? `"${value}` : `${typeof value === 'boolean' ? '?' : ''}${value}`;
  let low = 0x9747_b28c;
  let high = 0x3c6e_f372;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x85eb_ca6b);
    low = (low << 13) | (low >>> 19);
    high = Math.imul(high ^ unit, 0xc2b2_ae35);
    high = (high << 15) | (high >>> 17);
  }
  return (mixed(high ^ text.length) & 0x1f_ffff) * 0x1_0000_0000 + mixed(low ^ high);
}

function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
