// paced gives a function that calls work soon, and then at most once in a
// pause however often it is asked.
export function paced(work, pause = 1000) {
  let timer = null;
  let last = -Infinity;
  return () => {
    if (timer) return;
    timer = setTimeout(() => {
      timer = null;
      last = performance.now();
      work();
    }, Math.max(0, last + pause - performance.now()));
  };
}
