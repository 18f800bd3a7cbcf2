import { expect } from "vitest";

/** An id that stands in for one that the server did not give. */
export const madeId: unknown = expect.stringMatching(/^call_[a-z0-9]{20}$/);

const sky = '{"at":"sky"}';
const sea = '{"at":"sea"}';

/** Deltas as they come, one chunk each, and the calls that they are. */
export const toolCallForms: {
  form: string;
  deltas: unknown[];
  calls: { id?: unknown; name: string; arguments: string }[];
}[] = [
  {
    form: "as OpenAI sends them: an index each, id and name first",
    deltas: [
      { index: 0, id: "a", type: "function", function: { name: "look", arguments: "" } },
      { index: 0, function: { arguments: '{"at":' } },
      { index: 0, function: { arguments: '"sky"}' } },
      { index: 1, id: "b", type: "function", function: { name: "dive", arguments: "" } },
      { index: 1, function: { arguments: sea } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "interleaved by index",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 1, id: "b", function: { name: "look", arguments: '{"at":' } },
      { index: 0, function: { arguments: '"sky"}' } },
      { index: 1, function: { arguments: '"sea"}' } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "look", arguments: sea },
    ],
  },
  {
    form: "without index, whole",
    deltas: [
      { id: "a", function: { name: "look", arguments: sky } },
      { id: "b", function: { name: "look", arguments: sea } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "look", arguments: sea },
    ],
  },
  {
    form: "without index, in pieces",
    deltas: [
      { id: "a", function: { name: "look", arguments: '{"at":' } },
      { function: { arguments: '"sky"}' } },
      { id: "b", function: { name: "dive", arguments: '{"at":' } },
      { function: { arguments: '"sea"}' } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "without index, continued by their ids",
    deltas: [
      { id: "a", function: { name: "look", arguments: '{"at":' } },
      { id: "b", function: { name: "dive", arguments: '{"at":' } },
      { id: "a", function: { arguments: '"sky"}' } },
      { id: "b", function: { arguments: '"sea"}' } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "without index and id, the same tool twice, whole",
    deltas: [{ function: { name: "look", arguments: sky } }, { function: { name: "look", arguments: sea } }],
    calls: [
      { name: "look", arguments: sky },
      { name: "look", arguments: sea },
    ],
  },
  {
    form: "an index on the first delta only",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: "" } },
      { function: { arguments: '{"at":' } },
      { index: null, function: { arguments: '"sky"}' } },
    ],
    calls: [{ id: "a", name: "look", arguments: sky }],
  },
  {
    form: "an index from the second delta on",
    deltas: [
      { id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 0, function: { arguments: '"sky"}' } },
    ],
    calls: [{ id: "a", name: "look", arguments: sky }],
  },
  {
    form: "an index as text",
    deltas: [
      { index: "0", id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 0, function: { arguments: '"sky"}' } },
      { index: "1", id: "b", function: { name: "dive", arguments: sea } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "indices that begin at 1 and leave some out",
    deltas: [
      { index: 1, id: "a", function: { name: "look", arguments: sky } },
      { index: 5, id: "b", function: { name: "dive", arguments: sea } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "all index 0, whole, other ids",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: sky } },
      { index: 0, id: "b", function: { name: "look", arguments: sea } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "look", arguments: sea },
    ],
  },
  {
    form: "all index 0, in pieces, other ids",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 0, function: { arguments: '"sky"}' } },
      { index: 0, id: "b", function: { name: "dive", arguments: '{"at":' } },
      { index: 0, function: { arguments: '"sea"}' } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "all index 0, continued by their ids",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 0, id: "b", function: { name: "dive", arguments: '{"at":' } },
      { index: 0, id: "a", function: { arguments: '"sky"}' } },
      { index: 0, id: "b", function: { arguments: '"sea"}' } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "all index 0, no ids, other names",
    deltas: [
      { index: 0, function: { name: "look", arguments: sky } },
      { index: 0, function: { name: "dive", arguments: sea } },
    ],
    calls: [
      { name: "look", arguments: sky },
      { name: "dive", arguments: sea },
    ],
  },
  {
    form: "all index 0, no ids, the same tool twice",
    deltas: [
      { index: 0, function: { name: "look", arguments: sky } },
      { index: 0, function: { name: "look", arguments: sea } },
    ],
    calls: [
      { name: "look", arguments: sky },
      { name: "look", arguments: sea },
    ],
  },
  {
    form: "one id for all of them",
    deltas: [
      { index: 0, id: "call", function: { name: "look", arguments: sky } },
      { index: 1, id: "call", function: { name: "look", arguments: sea } },
    ],
    calls: [
      { id: "call", name: "look", arguments: sky },
      { id: madeId, name: "look", arguments: sea },
    ],
  },
  {
    form: "one id and index for all of them",
    deltas: [
      { index: 0, id: "call", function: { name: "look", arguments: sky } },
      { index: 0, id: "call", function: { name: "look", arguments: sea } },
    ],
    calls: [
      { id: "call", name: "look", arguments: sky },
      { id: madeId, name: "look", arguments: sea },
    ],
  },
  {
    form: "id and name repeated with every delta",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 0, id: "a", function: { name: "look", arguments: '"s{k' } },
      { index: 0, id: "a", function: { name: "look", arguments: 'y"}' } },
    ],
    calls: [{ id: "a", name: "look", arguments: '{"at":"s{ky"}' }],
  },
  {
    form: "the name repeated with every delta, no id and no index",
    deltas: [
      { function: { name: "look", arguments: "" } },
      { function: { name: "look", arguments: '{"at":' } },
      { function: { name: "look", arguments: '"sky"}' } },
      { function: { name: "look", arguments: "\n" } },
    ],
    calls: [{ name: "look", arguments: `${sky}\n` }],
  },
  {
    form: "another id with every delta",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 0, id: "b", function: { arguments: '"sky"' } },
      { index: 0, id: "c", function: { arguments: "}" } },
    ],
    calls: [{ id: "a", name: "look", arguments: sky }],
  },
  {
    form: "a whole call sent once more at the end",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: '{"at":' } },
      { index: 0, function: { arguments: '"sky"}' } },
      { index: 0, id: "a", function: { name: "look", arguments: sky } },
    ],
    calls: [{ id: "a", name: "look", arguments: sky }],
  },
  {
    form: "a late name",
    deltas: [
      { index: 0, id: "a", function: { arguments: '{"at":' } },
      { index: 0, function: { name: "look", arguments: '"sky"' } },
      { index: 0, function: { arguments: "}" } },
    ],
    calls: [{ id: "a", name: "look", arguments: sky }],
  },
  {
    form: "all index 0, a late name behind a whole call",
    deltas: [
      { index: 0, id: "a", function: { name: "look", arguments: sky } },
      { index: 0, id: "b", function: { arguments: sea } },
      { index: 0, id: "b", function: { name: "dive" } },
    ],
    calls: [
      { id: "a", name: "look", arguments: sky },
      { id: "b", name: "dive", arguments: sea },
    ],
  },
  {
    form: "late names of two calls, in the order of the names",
    deltas: [
      { index: 0, id: "a" },
      { index: 1, id: "b", function: { name: "dive", arguments: sea } },
      { index: 0, function: { name: "look", arguments: sky } },
    ],
    calls: [
      { id: "b", name: "dive", arguments: sea },
      { id: "a", name: "look", arguments: sky },
    ],
  },
  {
    form: "a late id: the call keeps the one that it started with",
    deltas: [
      { index: 0, function: { name: "look", arguments: '{"at":' } },
      { index: 0, id: "late", function: { arguments: '"sky"}' } },
    ],
    calls: [{ id: madeId, name: "look", arguments: sky }],
  },
  {
    form: "a number as id, no type, name and arguments at the top",
    deltas: [{ index: 0, id: 7, name: "look", arguments: sky }],
    calls: [{ id: "7", name: "look", arguments: sky }],
  },
  {
    form: "empty ids and nulls",
    deltas: [
      { index: 0, id: "", type: null, function: { name: "look", arguments: null } },
      { index: 0, id: "", type: null, function: { name: null, arguments: sky } },
      { index: 0, id: null, function: null },
    ],
    calls: [{ id: madeId, name: "look", arguments: sky }],
  },
  {
    form: "deltas that say nothing",
    deltas: [{}, null, "odd", 3, [], { index: 0 }, { index: 0, function: {} }, { function: { arguments: "" } }],
    calls: [],
  },
  { form: "an id and nothing else", deltas: [{ index: 0, id: "a" }], calls: [] },
];
