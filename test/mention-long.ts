/** Says at the end of a run what it left out. */
export default function setup(): () => void {
  return () =>
    console.info(
      "Not run: what takes minutes (the whole soak, every template by every package manager). pnpm test:long runs it.",
    );
}
