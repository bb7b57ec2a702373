/**
 * Makes every byte of a BOOL tensor 0 or 1, in place. Kernels read them as C++ bool, where any other value is undefined
 * behaviour: one that counts trues and one that tests them may disagree about how much memory is needed.
 */
export function boolsOf(bytes: Uint8Array): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  let unusual = 0;
  for (let i = 0; i < words.length; i += 1) unusual |= words[i]!;
  for (let i = words.length * 4; i < bytes.length; i += 1) unusual |= bytes[i]!;
  if ((unusual & 0xfefefefe) === 0) return;
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i]! > 1) bytes[i] = 1;
}
