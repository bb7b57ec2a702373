import sharp from 'sharp';

/** Grey values of a picture, a byte each, row by row. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export async function readGreyPicture(path: string): Promise<GreyPicture> {
  const { data, info } = await sharp(path).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: data };
}

/** How far one picture column is sheared against the one before, in rows: pages are seldom photographed straight. */
const SLOPES = Array.from({ length: 41 }, (_, i) => (i - 20) / 400);
const INK_MARGIN = 18;
const LINE_HEIGHT_MIN = 8;
const MARGIN_ROWS = 3;

/**
 * Cuts a page into its lines, top to bottom: darker than the paper around it is ink; the shear under which ink and gaps
 * between lines differ most straightens the page; runs of rows with ink are lines.
 */
export async function cutLines(page: GreyPicture): Promise<GreyPicture[]> {
  const ink = await inkOf(page);
  const slope = SLOPES.reduce((best, candidate) =>
    contrast(rowProfile(page, ink, candidate)) > contrast(rowProfile(page, ink, best)) ? candidate : best,
  );
  const profile = rowProfile(page, ink, slope);
  const runs = splitTallRuns(profile, runsOfInk(profile, page.width));
  return runs.map(([top, bottom]) => straightLine(page, slope, top - MARGIN_ROWS, bottom + MARGIN_ROWS));
}

/** 1 where a pixel is clearly darker than its surroundings. */
async function inkOf({ width, height, pixels }: GreyPicture): Promise<Uint8Array> {
  const paper = await sharp(pixels, { raw: { width, height, channels: 1 } })
    .blur(12)
    .greyscale()
    .raw()
    .toBuffer();
  return pixels.map((pixel, i) => ((paper[i] ?? 0) - pixel > INK_MARGIN ? 1 : 0));
}

/** Ink in each row of the page sheared by `slope`. */
function rowProfile({ width, height }: GreyPicture, ink: Uint8Array, slope: number): Int32Array {
  const profile = new Int32Array(height);
  for (let x = 0; x < width; x++) {
    const shift = Math.round(slope * x);
    for (let y = 0; y < height; y++) {
      const row = y - shift;
      if (ink[y * width + x] === 1 && row >= 0 && row < height) profile[row]! += 1;
    }
  }
  return profile;
}

function contrast(profile: Int32Array): number {
  return profile.reduce((sum, count) => sum + count * count, 0);
}

/** [first row, row after the last] of each run that is tall enough for text. */
function runsOfInk(profile: Int32Array, width: number): [number, number][] {
  const threshold = width * 0.02;
  const runs: [number, number][] = [];
  let start = -1;
  for (let y = 0; y <= profile.length; y++) {
    const hasInk = (profile[y] ?? 0) > threshold;
    if (hasInk && start < 0) start = y;
    if (!hasInk && start >= 0) {
      if (y - start >= LINE_HEIGHT_MIN) runs.push([start, y]);
      start = -1;
    }
  }
  return runs;
}

/** Two lines that touch look like one that is much taller than the others: cut it where it has least ink. */
function splitTallRuns(profile: Int32Array, runs: readonly [number, number][]): [number, number][] {
  const heights = runs.map(([top, bottom]) => bottom - top).sort((a, b) => a - b);
  const median = heights[Math.floor(heights.length / 2)] ?? 0;
  return runs.flatMap(([top, bottom]): [number, number][] => {
    if (bottom - top < 1.6 * median) return [[top, bottom]];
    let cut = top + Math.floor(median / 2);
    for (let y = cut; y < bottom - median / 2; y++) if ((profile[y] ?? 0) < (profile[cut] ?? 0)) cut = y;
    return [
      [top, cut],
      [cut, bottom],
    ];
  });
}

/** Rows [top, bottom) of the sheared page; what lies outside the picture repeats its edge. */
function straightLine({ width, height, pixels }: GreyPicture, slope: number, top: number, bottom: number): GreyPicture {
  const line = new Uint8Array(width * (bottom - top));
  for (let y = top; y < bottom; y++) {
    for (let x = 0; x < width; x++) {
      const row = Math.min(height - 1, Math.max(0, y + Math.round(slope * x)));
      line[(y - top) * width + x] = pixels[row * width + x] ?? 0;
    }
  }
  return { width, height: bottom - top, pixels: line };
}
