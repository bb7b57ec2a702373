import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TaskBoard } from '../src/embedded/task-board.ts';

const SHAPE = { threads: 2, searchesMax: 16 };

/** Pushes tasks with the numbers from `first` on. */
function pushSearches(board: TaskBoard, first: number, count: number): void {
  for (let task = first; task < first + count; task++) {
    board.fill(task, 0);
    board.pushSearch(task, true);
  }
}

function claims(board: TaskBoard, count: number): number[] {
  return Array.from({ length: count }, () => board.claim(0));
}

describe('the task board', () => {
  it('gives a thread its own tasks first, then searches, oldest first, and other work its turn among them', () => {
    const board = new TaskBoard(SHAPE);
    pushSearches(board, 0, 6);
    board.fill(20, 1);
    board.pushOther(20);
    board.fill(21, 3);
    board.pushTo(0, 21);
    board.fill(22, 3);
    board.pushTo(1, 22);
    assert.deepEqual(claims(board, 9), [21, 0, 1, 2, 3, 20, 4, 5, -1]);
    assert.equal(board.claim(1), 22);
  });

  it('carries numbers up to 2^32, and the same through another view of its memory', () => {
    const board = new TaskBoard(SHAPE);
    board.fill(3, 1, 0xffff_fffe, 2, 3, 4);
    board.pushOther(3);
    const other = new TaskBoard(SHAPE, board.buffer);
    const task = other.claim(1);
    assert.deepEqual([task, other.kindOf(task)], [3, 1]);
    assert.deepEqual(
      [0, 1, 2, 3].map((i) => other.argumentOf(task, i)),
      [0xffff_fffe, 2, 3, 4],
    );
    assert.equal(board.claim(0), -1);
  });

  it('reports what is finished in order, and asks for a message only when none is on its way', () => {
    const board = new TaskBoard(SHAPE);
    assert.deepEqual(
      [5, 2, 9].map((task) => board.finish(task)),
      [true, false, false],
    );
    const into = new Int32Array(board.tasksMax);
    assert.equal(board.takeFinished(into), 3);
    assert.deepEqual([...into.subarray(0, 3)], [5, 2, 9]);
    assert.equal(board.takeFinished(into), 0);
    assert.equal(board.finish(1), true);
  });

  it('lets a report wait only behind a brief search with more of them in the queue', () => {
    const board = new TaskBoard(SHAPE);
    pushSearches(board, 0, 3);
    board.fill(3, 0);
    board.pushSearch(3, false);
    assert.deepEqual(
      claims(board, 4).map((task) => board.mayDelayReport(task)),
      [false, false, false, false],
    );
    pushSearches(board, 0, 4);
    assert.equal(board.mayDelayReport(board.claim(0)), true);
    assert.equal(board.mayDelayReport(board.claim(0)), false);
    pushSearches(board, 4, 4);
    board.fill(8, 0);
    assert.equal(board.mayDelayReport(8), false);
  });

  it('goes round its rings, and never writes over what waits', () => {
    const board = new TaskBoard(SHAPE);
    for (let round = 0; round < 100; round++) {
      pushSearches(board, 0, 7);
      assert.deepEqual(claims(board, 8), [0, 1, 2, 3, 4, 5, 6, -1]);
    }
    pushSearches(board, 0, SHAPE.searchesMax);
    assert.throws(() => board.pushSearch(17, true), /full/);
  });
});
