/**
 * What the core and the commands ask of the outside world. Stores, the HTTP client, the logger and the template engine
 * are passed in through these types; only `commands/runtime.ts` knows which ones they are.
 */
import type { TextBytes } from "../data/text-bytes.js"
import type { Value, ValueMap } from "../data/value.js"
import type { ErrorCode } from "../errors.js"
import type { TemplateVariable } from "./scope.js"

/** A context document as it stood in the primary at one moment. */
export interface Snapshot {
  readonly id: string
  readonly document: ValueMap
  /**
   * Counts the commits, from 1. A document that another tool wrote counts as one commit more than the last one known
   * of it, or 0 when none is known.
   */
  readonly revision: number
  /** Id of the first known commit: revisions compare only between snapshots of one lineage. Empty when none is known. */
  readonly lineage: string
}

/** One atomic change of one document. */
export interface Change {
  /** Unique: a store that finds it in its log has applied the change already and does not apply it again. */
  readonly commitId: string
  /** `update` needs the document, `create` refuses one that is there, `replace` takes either. */
  readonly mode: "update" | "create" | "replace"
  /** Makes the new document from the newest one. Pure: it is called again when another writer came first. */
  readonly apply: (current: ValueMap | undefined) => ValueMap
  /** Refuse (REVISION_CONFLICT) unless the newest document has this revision. */
  readonly ifRevision?: number | undefined
  /** Who changes it, for the log. */
  readonly actor: string
  /** When, as ISO 8601 in UTC, for the log. */
  readonly time: string
  /** What is assigned, one text per assignment, with secret-like and large values already masked, for the log. */
  readonly assignments: readonly string[]
}

/** One entry of a document's log. */
export interface LogEntry {
  readonly revision: number
  readonly commitId: string
  readonly time: string
  readonly actor: string
  readonly assignments: readonly string[]
}

/** A primary: the one place where a document is authoritative. Nothing writes it but {@link Store.commit} and delete. */
export interface Store {
  /** For messages, without credentials: `redis://host:6379/0`, `file cache/ctx.yaml`. */
  readonly name: string
  /** The newest document, or undefined. @throws StateError STORE_FAILED */
  read(id: string): Promise<Snapshot | undefined>
  /**
   * The newest document of the context alone, where that takes no longer than from a JSON cache, and undefined when it
   * cannot be had: it is preferred to a cache whose format is slow.
   */
  readQuickly?(id: string): Promise<ValueMap | undefined>
  /**
   * Applies the change to the newest document in one atomic step.
   * @returns what is stored now
   * @throws StateError CONTEXT_NOT_FOUND, CONTEXT_EXISTS, REVISION_CONFLICT, STORE_FAILED, and what `apply` throws;
   *   nothing is stored then
   */
  commit(id: string, change: Change): Promise<Snapshot>
  /** Removes the document with its log; false when there was none. */
  delete(id: string): Promise<boolean>
  /** The ids of all documents, sorted. */
  list(): Promise<readonly string[]>
  /** The log, oldest first; the last 100 commits at most. Undefined when there is no such document. */
  history(id: string): Promise<readonly LogEntry[] | undefined>
  /** Whether it can be used, and what endangers what is in it. */
  check(): Promise<readonly Finding[]>
  /** Lets go of connections. Safe to call twice. */
  close(): Promise<void>
}

/** One line of a diagnosis. */
export interface Finding {
  readonly level: "ok" | "warning" | "error"
  /** What was looked at: `redis`, `slack.url`. */
  readonly about: string
  readonly text: string
  readonly hint?: string | undefined
  /** Of an error. */
  readonly code?: ErrorCode
}

/** How a document becomes the text of a primary or a cache and, where that is possible, a document again. */
export interface Format {
  /** Adds the text to an empty one. */
  write(snapshot: Pick<Snapshot, "id" | "document">, text: TextBytes): void
  /** @throws DataError when the text is not of this format */
  read?(text: string): ValueMap | Promise<ValueMap>
  /** Reading takes many times as long as that of JSON. */
  readonly isSlow?: true
  /** False when the text may differ from what was written, so that another copy should be read. */
  isFaithful?(text: string): boolean
}

/** A format that can be read back, as a primary needs it. */
export type ReadableFormat = Format & Required<Pick<Format, "read">>

/** What a template is rendered against. */
export interface TemplateInput {
  /** What the template sees; its macros stand in front of the template. */
  readonly document: ValueMap
  /** Where the template is from, for errors. */
  readonly name: string
  readonly variables?: readonly TemplateVariable[]
  /** Further names on top of the document's, such as `notify` or `generator`. */
  readonly names?: ReadonlyMap<string, Value>
}

export interface Renderer {
  /** @throws StateError TEMPLATE, LIMIT_EXCEEDED; never in the legacy style, which gives a text in their place */
  render(template: string, input: TemplateInput): string
  /**
   * What an `if` template renders to: it holds unless that is "", so that white space counts, as ever. In the legacy
   * style an error gives "".
   */
  condition(template: string, input: TemplateInput): string
  /** Only parses, with the document's macros before it. @throws StateError TEMPLATE */
  compile(template: string, input: Pick<TemplateInput, "document" | "name">): void
}

/** A request as it leaves; nothing in it is rendered any more. It is a POST. */
export interface OutgoingRequest {
  readonly url: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
  /**
   * Whether a second copy does little harm, as with a message: then it is also tried again after 502 and 504, which do
   * not tell whether the first one was acted on.
   */
  readonly repeatable: boolean
}

/** What became of a request, after all tries. */
export type Delivery = {
  readonly tries: number
  readonly durationMs: number
} & (
  | {
      readonly outcome: "answered"
      readonly status: number
      /** Undefined when it is larger than allowed. */
      readonly body: string | undefined
      /** An earlier try may have been acted on, or a redirect took the body: a refusal says nothing of these. */
      readonly mayHaveArrived?: true
      /** A redirect had this answer fetched from elsewhere by a GET, which takes no body along. */
      readonly fetched?: Fetched
    }
  | {
      readonly outcome: "unanswered"
      /** One line, for the user: without the path and query of the URL, which may be secret. */
      readonly reason: string
      /** The request went out, at least in part: whether it was acted on is not known. */
      readonly mayHaveArrived: boolean
    }
)

export interface Fetched {
  /** Where the answer is from. */
  readonly origin: string
  /** The status of the redirect: 301, 302 or 303. */
  readonly redirect: number
}

/** Sends a request and waits for the reply, within bounds of time and size. Failures are told, never thrown. */
export type Send = (request: OutgoingRequest) => Promise<Delivery>

/** Diagnostics; results never go through it. `critical` does not exist: what ends a command is thrown. */
export interface Logger {
  error(message: string): void
  warn(message: string): void
  info(message: string): void
  debug(message: string): void
}
