import type { Finding } from './finding.ts';

/** The library that decodes pictures for `infer`; without it everything else works. */
export async function imageFinding(): Promise<Finding> {
  try {
    const { default: sharp } = await import('sharp');
    const version = sharp.versions.sharp;
    const libvips = sharp.versions.vips;
    return {
      section: 'libraries',
      name: 'sharp',
      status: 'ok',
      summary: `${version}, libvips ${libvips}`,
      advice: '',
      details: { version: version ?? null, libvips, available: true },
    };
  } catch (error) {
    return {
      section: 'libraries',
      name: 'sharp',
      status: 'note',
      summary: 'cannot be loaded, so infer takes no pictures',
      advice: 'Install the dependencies again (npm ci).',
      details: { available: false, reason: error instanceof Error ? error.message : String(error) },
    };
  }
}
