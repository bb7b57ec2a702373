import { createExactIndex, openEmbeddedIndex, openEmbeddedSnapshot, openExactSnapshot } from '@rangefinder/retrieval';
import { describeVectorIndexContract, type SnapshotSubject, type VectorIndexSubject } from '@rangefinder/testing';

describeVectorIndexContract({
  name: 'exact',
  ...withSnapshots({
    create: async (shape) => createExactIndex({ name: 'exact', ...shape }),
    open: (path, shape) => openExactSnapshot(path, { name: 'exact', ...shape }),
  }),
  scoreTolerance: 1e-5,
});

// Rounding of a component, times the components, for vectors within ±1.
const TOLERANCES = { float32: 1e-5, float16: 0.01, int8: 0.2 };

for (const storage of ['float32', 'float16', 'int8'] as const) {
  const options = { name: 'embedded', storage, threads: 2 };
  describeVectorIndexContract({
    name: `embedded, ${storage}`,
    ...withSnapshots({
      create: (shape) => openEmbeddedIndex({ ...options, ...shape }),
      open: (path, shape) => openEmbeddedSnapshot(path, { ...options, ...shape }),
    }),
    scoreTolerance: TOLERANCES[storage],
  });
}

// Checked whole, as the contract wants it. Where files cannot be mapped this reads them.
describeVectorIndexContract({
  name: 'embedded, mapped',
  ...withSnapshots({
    create: (shape) => openEmbeddedIndex({ name: 'embedded', threads: 2, ...shape }),
    open: (path, shape) =>
      openEmbeddedSnapshot(path, { name: 'embedded', threads: 2, access: 'map', verify: 'all', ...shape }),
  }),
  scoreTolerance: 1e-5,
});

function withSnapshots(snapshots: SnapshotSubject): Pick<VectorIndexSubject, 'create' | 'snapshots'> {
  return { create: (shape) => snapshots.create(shape), snapshots };
}
