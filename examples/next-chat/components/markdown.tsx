import { memo, useRef } from "react";
import ReactMarkdown, { type Components, type ExtraProps } from "react-markdown";
import rehypeHighlight from "rehype-highlight";
import remarkGfm from "remark-gfm";
import { CopyButton } from "./copy-button";

/** Markdown as models write it: tables, task lists, code. HTML in it stays text. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeHighlight]} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  );
});

const components: Components = {
  // Whatever level a model begins with, inside an answer it is the next below the answer's own.
  h1: "h3",
  h2: "h3",
  h4: "h3",
  h5: "h3",
  h6: "h3",
  a: ({ href, title, children }) => (
    <a href={href} title={title} target="_blank" rel="noreferrer">
      {children}
    </a>
  ),
  // Loading a picture from an address that a model wrote would tell that address about the reader.
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noreferrer">
      {alt || "Picture"}
    </a>
  ),
  input: ({ checked }) => (
    <input type="checkbox" checked={checked} disabled aria-label={checked ? "Done" : "Not done"} />
  ),
  // What scrolls sideways must be reachable with the keyboard.
  table: ({ children }) => (
    <div className="table" role="region" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  // The corner of a table often is empty, and then heads nothing.
  th: ({ node, ...props }) => (node?.children.length ? <th {...props} /> : <td {...props} />),
  pre: Code,
};

function Code({ node, children }: React.ComponentProps<"pre"> & ExtraProps) {
  const pre = useRef<HTMLPreElement>(null);
  return (
    <figure className="code">
      <figcaption>
        {languageOf(node)}
        <CopyButton label="Copy the code" read={() => pre.current?.textContent ?? ""} />
      </figcaption>
      <pre ref={pre} tabIndex={0}>
        {children}
      </pre>
    </figure>
  );
}

/** `ts` of a block that begins with three backticks and `ts`. */
function languageOf(node: ExtraProps["node"]): string {
  const code = node?.children[0];
  const names = code?.type === "element" ? code.properties["className"] : undefined;
  const [, language] = /language-(\S+)/.exec(Array.isArray(names) ? names.join(" ") : "") ?? [];
  return language ?? "text";
}
