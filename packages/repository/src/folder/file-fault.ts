const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (permission denied)',
  ENOTDIR: 'is not inside a folder',
  ELOOP: 'is a symbolic link in a circle',
  EMFILE: 'cannot be opened (too many open files)',
  ENAMETOOLONG: 'has too long a name',
};

/** The code of a file system error; undefined for any other. */
export function faultCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** A file system error in words that complete the name of the file. */
export function describeFault(error: unknown): string {
  const code = faultCode(error) ?? '';
  if (Object.hasOwn(WORDS, code)) return WORDS[code]!;
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** Whether the error only says that there is no such file. */
export function isAbsence(error: unknown): boolean {
  const code = faultCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
