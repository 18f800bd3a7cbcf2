import { tool } from "langchain";
import { z } from "zod";

// Where a real app would ask a weather service and a railway.
const weather = new Map([
  ["Marseille", { Saturday: "sunny, 24 °C", Sunday: "sunny, 25 °C" }],
  ["Paris", { Saturday: "rain, 16 °C", Sunday: "cloudy, 18 °C" }],
]);
const departures = new Map([
  ["Lyon-Marseille", ["08:06", "10:06", "13:36"]],
  ["Lyon-Paris", ["07:34", "09:04", "12:04"]],
]);

const day = z.enum(["Saturday", "Sunday"]);

export const forecast = tool(({ city, day }) => weather.get(city)?.[day] ?? `No forecast for ${city}.`, {
  name: "forecast",
  description: "The weather forecast of a city for the weekend",
  schema: z.object({ city: z.string(), day }),
});

export const trains = tool(
  ({ from, to, day }) =>
    departures.get(`${from}-${to}`)?.join(", ") ?? `No direct train from ${from} to ${to} on ${day}.`,
  {
    name: "trains",
    description: "Departure times of the direct trains between two cities",
    schema: z.object({ from: z.string(), to: z.string(), day }),
  },
);
