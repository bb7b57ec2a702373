/**
 * How the two parts of a cut know each other: what goes from one to the other carries the cut in its name, as output of the
 * user's part and as input of the items' part. Parts of different cuts have no names in common, so they cannot be run together,
 * whatever serves them and whenever one of them is replaced.
 */
const CUT_NAME = /^user_part_\d+_(?<cut>[0-9a-f]{12})$/;
const CUT_CHARACTERS = 12;

/** `place` counts from 1; `digest` is hexadecimal and tells cuts apart. */
export function cutName(place: number, digest: string): string {
  return `user_part_${place}_${digest.slice(0, CUT_CHARACTERS)}`;
}

/** The cut that an input or output belongs to; undefined where its name is not one that `splitModel` gives. */
export function cutOf(tensorName: string): string | undefined {
  return CUT_NAME.exec(tensorName)?.groups?.['cut'];
}

/** By which name the user's part of a model is served unless somebody says otherwise. */
export function userPartName(modelName: string): string {
  return `${modelName}-user`;
}
