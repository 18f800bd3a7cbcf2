import type { ChatDelta, ToolCall } from "./deltas.ts";
import { readIndex, readString } from "./values.ts";
import { isObject, type JsonObject, writeJson } from "../wire.ts";

/** Puts tool calls together from deltas that servers number and name in many ways. */
export interface ToolCallAssembler {
  /** `separate`: the delta is a call of its own, as each entry of a whole message is. */
  add(delta: JsonObject, separate: boolean): void;
  /** Ends all calls. `cut`: the answer was ended before the model was done. Returns the calls. */
  finish(cut: boolean): ToolCall[];
}

interface PendingCall {
  /** The number that the server gave it, if any. */
  wireIndex: number | undefined;
  /** The id that the server gave it, if any. */
  wireId: string | undefined;
  name: string;
  /** Joined once at the end: appending to a growing string and looking into it costs its whole length each time. */
  pieces: string[];
  /** Of all pieces. */
  length: number;
  scan: JsonScan;
  /** What it goes by towards the consumer, from its start on: a call starts when its name is known. */
  started: { index: number; id: string } | undefined;
  extraContent: JsonObject | undefined;
}

/** What one delta says of its call. */
interface CallDelta {
  wireIndex: number | undefined;
  id: string | undefined;
  name: string;
  text: string;
}

export function createToolCallAssembler(emit: (delta: ChatDelta) => void): ToolCallAssembler {
  const calls: PendingCall[] = [];
  /** The latest call of each number, of each id, and of both: an answer may hold thousands of calls. */
  const known = new Map<string, PendingCall>();
  const startedIds = new Set<string>();
  let latest: PendingCall | undefined;

  function add(wire: JsonObject, separate: boolean): void {
    const fn = isObject(wire["function"]) ? wire["function"] : wire;
    const delta: CallDelta = {
      wireIndex: readIndex(wire["index"]),
      id: readString(wire["id"]),
      name: typeof fn["name"] === "string" ? fn["name"] : "",
      text: readArguments(fn["arguments"]),
    };
    if (delta.id === undefined && delta.name === "" && delta.text === "") return;
    const found = separate ? undefined : findKnown(delta);
    if (found && isRepeat(found, delta)) return;
    const call = found && !beginsAnother(found, delta) ? found : addCall();
    latest = call;
    identify(call, delta);
    if (isObject(wire["extra_content"])) call.extraContent ??= wire["extra_content"];
    if (call.name === "") call.name = delta.name;
    if (call.name !== "") start(call);
    if (delta.text === "") return;
    call.pieces.push(delta.text);
    call.length += delta.text.length;
    if (call.started) emit({ type: "tool-call-arguments", index: call.started.index, text: delta.text });
  }

  /** The call that a delta belongs to by its number, or where that says nothing by its id, or else the latest. */
  function findKnown({ wireIndex, id }: CallDelta): PendingCall | undefined {
    if (latest && hasIndex(latest, wireIndex) && (id === undefined || id === latest.wireId)) return latest;
    const sameId = id === undefined ? undefined : known.get(nameOf(wireIndex, id));
    if (sameId || wireIndex === undefined) return sameId ?? latest;
    return known.get(nameOf(wireIndex, "")) ?? (latest?.wireIndex === undefined ? latest : undefined);
  }

  /** Keeps the number and the id that a call is first given. */
  function identify(call: PendingCall, delta: CallDelta): void {
    const { wireIndex, wireId } = call;
    call.wireIndex ??= delta.wireIndex;
    call.wireId ??= delta.id;
    if (call.wireIndex === wireIndex && call.wireId === wireId) return;
    for (const index of [undefined, call.wireIndex]) {
      for (const id of ["", call.wireId ?? ""]) known.set(nameOf(index, id), call);
    }
  }

  function addCall(): PendingCall {
    const scan: JsonScan = { depth: 0, begun: false, inString: false, escaped: false, scanned: 0 };
    const call: PendingCall = {
      wireIndex: undefined,
      wireId: undefined,
      name: "",
      pieces: [],
      length: 0,
      scan,
      started: undefined,
      extraContent: undefined,
    };
    calls.push(call);
    return call;
  }

  function start(call: PendingCall): void {
    if (call.started) return;
    // Two calls of one id could not be told apart by their results.
    const id = call.wireId === undefined || startedIds.has(call.wireId) ? makeId() : call.wireId;
    const index = startedIds.size;
    startedIds.add(id);
    call.started = { index, id };
    emit({ type: "tool-call-start", index, id, name: call.name });
    for (const text of call.pieces) emit({ type: "tool-call-arguments", index, text });
  }

  function finish(cut: boolean): ToolCall[] {
    const ended: ToolCall[] = [];
    for (const call of calls) {
      const text = call.pieces.join("");
      if (call.name === "" && text === "") continue;
      start(call);
      const { extraContent } = call;
      ended[call.started!.index] = {
        ...call.started!,
        name: call.name,
        ...endOf(call.name, text, cut),
        ...(extraContent && { extraContent }),
      };
    }
    return ended;
  }

  return { add, finish };
}

