/** Says at the end of a run what it left out. */
export default function setup(): () => void {
  return () =>
    console.info(
      "Not run: what takes minutes (the whole soak, HTTP/2, memory, other frameworks as installed, every template by every package manager). pnpm test:long runs it.",
    );
}
