/** What is a failure of an event, and what only a line in the log. */
export interface EventPolicy {
  readonly unknownEvent: "refuse" | "ignore"
  readonly unknownHandler: "refuse" | "warn"
  readonly bodyNotJson: "refuse" | "warn"
  /** `unanswered`: an answer other than success is only logged. */
  readonly deliveryFailure: "fail" | "unanswered" | "warn"
}

/** The subcommands' style: what is wrong is said, and fails. */
export const STRICT: EventPolicy = {
  unknownEvent: "refuse",
  unknownHandler: "refuse",
  bodyNotJson: "refuse",
  deliveryFailure: "fail",
}

/** The style of 1.x and its flags. */
export const LEGACY: EventPolicy = {
  unknownEvent: "ignore",
  unknownHandler: "warn",
  bodyNotJson: "warn",
  deliveryFailure: "unanswered",
}
