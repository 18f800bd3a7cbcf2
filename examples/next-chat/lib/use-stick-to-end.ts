import { useEffect, useLayoutEffect, useState } from "react";

/** Nearer to the end than this many pixels counts as being there. */
const NEAR = 64;

/** Keeps the end of the page in view while `content` grows, until the reader scrolls up. */
export function useStickToEnd(...content: unknown[]): { atEnd: boolean; stickToEnd: () => void } {
  const [atEnd, setAtEnd] = useState(true);

  useEffect(() => {
    let last = window.scrollY;
    const onScroll = () => {
      const toEnd = document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
      // Growing content moves the end away without a scroll: only going up lets go of it.
      if (toEnd < NEAR) setAtEnd(true);
      else if (window.scrollY < last) setAtEnd(false);
      last = window.scrollY;
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => window.removeEventListener("scroll", onScroll);
  }, []);

  useLayoutEffect(() => {
    if (atEnd) window.scrollTo({ top: document.documentElement.scrollHeight });
  }, [atEnd, ...content]);

  return { atEnd, stickToEnd: () => setAtEnd(true) };
}
