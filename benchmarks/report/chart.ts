import { isOurs, type Row, sectionTitles } from "../results.ts";
import { chartSections, format, streamRow } from "./markdown.ts";

const size = { width: 720, label: 250, bar: 16, gap: 5, title: 30, right: 56 };

/** Bars for one stream at three levels. Takes the colours of the page that shows it, light or dark. */
export function toChart(rows: Row[]): string {
  const groups = chartSections.flatMap((section) => {
    const row = rows.find((candidate) => candidate.section === section && candidate.name === streamRow);
    const results = row?.results.filter(({ client }) => client !== "floor" && !client.includes("mergeDeltas")) ?? [];
    return row ? [{ title: plain(sectionTitles[section]!), results }] : [];
  });
  const most = Math.max(...groups.flatMap(({ results }) => results.map(({ values }) => values["ratio"]!)));
  const scale = (size.width - size.label - size.right) / most;
  let y = 26;
  const marks: string[] = [];
  for (const { title, results } of groups) {
    y += size.title;
    marks.push(`<text x="0" y="${y - 9}" class="title">${escape(title)}</text>`);
    for (const { client, values } of results) {
      const ratio = values["ratio"]!;
      const kind = isOurs(client) ? "ours" : client.includes("without network") ? "framework" : "peer";
      const width = Math.max(2, ratio * scale);
      const middle = y + size.bar / 2 + 4;
      marks.push(
        `<text x="${size.label - 8}" y="${middle}" class="label ${kind}">${escape(client.replace(", a model without network", " alone"))}</text>`,
        `<rect x="${size.label}" y="${y}" width="${width.toFixed(1)}" height="${size.bar}" rx="2" class="${kind}"/>`,
        `<text x="${(size.label + width + 6).toFixed(1)}" y="${middle}" class="value">${format(ratio, "ratio")}</text>`,
      );
      y += size.bar + size.gap;
    }
  }
  const caption = "CPU time to read 20,000 chunks, as a multiple of fetch and JSON.parse alone. Less is better.";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${y + 4}" role="img" aria-label="${caption}">
<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title, .label.ours { fill: #1f2328; font-weight: 600 }
.label { text-anchor: end }
rect.ours { fill: #0969da }
rect.peer { fill: #afb8c1 }
rect.framework { fill: #d8dee4 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 }
  .title, .label.ours { fill: #f0f6fc }
  rect.ours { fill: #4493f8 }
  rect.peer { fill: #59636e }
  rect.framework { fill: #3d444d }
}
</style>
<text x="0" y="14">${caption}</text>
${marks.join("\n")}
</svg>
`;
}

function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
