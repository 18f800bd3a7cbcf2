import { tool } from "ai";
import { z } from "zod";

/** What the model may call. The card of each tool is in components/. */
export const tools = {
  currentTime: tool({
    description: "Tells the current date and time in a city or time zone.",
    inputSchema: z.object({
      city: z
        .string()
        .describe("A city such as Tokyo; for a small one the IANA time zone it lies in, such as Europe/Paris"),
    }),
    execute: ({ city }) => tellTime(city, new Date()),
  }),
};

function tellTime(place: string, now: Date) {
  const timeZone = findTimeZone(place);
  // The model reads this message and can ask with another place; the card shows it too.
  if (!timeZone) throw new Error(`No time zone is known for “${place}”. Try the largest city near it.`);
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, ...options }).format(now);
  return {
    city: place.includes("/") ? cityOf(timeZone) : place,
    timeZone,
    time: format({ hour: "2-digit", minute: "2-digit" }),
    date: format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  };
}

/** The time zone that is named after the place, or has this name itself. */
function findTimeZone(place: string): string | undefined {
  const wanted = (place.split(",")[0] ?? "").trim();
  const named = Intl.supportedValuesOf("timeZone").find((zone) => isSame(cityOf(zone), wanted));
  return named ?? toTimeZone(wanted);
}

function cityOf(timeZone: string): string {
  return (timeZone.split("/").at(-1) ?? timeZone).replaceAll("_", " ");
}

/** Without regard to case and accents: São Paulo is Sao_Paulo in the list of zones. */
function isSame(left: string, right: string): boolean {
  return left.localeCompare(right, "en", { sensitivity: "base" }) === 0;
}

function toTimeZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