/** What a call is known by: its number, its id, or both. */
function nameOf(wireIndex: number | undefined, id: string): string {
  return `${wireIndex ?? ""} ${id}`;
}

function hasIndex(call: PendingCall, wireIndex: number | undefined): boolean {
  return wireIndex === undefined || call.wireIndex === wireIndex;
}

function endOf(name: string, text: string, cut: boolean): Pick<ToolCall, "arguments" | "status"> {
  // Models write nothing, or null, for a tool without parameters.
  const empty = text.trim() === "" || text.trim() === "null";
  const whole = name !== "" && (empty ? !cut : isJsonObject(text));
  return { arguments: empty ? "{}" : text, status: whole ? "complete" : cut ? "cut" : "invalid" };
}

/**
 * Whether a delta belongs to a new call although its number, or the lack of one, points at a known call. Some servers
 * number every call 0, some number none, some repeat id and name with every delta.
 */
function beginsAnother(known: PendingCall, { wireIndex, id, name, text }: CallDelta): boolean {
  const otherId = id !== undefined && known.wireId !== undefined && id !== known.wireId;
  // A new id alone: a call whose name comes late, or a server that makes up an id for each delta.
  if (name === "") return otherId && (wireIndex === undefined || isClosed(known));
  if (known.name === "") return otherId;
  if (otherId || name !== known.name) return true;
  // The same name once more: another call only if the first has all that it needs.
  return text.trim() !== "" && isClosed(known);
}

/** Whether a delta is a whole call that has been sent already. */
function isRepeat(known: PendingCall, { id, name, text }: CallDelta): boolean {
  const same = id !== undefined && id === known.wireId && name !== "" && name === known.name && text !== "";
  return same && known.length === text.length && isClosed(known) && known.pieces.join("") === text;
}

/** How far the arguments of a call have been looked at. */
interface JsonScan {
  depth: number;
  begun: boolean;
  inString: boolean;
  escaped: boolean;
  scanned: number;
}

/** Whether the arguments are one whole object. Looks at each character once, and only where numbers and ids fail. */
function isClosed({ pieces, scan }: PendingCall): boolean {
  for (; scan.scanned < pieces.length; scan.scanned++) {
    for (const character of pieces[scan.scanned]!) {
      if (scan.escaped) scan.escaped = false;
      else if (character === '"') scan.inString = !scan.inString;
      else if (scan.inString) scan.escaped = character === "\\";
      else if (character === "{" || character === "[") {
        scan.depth += 1;
        scan.begun = true;
      } else if (character === "}" || character === "]") scan.depth -= 1;
    }
  }
  return scan.begun && scan.depth <= 0 && !scan.inString;
}

/** Arguments as text. An empty object is a placeholder: what follows, if anything does, is the arguments. */
function readArguments(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)) return "";
  return writeJson(value);
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

/** An id for a call that came without. Unique in a conversation, which is all that its answer needs. */
function makeId(): string {
  const random = () => Math.random().toString(36).slice(2, 12).padEnd(10, "0");
  return `call_${random()}${random()}`;
}
