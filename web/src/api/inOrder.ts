/** Writes of which the later one must hold: each goes when the one before has been answered. */

const ends = new Map<string, Promise<unknown>>();

/** Do it after what was begun before it in the same line; what failed there stops nothing. */
export function inOrder<T>(line: string, work: () => Promise<T>): Promise<T> {
  const before = ends.get(line) ?? Promise.resolve();
  const done = before.then(work, work);
  ends.set(line, done);
  const forget = (): void => {
    if (ends.get(line) === done) ends.delete(line);
  };
  done.then(forget, forget);
  return done;
}
