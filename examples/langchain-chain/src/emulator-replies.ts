// What the emulator says to the prompts of this folder, in place of a model.
import type { ReplyRule } from "@celuxe/emulator";

export const replies: ReplyRule[] = [
  { match: "Into French", reply: { text: "L'atelier est fermé le lundi." } },
  { match: "Into German", reply: { text: "Die Werkstatt ist am Montag geschlossen." } },
  { match: "Into Spanish", reply: { text: "El taller está cerrado el lunes." } },
  { match: "Into Italian", reply: { text: "L'officina è chiusa il lunedì." } },
  { match: "Into Dutch", reply: { text: "De werkplaats is op maandag gesloten." } },
  {
    // The retrieval chain: no model reads the passages here, so it quotes the first one.
    match: ({ body }) => JSON.stringify(body).includes("help pages"),
    reply({ body }) {
      const passage = /<passage source=\\"(.+?)\\">\\n(.+?)\\n<\/passage>/.exec(JSON.stringify(body));
      if (!passage) return { text: "The help pages do not answer that." };
      const [, source, text = ""] = passage;
      return { text: `${text.replaceAll("\\n", " ")} [${source}]` };
    },
  },
];
